package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.GlobalNorm;
import voluta.tensor.TensorType;

/** Cases of {@link GlobalNorm}. */
public final class GlobalNormCases implements OpCases {
    @Override
    public String op() {
        return "GlobalNorm";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                OpCase.of("one tensor", new GlobalNorm(1), f32(17, 3, 3, 3)).forwardOnly(),
                OpCase.of("three tensors", new GlobalNorm(3), f32(17, 3, 3, 3), f32(33), f32())
                        .forwardOnly(),
                OpCase.of("several pieces", new GlobalNorm(3), f32(40, 1000), f32(9), f32(70, 13, 5, 5))
                        .forwardOnly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase("no tensor", () -> new GlobalNorm(0), List.of(), "at least one tensor"),
                new InvalidCase("integers", () -> new GlobalNorm(1), List.of(TensorType.i32(3)), "expects f32 tensors"),
                new InvalidCase(
                        "two tensors for one",
                        () -> new GlobalNorm(1),
                        List.of(f32(3), f32(3)),
                        "expects 1 inputs, got 2"));
    }
}
