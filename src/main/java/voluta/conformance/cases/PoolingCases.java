package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.Pooling;
import voluta.tensor.TensorType;

/** Cases of {@link Pooling}. */
public final class PoolingCases implements OpCases {
    @Override
    public String op() {
        return "Pooling";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (Pooling.Kind kind : Pooling.Kind.values()) {
            windows(all, kind);
            attributes(all, kind);
        }
        counting(all);
        all.add(OpCase.of(
                        "max of integers, full of ties: the first of the largest gets the gradient",
                        Pooling.of2d(Pooling.Kind.MAX, 2, 2, 0),
                        f32(2, 16, 8, 8))
                .exactly());
        all.add(OpCase.of(
                        "max of integers in overlapping windows, ties across padding",
                        Pooling.of2d(Pooling.Kind.MAX, 3, 2, 1),
                        f32(2, 17, 7, 9))
                .exactly());
        all.add(OpCase.of(
                        "dilated max of integers, ties",
                        with(Pooling.of2d(Pooling.Kind.MAX, 2, 1, 0), List.of(2, 2), false, false),
                        f32(1, 3, 7, 7))
                .exactly());
        all.add(OpCase.of("average of integers over four", Pooling.of2d(Pooling.Kind.AVERAGE, 2, 2, 0), f32(2, 3, 6, 6))
                .exactly());
        return all;
    }

    /** Usual windows with few, odd and many channels, in one to three dimensions. */
    private static void windows(List<OpCase> all, Pooling.Kind kind) {
        for (int channels : new int[] {1, 3, 16, 17, 33}) {
            all.add(sample(
                    kind,
                    "2x2 with " + channels + " channels",
                    Pooling.of2d(kind, 2, 2, 0),
                    f32(3, channels, 7, 9),
                    4));
        }
        all.add(sample(kind, "3x3 overlapping, padded", Pooling.of2d(kind, 3, 2, 1), f32(2, 33, 9, 7), 9));
        all.add(sample(kind, "3x3 stride 1, batch 1", Pooling.of2d(kind, 3, 1, 1), f32(1, 17, 5, 5), 9));
        all.add(sample(kind, "gaps between windows", Pooling.of2d(kind, 2, 3, 0), f32(2, 16, 8, 8), 4));
        all.add(sample(kind, "window of one element", Pooling.of2d(kind, 1, 2, 0), f32(2, 3, 5, 5), 1));
        all.add(sample(
                kind,
                "oblong",
                new Pooling(
                        kind, List.of(2, 3), List.of(1, 2), List.of(1, 1), List.of(1, 0), List.of(0, 1), false, false),
                f32(2, 16, 6, 8),
                6));
        all.add(sample(kind, "1d", Pooling.of(kind, List.of(3), List.of(2), List.of(1)), f32(2, 17, 11), 3));
        all.add(sample(
                kind,
                "3d",
                Pooling.of(kind, List.of(2, 3, 2), List.of(2, 1, 2), List.of(0, 1, 1)),
                f32(2, 3, 4, 5, 6),
                12));
    }

    private static void attributes(List<OpCase> all, Pooling.Kind kind) {
        Pooling plain = Pooling.of2d(kind, 3, 2, 0), padded = Pooling.of2d(kind, 3, 2, 1);
        all.add(sample(kind, "size rounded down", plain, f32(2, 16, 8, 8), 9));
        all.add(sample(kind, "size rounded up", with(plain, List.of(1, 1), true, false), f32(2, 16, 8, 8), 9));
        all.add(sample(
                kind, "size rounded up, padded", with(padded, List.of(1, 1), true, false), f32(2, 17, 8, 10), 9));
        // the window that rounding up adds would begin beyond the input: it is dropped
        all.add(sample(
                kind,
                "size rounded up, last window dropped",
                with(Pooling.of2d(kind, 2, 3, 1), List.of(1, 1), true, false),
                f32(1, 3, 5, 5),
                4));
        all.add(sample(
                kind,
                "size rounded up, last window begins in padding",
                with(Pooling.of2d(kind, 2, 2, 1), List.of(1, 1), true, false),
                f32(1, 16, 6, 6),
                4));
        all.add(sample(
                kind, "dilated", with(Pooling.of2d(kind, 2, 1, 1), List.of(2, 3), false, false), f32(2, 16, 9, 11), 4));
        all.add(sample(kind, "dilated, rounded up", with(padded, List.of(2, 1), true, false), f32(1, 3, 8, 8), 9));
        all.add(sample(
                kind,
                "1d, dilated",
                new Pooling(kind, List.of(3), List.of(2), List.of(2), List.of(1), List.of(1), false, false),
                f32(2, 3, 9),
                3));
        all.add(sample(
                kind,
                "3d, rounded up and dilated",
                new Pooling(
                        kind,
                        List.of(2, 2, 2),
                        List.of(2, 1, 2),
                        List.of(1, 2, 1),
                        List.of(1, 1, 0),
                        List.of(0, 1, 1),
                        true,
                        false),
                f32(1, 3, 4, 5, 5),
                8));
    }

