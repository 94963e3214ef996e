package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.SampleCount;
import voluta.tensor.TensorType;

/** Cases of {@link SampleCount}. */
public final class SampleCountCases implements OpCases {
    @Override
    public String op() {
        return "SampleCount";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(OpCase.of("positive and negative labels", new SampleCount(), TensorType.i32(129))
                .fill(0, Fill.INTEGERS)
                .forwardOnly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase("float labels", SampleCount::new, List.of(f32(3)), "i32[N], got f32[3]"));
    }
}
