package voluta.op;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

/**
 * Takes the scale of the loss out of gradients, and decides by what they are whether the step counts. Inputs: gradients
 * g1..gn of a loss that was multiplied by {@code scale}, F32 of any shapes; then {@code scale} F32[], {@code good} I64[]
 * and {@code applied} I64[]. Outputs: g1'..gn' = g / scale, then the three scalars as the next step finds them, each
 * updating its input; last the L2 norm over all of g', F32[], as {@link GlobalNorm} takes it.
 *
 * <p>If the norm is finite, the step counts: {@code applied} grows by 1, and so does {@code good}; once that is {@code
 * interval}, the scale is multiplied by {@code growth} (unless it would be infinite) and {@code good} is 0 again. If the
 * norm is NaN or infinite, the step must be skipped, which every {@link OptimizerStep} does that has the norm as its
 * guard: the scale is multiplied by {@code backoff}, {@code good} becomes 0, {@code applied} stays.
 *
 * <p>The rule is that of Micikevicius et al., Mixed Precision Training (2018), section 3.2, with the names and the
 * constants of PyTorch's gradient scaler.
 *
 * @param count how many gradients
 * @param growth above 1
 * @param backoff above 0, below 1
 * @param interval steps that count in a row until the scale grows, at least 1
 */
public record LossScaling(int count, double growth, double backoff, long interval) implements Op {
    public LossScaling {
        TensorLists.checkCount("LossScaling", count);
        if (!(growth > 1) || Double.isInfinite(growth))
            throw new VolutaException("LossScaling needs a finite growth above 1, got " + growth);
        if (!(backoff > 0 && backoff < 1))
            throw new VolutaException("LossScaling needs a backoff between 0 and 1, got " + backoff);
        if (interval < 1) throw new VolutaException("LossScaling needs an interval of 1 or more, got " + interval);
    }

    /** The index of the scale among inputs, and of the next step's among outputs. */
    public int scale() {
        return count;
    }

    /** The index of the number of steps since the scale changed. */
    public int good() {
        return count + 1;
    }

    /** The index of the number of steps that counted. */
    public int applied() {
        return count + 2;
    }

    /** The index of the output with the norm. */
    public int norm() {
        return count + 3;
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorLists.checkInputs(name(), inputs, count + 3);
        TensorLists.checkF32(name(), inputs, count);
        TensorLists.checkScalar(name(), "scale", inputs, scale(), DType.F32);
        TensorLists.checkScalar(name(), "number of good steps", inputs, good(), DType.I64);
        TensorLists.checkScalar(name(), "number of applied steps", inputs, applied(), DType.I64);
        List<TensorType> outputs = new ArrayList<>(inputs);
        outputs.add(TensorType.f32());
        return outputs;
    }

    @Override
    public OptionalInt updates(int output) {
        return output < norm() ? OptionalInt.of(output) : OptionalInt.empty();
    }
}
