package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.InstanceNormalization;
import voluta.tensor.TensorType;

/** Cases of {@link InstanceNormalization}. */
public final class InstanceNormalizationCases implements OpCases {
    @Override
    public String op() {
        return "InstanceNormalization";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                of("images", 1e-5, f32(2, 3, 9, 7)),
                of("17 channels", 1e-3, f32(3, 17, 4, 5)),
                of("one dimension", 1e-5, f32(2, 8, 11)),
                of("three dimensions", 1e-5, f32(1, 9, 3, 4, 5)));
    }

    private static OpCase of(String name, double epsilon, TensorType x) {
        TensorType vector = f32(x.dim(1));
        return OpCase.of(name, new InstanceNormalization(epsilon), x, vector, vector)
                .parametersFrom(1)
                .fill(1, Fill.AWAY_FROM_ZERO)
                .reducing(x.elements() / x.dim(1));
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase(
                "one pixel",
                () -> new InstanceNormalization(1e-5),
                List.of(f32(2, 16, 1, 1), f32(16), f32(16)),
                "more than one value per channel and sample, got f32[2,16,1,1]"));
    }
}
