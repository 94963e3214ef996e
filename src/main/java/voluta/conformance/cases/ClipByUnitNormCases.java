package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Role;
import voluta.conformance.OpCases;
import voluta.op.ClipByUnitNorm;
import voluta.tensor.TensorType;

/** Cases of {@link ClipByUnitNorm}: gradients, then weights. */
public final class ClipByUnitNormCases implements OpCases {
    @Override
    public String op() {
        return "ClipByUnitNorm";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                // With a ratio near 1 about half of the units are above it.
                of("some units", 0.98, f32(17, 3, 3, 3), f32(33, 20), f32(17)),
                of("units that span pieces", 0.01, f32(3, 5000), f32(2, 700, 3, 3), f32(5000)),
                of("many small units", 1.3, f32(5000, 1), f32(700, 1, 2), f32(1, 7), f32(1)),
                of("one tensor with large weights", 0.9, f32(9, 4, 5), f32(5, 7))
                        .fill(3, OpCase.Fill.OFFSET));
    }

    private static OpCase of(String name, double ratio, TensorType... weights) {
        int n = weights.length;
        TensorType[] inputs = new TensorType[2 * n];
        for (int i = 0; i < n; i++) inputs[i] = inputs[n + i] = weights[i];
        OpCase c = OpCase.of(name, new ClipByUnitNorm(n, ratio), inputs).forwardOnly();
        long longest = 1;
        for (int i = 0; i < n; i++) {
            c = c.role(i, Role.STATE);
            longest = Math.max(longest, weights[i].elements() / ClipByUnitNorm.units(weights[i]));
        }
        return c.reducing(longest);
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase("no tensor", () -> new ClipByUnitNorm(0, 1), List.of(), "at least one tensor"),
                new InvalidCase(
                        "a ratio of 0",
                        () -> new ClipByUnitNorm(1, 0),
                        List.of(),
                        "needs a limit above 0 that a 32-bit float can hold, got 0.0"),
                new InvalidCase(
                        "weights of another shape",
                        () -> new ClipByUnitNorm(1, 1),
                        List.of(f32(3, 2), f32(2, 3)),
                        "expects each gradient in the shape of its weights"));
    }
}
