package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Padding;

/** Cases of {@link Padding}. */
public final class PaddingCases implements OpCases {
    @Override
    public String op() {
        return "Padding";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (Padding.Mode mode : Padding.Mode.values()) {
            String m = mode.name().toLowerCase(Locale.ROOT);
            double value = mode == Padding.Mode.CONSTANT ? 0.25 : 0;
            all.add(OpCase.of(m + " 1d", new Padding(mode, value, List.of(2), List.of(3)), f32(2, 3, 7))
                    .reducing(2));
            all.add(OpCase.of(
                            m + " 2d, four different sizes",
                            new Padding(mode, value, List.of(1, 0), List.of(2, 3)),
                            f32(2, 17, 5, 6))
                    .reducing(4));
            all.add(OpCase.of(
                            m + " 3d", new Padding(mode, value, List.of(1, 0, 2), List.of(0, 1, 1)), f32(1, 3, 2, 3, 4))
                    .reducing(4));
            all.add(OpCase.of(m + " of integers", new Padding(mode, 0, List.of(1, 2), List.of(1, 2)), f32(2, 16, 3, 5))
                    .exactly());
        }
        all.add(OpCase.of("zeros", Padding.zeros(List.of(1, 1), List.of(1, 1)), f32(2, 33, 5, 7)));
        all.add(OpCase.of("zeros, crops", Padding.zeros(List.of(-1, 2), List.of(0, -3)), f32(2, 16, 5, 7)));
        all.add(OpCase.of("nothing to add", Padding.zeros(List.of(0, 0), List.of(0, 0)), f32(2, 3, 5, 7)));
        all.add(OpCase.of(
                "a number, crops", new Padding(Padding.Mode.CONSTANT, -1.5, List.of(-2), List.of(1)), f32(2, 3, 7)));
        all.add(OpCase.of(
                        "reflected to the far end",
                        new Padding(Padding.Mode.REFLECT, 0, List.of(4), List.of(4)),
                        f32(2, 3, 5))
                .reducing(3));
        all.add(OpCase.of(
                        "a whole turn",
                        new Padding(Padding.Mode.CIRCULAR, 0, List.of(4, 0), List.of(4, 3)),
                        f32(2, 3, 4, 3))
                .reducing(6));
        all.add(OpCase.of(
                        "replicated further than the input is wide",
                        new Padding(Padding.Mode.REPLICATE, 0, List.of(0, 5), List.of(0, 6)),
                        f32(1, 3, 3, 2))
                .reducing(7));
        return all;
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "reflection beyond the far end",
                        () -> new Padding(Padding.Mode.REFLECT, 0, List.of(0, 4), List.of(0, 0)),
                        List.of(f32(1, 3, 4, 4)),
                        "reflect padding can add at most 3 positions to a dimension of 4, got 4"),
                new InvalidCase(
                        "more than a turn",
                        () -> new Padding(Padding.Mode.CIRCULAR, 0, List.of(5), List.of(0)),
                        List.of(f32(1, 3, 4)),
                        "circular padding can add at most 4"),
                new InvalidCase(
                        "a negative size of another mode",
                        () -> new Padding(Padding.Mode.REPLICATE, 0, List.of(-1), List.of(0)),
                        List.of(f32(1, 3, 4)),
                        "only constant padding may be negative"),
                new InvalidCase(
                        "a value of another mode",
                        () -> new Padding(Padding.Mode.REFLECT, 1, List.of(1), List.of(0)),
                        List.of(f32(1, 3, 4)),
                        "only constant padding has a value"),
                new InvalidCase(
                        "nothing left",
                        () -> Padding.zeros(List.of(-2), List.of(-2)),
                        List.of(f32(1, 3, 4)),
                        "leaves nothing of dimension 2, which has 4"));
    }
}
