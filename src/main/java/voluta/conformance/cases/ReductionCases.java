package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Reduction;

/** Cases of {@link Reduction}. */
public final class ReductionCases implements OpCases {
    @Override
    public String op() {
        return "Reduction";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (Reduction.Kind kind : Reduction.Kind.values()) {
            String k = kind.name().toLowerCase(Locale.ROOT);
            all.add(OpCase.of(k + " of all", Reduction.all(kind, 4), f32(3, 5, 7, 9))
                    .reducing(945));
            all.add(OpCase.of(k + " per channel", new Reduction(kind, List.of(0, 2, 3), false), f32(3, 17, 5, 7))
                    .reducing(105));
            all.add(OpCase.of(k + " over space, kept", new Reduction(kind, List.of(2, 3), true), f32(2, 17, 5, 7))
                    .reducing(35));
            all.add(OpCase.of(k + " of the innermost", new Reduction(kind, List.of(1), false), f32(5, 33))
                    .reducing(33));
            all.add(OpCase.of(k + " of the outermost", new Reduction(kind, List.of(0), true), f32(6, 7))
                    .reducing(6));
            all.add(OpCase.of(k + " of a dimension of size 1", new Reduction(kind, List.of(1), false), f32(3, 1, 5)));
        }
        all.add(OpCase.of("sum of no dimension", new Reduction(Reduction.Kind.SUM, List.of(), false), f32(3, 5)));
        all.add(OpCase.of("sum of a scalar", Reduction.all(Reduction.Kind.SUM, 0), f32()));
        all.add(OpCase.of(
                        "sum over two of seven dimensions",
                        new Reduction(Reduction.Kind.SUM, List.of(1, 5), false),
                        f32(2, 3, 2, 1, 2, 3, 2))
                .reducing(9));
        all.add(OpCase.of("sum of integers", new Reduction(Reduction.Kind.SUM, List.of(0, 2), false), f32(3, 4, 5))
                .exactly());
        return all;
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "an axis that is not there",
                        () -> new Reduction(Reduction.Kind.SUM, List.of(2), false),
                        List.of(f32(2, 3)),
                        "below the rank 2, got [2]"),
                new InvalidCase(
                        "axes out of order",
                        () -> new Reduction(Reduction.Kind.SUM, List.of(1, 0), false),
                        List.of(f32(2, 3)),
                        "must be ascending"));
    }
}
