package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCase.Role;
import voluta.op.OptimizerStep;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** What the cases of all optimizer steps share: which inputs there are, and what each is filled with. */
final class StepCase {
    /** A convolution's weights with odd channel counts, a bias, a matrix and a single number. */
    static final List<TensorType> SMALL = List.of(f32(17, 3, 3, 3), f32(33), f32(5, 7), f32(1));

    /** More than one piece per tensor, and more than one thread's worth. */
    static final List<TensorType> LARGE = List.of(f32(40, 1000), f32(9), f32(70, 13, 5, 5));

    private StepCase() {}

    /** A case at step 5: states positive, as mean squares are. A few terms may cancel in a parameter of one number. */
    static OpCase of(String name, OptimizerStep op, List<TensorType> parameters) {
        OpCase c = OpCase.of(name, op, inputs(op, parameters).toArray(TensorType[]::new))
                .forwardOnly()
                .reducing(16);
        for (int i = 0; i < op.count(); i++) {
            c = c.role(op.parameter(i), Role.STATE);
            for (int s = 0; s < op.states(); s++)
                c = c.role(op.state(s, i), Role.STATE).fill(op.state(s, i), Fill.POSITIVE);
        }
        return c.fill(op.learningRate(), Fill.POSITIVE).fill(op.step(), Fill.STEP);
    }

    /** The same with another filling of one kind of state. */
    static OpCase fillState(OpCase c, int kind, Fill fill) {
        OptimizerStep op = (OptimizerStep) c.op();
        for (int i = 0; i < op.count(); i++) c = c.fill(op.state(kind, i), fill);
        return c;
    }

    /** What every step must refuse, said of a step for one parameter. */
    static List<InvalidCase> invalid(OptimizerStep op) {
        List<TensorType> good = inputs(op, List.of(f32(3, 4)));
        return List.of(
                new InvalidCase(
                        "too few inputs",
                        () -> op,
                        good.subList(0, 2),
                        op.name() + " expects " + good.size() + " inputs, got 2"),
                new InvalidCase(
                        "a gradient of another shape",
                        () -> op,
                        with(good, op.gradient(0), f32(4, 3)),
                        "in its shape [3,4], got [4,3] as input 1"),
                new InvalidCase(
                        "integers as parameter",
                        () -> op,
                        with(good, op.parameter(0), TensorType.i32(3, 4)),
                        "expects f32 tensors"),
                new InvalidCase(
                        "a learning rate per element",
                        () -> op,
                        with(good, op.learningRate(), f32(3, 4)),
                        "expects the learning rate as a scalar"),
                new InvalidCase(
                        "a step that is no whole number",
                        () -> op,
                        with(good, op.step(), f32()),
                        "expects the step as a scalar"));
    }

    private static List<TensorType> inputs(OptimizerStep op, List<TensorType> parameters) {
        List<TensorType> in = new ArrayList<>();
        for (int kind = 0; kind < 2 + op.states(); kind++) in.addAll(parameters);
        in.add(f32());
        in.add(new TensorType(DType.I64, Shape.SCALAR));
        in.add(f32());
        return in;
    }

    private static List<TensorType> with(List<TensorType> types, int i, TensorType type) {
        List<TensorType> changed = new ArrayList<>(types);
        changed.set(i, type);
        return changed;
    }
}
