package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCase.Role;
import voluta.conformance.OpCases;
import voluta.op.ClipByGlobalNorm;
import voluta.tensor.TensorType;

/** Cases of {@link ClipByGlobalNorm}. */
public final class ClipByGlobalNormCases implements OpCases {
    @Override
    public String op() {
        return "ClipByGlobalNorm";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                OpCase.of("three tensors", new ClipByGlobalNorm(3, 0.25), f32(17, 3, 3, 3), f32(33), f32(1), f32())
                        .role(0, Role.STATE)
                        .role(1, Role.STATE)
                        .role(2, Role.STATE)
                        .fill(3, Fill.POSITIVE)
                        .forwardOnly(),
                OpCase.of(
                                "several pieces",
                                new ClipByGlobalNorm(3, 0.25),
                                f32(40, 1000),
                                f32(9),
                                f32(70, 13, 5, 5),
                                f32())
                        .role(0, Role.STATE)
                        .role(1, Role.STATE)
                        .role(2, Role.STATE)
                        .fill(3, Fill.POSITIVE)
                        .forwardOnly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase("no tensor", () -> new ClipByGlobalNorm(0, 1), List.of(), "at least one tensor"),
                new InvalidCase(
                        "a limit of 0",
                        () -> new ClipByGlobalNorm(1, 0),
                        List.of(),
                        "needs a limit above 0 that a 32-bit float can hold, got 0.0"),
                new InvalidCase(
                        "integers",
                        () -> new ClipByGlobalNorm(1, 1),
                        List.of(TensorType.i32(3), f32()),
                        "expects f32 tensors"),
                new InvalidCase(
                        "no norm", () -> new ClipByGlobalNorm(1, 1), List.of(f32(3)), "expects 2 inputs, got 1"));
    }
}
