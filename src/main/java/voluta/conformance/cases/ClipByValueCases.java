package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Role;
import voluta.conformance.OpCases;
import voluta.op.ClipByValue;
import voluta.tensor.TensorType;

/** Cases of {@link ClipByValue}. */
public final class ClipByValueCases implements OpCases {
    @Override
    public String op() {
        return "ClipByValue";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                OpCase.of("some elements outside", new ClipByValue(2, 0.3), f32(17, 3, 3, 3), f32(33))
                        .role(0, Role.STATE)
                        .role(1, Role.STATE)
                        .forwardOnly(),
                OpCase.of("several pieces", new ClipByValue(3, 0.9), f32(40, 1000), f32(9), f32(70, 13, 5, 5))
                        .role(0, Role.STATE)
                        .role(1, Role.STATE)
                        .role(2, Role.STATE)
                        .forwardOnly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase("no tensor", () -> new ClipByValue(0, 1), List.of(), "at least one tensor"),
                new InvalidCase(
                        "a limit of 0",
                        () -> new ClipByValue(1, 0),
                        List.of(),
                        "needs a limit above 0 that a 32-bit float can hold, got 0.0"),
                new InvalidCase(
                        "integers", () -> new ClipByValue(1, 1), List.of(TensorType.i32(3)), "expects f32 tensors"));
    }
}
