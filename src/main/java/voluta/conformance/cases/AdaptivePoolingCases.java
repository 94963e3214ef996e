package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.AdaptivePooling;
import voluta.op.Pooling;

/** Cases of {@link AdaptivePooling}. */
public final class AdaptivePoolingCases implements OpCases {
    @Override
    public String op() {
        return "AdaptivePooling";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (Pooling.Kind kind : Pooling.Kind.values()) {
            String k = kind.name().toLowerCase(Locale.ROOT) + ", ";
            // small planes: a global maximum's gradient has one element per channel that is not zero
            all.add(OpCase.of(k + "global, 16 channels", AdaptivePooling.global(kind, 2), f32(2, 16, 2, 3))
                    .reducing(6));
            all.add(OpCase.of(k + "global, 33 channels", AdaptivePooling.global(kind, 2), f32(3, 33, 3, 3))
                    .reducing(9));
            all.add(OpCase.of(k + "global, 1d", AdaptivePooling.global(kind, 1), f32(2, 3, 5))
                    .reducing(5));
            all.add(OpCase.of(k + "global, 3d", AdaptivePooling.global(kind, 3), f32(2, 3, 2, 2, 2))
                    .reducing(8));
            all.add(OpCase.of(k + "sizes that divide", new AdaptivePooling(kind, List.of(3, 2)), f32(2, 17, 6, 4))
                    .reducing(4));
            all.add(OpCase.of(k + "overlapping windows", new AdaptivePooling(kind, List.of(3, 4)), f32(2, 17, 7, 9))
                    .reducing(12));
            all.add(OpCase.of(k + "larger than the input", new AdaptivePooling(kind, List.of(5, 7)), f32(1, 3, 3, 4))
                    .reducing(12));
            all.add(OpCase.of(k + "1d, overlapping", new AdaptivePooling(kind, List.of(4)), f32(3, 16, 10))
                    .reducing(4));
            all.add(OpCase.of(k + "3d, overlapping", new AdaptivePooling(kind, List.of(2, 3, 2)), f32(1, 3, 3, 4, 5))
                    .reducing(12));
            all.replaceAll(c -> c.fill(0, Fill.DISTINCT));
        }
        all.add(OpCase.of(
                        "max of integers, full of ties",
                        new AdaptivePooling(Pooling.Kind.MAX, List.of(3, 3)),
                        f32(2, 3, 5, 7))
                .exactly());
        return all;
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "a size of 0",
                        () -> new AdaptivePooling(Pooling.Kind.MAX, List.of(0, 1)),
                        List.of(f32(1, 3, 4, 4)),
                        "output sizes of at least 1, got [0, 1]"),
                new InvalidCase(
                        "an input of another rank",
                        () -> AdaptivePooling.global(Pooling.Kind.AVERAGE, 2),
                        List.of(f32(1, 3, 4)),
                        "expects a float input [N,C,size,size], got f32[1,3,4]"));
    }
}
