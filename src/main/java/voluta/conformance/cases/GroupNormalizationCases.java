package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.GroupNormalization;
import voluta.tensor.TensorType;

/** Cases of {@link GroupNormalization}. */
public final class GroupNormalizationCases implements OpCases {
    @Override
    public String op() {
        return "GroupNormalization";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                of("16 channels in 4 groups", 4, 1e-5, f32(3, 16, 5, 7)),
                of("one group, as layer normalization", 1, 1e-5, f32(2, 17, 5, 3)),
                of("a channel per group", 17, 1e-5, f32(2, 17, 5, 3)),
                of("a channel per group, one block", 16, 1e-5, f32(2, 16, 6, 6)),
                of("33 channels in 3 groups, across blocks", 3, 1e-5, f32(2, 33, 4, 5)),
                of("few channels", 3, 1e-5, f32(2, 6, 5, 5)),
                of("one sample", 2, 1e-5, f32(1, 32, 3, 3)),
                of("vectors", 4, 1e-5, f32(5, 24)),
                of("one dimension", 2, 1e-5, f32(3, 10, 9)),
                of("three dimensions", 3, 1e-5, f32(2, 9, 3, 4, 5)),
                of("single pixels", 2, 1e-5, f32(3, 16, 1, 1)),
                of("large epsilon", 4, 0.5, f32(2, 8, 4, 4)),
                of("mean 100, deviation below 1", 4, 1e-5, f32(2, 16, 6, 6))
                        .fill(0, Fill.OFFSET)
                        .reducing(10_000)
                        .forwardOnly());
    }

    private static OpCase of(String name, int groups, double epsilon, TensorType x) {
        TensorType vector = f32(x.dim(1));
        return OpCase.of(name, new GroupNormalization(groups, epsilon), x, vector, vector)
                .parametersFrom(1)
                .fill(1, Fill.AWAY_FROM_ZERO)
                .reducing(x.elements() / x.dim(1) + x.elements() / x.dim(0) / groups);
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "groups that do not divide the channels",
                        () -> new GroupNormalization(5, 1e-5),
                        List.of(f32(2, 16, 3, 3), f32(16), f32(16)),
                        "cannot split 16 channels of f32[2,16,3,3] into 5 groups"),
                new InvalidCase(
                        "no groups",
                        () -> new GroupNormalization(0, 1e-5),
                        List.of(f32(2, 16, 3, 3), f32(16), f32(16)),
                        "positive number of groups, got 0"),
                new InvalidCase(
                        "one value per group",
                        () -> new GroupNormalization(16, 1e-5),
                        List.of(f32(2, 16), f32(16), f32(16)),
                        "more than one value per group"),
                new InvalidCase(
                        "a shift of another length",
                        () -> new GroupNormalization(4, 1e-5),
                        List.of(f32(2, 16, 3, 3), f32(16), f32(4)),
                        "got shift f32[4]"));
    }
}
