package voluta.op;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * One step of an optimizer for several parameters at once. Inputs, each list with {@link #count} F32 tensors of the
 * parameters' shapes: parameters p1..pn, gradients g1..gn, then for each kind of state its tensors s1..sn (first content
 * zeros), then three scalars: learning rate F32[], step I64[] (the first step is 1) and guard F32[]. Outputs: p1'..pn',
 * then each kind of state's s1'..sn'; each updates its input.
 *
 * <p>The guard is the norm of all gradients: if it is NaN or infinite, the step changes nothing at all, so that one bad
 * batch does not destroy the weights.
 */
public sealed interface OptimizerStep extends Op permits SgdStep, AdamStep, RmsPropStep, AdagradStep {
    /** How many parameters. */
    int count();

    /** How many kinds of state there are per parameter. */
    int states();

    /** The input index of parameter {@code i}; also the index of the output that updates it. */
    default int parameter(int i) {
        return i;
    }

    /** The input index of the gradient of parameter {@code i}. */
    default int gradient(int i) {
        return count() + i;
    }

    /** The input index of the state of this kind that belongs to parameter {@code i}. */
    default int state(int kind, int i) {
        return (2 + kind) * count() + i;
    }

    /** The index of the output that updates {@link #state}. */
    default int newState(int kind, int i) {
        return (1 + kind) * count() + i;
    }

    /** The input index of the learning rate. */
    default int learningRate() {
        return (2 + states()) * count();
    }

    /** The input index of the number of the step. */
    default int step() {
        return learningRate() + 1;
    }

    /** The input index of the guard. */
    default int guard() {
        return learningRate() + 2;
    }

    @Override
    default List<TensorType> infer(List<TensorType> inputs) {
        int tensors = learningRate();
        TensorLists.checkInputs(name(), inputs, tensors + 3);
        TensorLists.checkF32(name(), inputs, tensors);
        for (int i = count(); i < tensors; i++) {
            TensorType p = inputs.get(i % count());
            if (!inputs.get(i).equals(p)) {
                throw new ShapeException(name() + " expects gradient and state of a parameter in its shape " + p.shape()
                        + ", got " + inputs.get(i).shape() + " as input " + i);
            }
        }
        TensorLists.checkScalar(name(), "learning rate", inputs, learningRate(), DType.F32);
        TensorLists.checkScalar(name(), "step", inputs, step(), DType.I64);
        TensorLists.checkScalar(name(), "guard", inputs, guard(), DType.F32);
        List<TensorType> outputs = new ArrayList<>(inputs.subList(0, count()));
        outputs.addAll(inputs.subList(2 * count(), tensors));
        return outputs;
    }

    @Override
    default OptionalInt updates(int output) {
        return OptionalInt.of(output < count() ? output : output + count());
    }
}
