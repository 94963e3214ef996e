package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.LayerNormalization;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Cases of {@link LayerNormalization}. */
public final class LayerNormalizationCases implements OpCases {
    @Override
    public String op() {
        return "LayerNormalization";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                of("rows of 17", 1, 1e-5, f32(5, 17)),
                of("rows of 64", 1, 1e-5, f32(3, 64)),
                of("one row", 1, 1e-5, f32(1, 33)),
                of("rows of two, whose gradient is 0 but for epsilon", 1, 0.1, f32(7, 2)),
                of("long rows", 1, 1e-5, f32(2, 1031)),
                of("last of three dimensions", 2, 1e-5, f32(2, 5, 24)),
                of("last two of three dimensions", 1, 1e-5, f32(2, 5, 7)),
                of("whole images", 1, 1e-5, f32(3, 17, 5, 4)),
                of("height and width", 2, 1e-5, f32(2, 3, 5, 9)),
                of("large epsilon", 1, 0.5, f32(4, 16, 3)),
                of("mean 100, deviation below 1", 1, 1e-5, f32(3, 200))
                        .fill(0, Fill.OFFSET)
                        .reducing(10_000)
                        .forwardOnly());
    }

    private static OpCase of(String name, int axis, double epsilon, TensorType x) {
        long[] d = x.shape().dims();
        TensorType row = f32(Shape.of(java.util.Arrays.copyOfRange(d, axis, d.length)));
        LayerNormalization op = new LayerNormalization(axis, epsilon);
        return OpCase.of(name, op, x, row, row)
                .parametersFrom(1)
                .fill(1, Fill.AWAY_FROM_ZERO)
                .reducing(op.count(x.shape()));
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "a scale of another shape",
                        () -> new LayerNormalization(1, 1e-5),
                        List.of(f32(2, 3, 5), f32(5), f32(3, 5)),
                        "of f32[3,5], got scale f32[5]"),
                new InvalidCase(
                        "an axis that x does not have",
                        () -> new LayerNormalization(2, 1e-5),
                        List.of(f32(2, 3), f32(3), f32(3)),
                        "rank 3 or more, got f32[2,3]"),
                new InvalidCase(
                        "an axis that would mix the samples",
                        () -> new LayerNormalization(0, 1e-5),
                        List.of(f32(2, 3), f32(2, 3), f32(2, 3)),
                        "an axis of at least 1"),
                new InvalidCase(
                        "a single value",
                        () -> new LayerNormalization(1, 1e-5),
                        List.of(f32(4, 1), f32(1), f32(1)),
                        "more than one value to normalize, got f32[4,1]"));
    }
}
