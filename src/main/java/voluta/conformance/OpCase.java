package voluta.conformance;

import java.util.ArrayList;
import java.util.List;
import voluta.graph.Op;
import voluta.tensor.TensorType;

/**
 * One valid sample of an op.
 *
 * @param name what is special about it, unique among the op's cases
 * @param op the op with its attributes
 * @param inputs type, role and content of each input
 * @param reduction how many products or terms go into one output element; scales the tolerance
 * @param gradient whether the backward pass is compared too
 * @param exact whether inputs are small integers and outputs must agree exactly (f32)
 */
public record OpCase(String name, Op op, List<Input> inputs, long reduction, boolean gradient, boolean exact) {
    /** What an input is to the graph. Inputs that the op updates must be STATE. */
    public enum Role {
        INPUT,
        PARAMETER,
        STATE
    }

    /** What an input is filled with; always a pure function of case, input and seed. */
    public enum Fill {
        /** Uniform in [-1, 1). */
        UNIFORM,
        /** Uniform in [0.5, 1.5). */
        POSITIVE,
        /** Uniform in [-1, 1), but nowhere nearer than 0.05 to 0: for ops with a kink there. */
        AWAY_FROM_ZERO,
        /** Of size 4 to 6, either sign: decides the sign of any sum with something of ordinary size. */
        DOMINANT,
        /** Uniform in [99, 101): what squares of values lose. */
        OFFSET,
        /** Uniform in [-6, 6), for activations with several pieces. */
        WIDE,
        /** Integers -3 to 3. */
        INTEGERS,
        /** All different, shuffled, at least 1/n apart: maxima without ties. */
        DISTINCT,
        /** Integers 0 to classes - 1, with every seventh -1 (ignored); classes is the size of the first input's dimension 1. */
        LABELS,
        /** Non-negative rows that sum to 1. */
        PROBABILITIES,
        /** Bytes 0 to 255. */
        BYTES,
        /** The integer 5: a step number. */
        STEP,
        /** 0: what a flag is when it is not set. */
        ZERO,
        /** Rows that are each a {@link voluta.tensor.SamplePlace} in the first input, every fifth a blank. */
        PLACES
    }

    /** One input. */
    public record Input(TensorType type, Role role, Fill fill) {}

    /** A case with uniform F32 inputs; change what differs with the {@code with} methods. */
    public static OpCase of(String name, Op op, TensorType... inputs) {
        List<Input> in = new ArrayList<>();
        for (TensorType t : inputs) in.add(new Input(t, Role.INPUT, Fill.UNIFORM));
        return new OpCase(name, op, List.copyOf(in), 1, true, false);
    }

    /** The same with another filling of input {@code i}. */
    public OpCase fill(int i, Fill fill) {
        return replace(i, new Input(inputs.get(i).type(), inputs.get(i).role(), fill));
    }

    /** The same with another role of input {@code i}. */
    public OpCase role(int i, Role role) {
        return replace(i, new Input(inputs.get(i).type(), role, inputs.get(i).fill()));
    }

    /** The same with inputs {@code from} and later as parameters, as weights are. */
    public OpCase parametersFrom(int from) {
        OpCase c = this;
        for (int i = from; i < inputs.size(); i++) c = c.role(i, Role.PARAMETER);
        return c;
    }

    /** The same with this reduction length. */
    public OpCase reducing(long n) {
        return new OpCase(name, op, inputs, n, gradient, exact);
    }

    /** The same without the backward pass. */
    public OpCase forwardOnly() {
        return new OpCase(name, op, inputs, reduction, false, exact);
    }

    /** The same with small integers everywhere, compared exactly. */
    public OpCase exactly() {
        OpCase c = this;
        for (int i = 0; i < inputs.size(); i++) c = c.fill(i, Fill.INTEGERS);
        return new OpCase(name, op, c.inputs, reduction, gradient, true);
    }

    private OpCase replace(int i, Input input) {
        List<Input> in = new ArrayList<>(inputs);
        in.set(i, input);
        return new OpCase(name, op, List.copyOf(in), reduction, gradient, exact);
    }
}
