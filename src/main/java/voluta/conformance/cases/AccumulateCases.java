package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCase.Role;
import voluta.conformance.OpCases;
import voluta.op.Accumulate;

/** Cases of {@link Accumulate}. */
public final class AccumulateCases implements OpCases {
    @Override
    public String op() {
        return "Accumulate";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(OpCase.of("a sum goes on", new Accumulate(), f32(), f32())
                .fill(0, Fill.POSITIVE)
                .fill(1, Fill.POSITIVE)
                .role(0, Role.STATE)
                .forwardOnly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase(
                "more than one number", Accumulate::new, List.of(f32(), f32(2)), "got f32[] and f32[2]"));
    }
}