    /** Which elements a mean's divisor counts. */
    private static void counting(List<OpCase> all) {
        Pooling padded = Pooling.of2d(Pooling.Kind.AVERAGE, 3, 2, 1),
                tight = Pooling.of2d(Pooling.Kind.AVERAGE, 3, 2, 0);
        all.add(OpCase.of("average counts padding", with(padded, List.of(1, 1), false, true), f32(2, 17, 7, 7))
                .reducing(9));
        all.add(OpCase.of(
                        "average counts padding but not what rounding up adds",
                        with(padded, List.of(1, 1), true, true),
                        f32(2, 16, 8, 8))
                .reducing(9));
        all.add(OpCase.of(
                        "average counts padding, of which there is none, rounded up",
                        with(tight, List.of(1, 1), true, true),
                        f32(2, 16, 8, 8))
                .reducing(9));
        all.add(OpCase.of("average counts padding, dilated", with(padded, List.of(2, 2), false, true), f32(1, 3, 9, 9))
                .reducing(9));
    }

    private static OpCase sample(Pooling.Kind kind, String name, Pooling op, TensorType x, int window) {
        String k = kind == Pooling.Kind.MAX ? "max, " : "average, ";
        return OpCase.of(k + name, op, x).fill(0, Fill.DISTINCT).reducing(window);
    }

    private static Pooling with(Pooling p, List<Integer> dilation, boolean ceil, boolean count) {
        return new Pooling(p.kind(), p.kernel(), p.stride(), dilation, p.padBefore(), p.padAfter(), ceil, count);
    }

    @Override
    public List<InvalidCase> invalid() {
        Pooling.Kind max = Pooling.Kind.MAX;
        return List.of(
                new InvalidCase(
                        "a window larger than the input",
                        () -> Pooling.of2d(max, 5, 1, 0),
                        List.of(f32(1, 3, 4, 8)),
                        "reaches over 5 elements of dimension 2, which has 4"),
                new InvalidCase(
                        "a window wholly in the padding",
                        () -> Pooling.of2d(max, 2, 2, 2),
                        List.of(f32(1, 3, 4, 4)),
                        "reads none of the 4 elements"),
                new InvalidCase(
                        "an input of another rank",
                        () -> Pooling.of2d(max, 2, 2, 0),
                        List.of(f32(1, 3, 4)),
                        "expects a float input [N,C,size,size], got f32[1,3,4]"),
                new InvalidCase(
                        "integers",
                        () -> Pooling.of2d(max, 2, 2, 0),
                        List.of(TensorType.i32(1, 3, 4, 4)),
                        "expects a float input"),
                new InvalidCase(
                        "a stride of 0",
                        () -> Pooling.of2d(max, 2, 0, 0),
                        List.of(f32(1, 3, 4, 4)),
                        "the stride of a pooling must be at least 1"),
                new InvalidCase(
                        "lists of unequal length",
                        () -> Pooling.of(max, List.of(2, 2), List.of(2), List.of(0, 0)),
                        List.of(f32(1, 3, 4, 4)),
                        "as many strides"));
    }
}
