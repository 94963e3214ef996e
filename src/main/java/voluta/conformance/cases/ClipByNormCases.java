package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Role;
import voluta.conformance.OpCases;
import voluta.op.ClipByNorm;
import voluta.tensor.TensorType;

/** Cases of {@link ClipByNorm}. */
public final class ClipByNormCases implements OpCases {
    @Override
    public String op() {
        return "ClipByNorm";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                OpCase.of("one tensor within the limit", new ClipByNorm(3, 0.999), f32(17, 3, 3, 3), f32(1), f32(33))
                        .role(0, Role.STATE)
                        .role(1, Role.STATE)
                        .role(2, Role.STATE)
                        .forwardOnly()
                        .reducing(459),
                OpCase.of("several pieces", new ClipByNorm(3, 3), f32(40, 1000), f32(9), f32(70, 13, 5, 5))
                        .role(0, Role.STATE)
                        .role(1, Role.STATE)
                        .role(2, Role.STATE)
                        .forwardOnly()
                        .reducing(40000));
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase("no tensor", () -> new ClipByNorm(0, 1), List.of(), "at least one tensor"),
                new InvalidCase(
                        "a limit of 0",
                        () -> new ClipByNorm(1, 0),
                        List.of(),
                        "needs a limit above 0 that a 32-bit float can hold, got 0.0"),
                new InvalidCase(
                        "integers", () -> new ClipByNorm(1, 1), List.of(TensorType.i32(3)), "expects f32 tensors"));
    }
}
