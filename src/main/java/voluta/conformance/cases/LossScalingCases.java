package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCase.Role;
import voluta.conformance.OpCases;
import voluta.op.LossScaling;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Cases of {@link LossScaling}. */
public final class LossScalingCases implements OpCases {
    private static final TensorType COUNT = new TensorType(DType.I64, Shape.SCALAR);

    @Override
    public String op() {
        return "LossScaling";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                of("three tensors", f32(17, 3, 3, 3), f32(33), f32()),
                of("several pieces", f32(40, 1000), f32(9), f32(70, 13, 5, 5)));
    }

    /** The scale stays, since a count that becomes 0 could not be compared; LossScalingTest has what else happens. */
    private static OpCase of(String name, TensorType... gradients) {
        int n = gradients.length;
        TensorType[] inputs = java.util.Arrays.copyOf(gradients, n + 3);
        inputs[n] = f32();
        inputs[n + 1] = COUNT;
        inputs[n + 2] = COUNT;
        OpCase c = OpCase.of(name, new LossScaling(n, 2, 0.5, 2000), inputs);
        for (int i = 0; i < inputs.length; i++) c = c.role(i, Role.STATE);
        return c.fill(n, Fill.POSITIVE)
                .fill(n + 1, Fill.STEP)
                .fill(n + 2, Fill.STEP)
                .forwardOnly();
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase("no tensor", () -> new LossScaling(0, 2, 0.5, 1), List.of(), "at least one tensor"),
                new InvalidCase(
                        "a growth of 1",
                        () -> new LossScaling(1, 1, 0.5, 1),
                        List.of(),
                        "needs a finite growth above 1, got 1.0"),
                new InvalidCase(
                        "a backoff of 1",
                        () -> new LossScaling(1, 2, 1, 1),
                        List.of(),
                        "needs a backoff between 0 and 1, got 1.0"),
                new InvalidCase(
                        "no interval",
                        () -> new LossScaling(1, 2, 0.5, 0),
                        List.of(),
                        "needs an interval of 1 or more, got 0"),
                new InvalidCase(
                        "a count in f32",
                        () -> new LossScaling(1, 2, 0.5, 1),
                        List.of(f32(3), f32(), f32(), COUNT),
                        "expects the number of good steps as a scalar of type I64"),
                new InvalidCase(
                        "no scale", () -> new LossScaling(1, 2, 0.5, 1), List.of(f32(3)), "expects 4 inputs, got 1"));
    }
}
