package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;
import static voluta.tensor.TensorType.i32;
import static voluta.tensor.TensorType.u8;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.GatherSamples;
import voluta.tensor.TensorType;

/** Cases of {@link GatherSamples}. */
public final class GatherSamplesCases implements OpCases {
    @Override
    public String op() {
        return "GatherSamples";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                sample("colours, odd sizes", List.of(7, 128, 255), u8(11, 7, 9, 3), 23),
                sample("grey, whole words", List.of(33), u8(40, 28, 28, 1), 64),
                sample("colours, whole words", List.of(120, 110, 100), u8(9, 16, 12, 3), 33),
                sample("four channels", List.of(1, 2, 3, 4), u8(5, 4, 5, 4), 12),
                sample("one pixel", List.of(200), u8(3, 1, 1, 1), 7),
                sample("enough for several threads", List.of(5, 6, 7), u8(6, 61, 67, 3), 14),
                sample("signals", List.of(), f32(13, 2, 37), 16),
                sample("rows", List.of(), f32(4, 5), 9));
    }

    private static OpCase sample(String name, List<Integer> fill, TensorType all, int batch) {
        OpCase c = OpCase.of(name, new GatherSamples(fill), all, i32(batch, 8)).fill(1, Fill.PLACES);
        return (fill.isEmpty() ? c : c.fill(0, Fill.BYTES)).forwardOnly();
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "too few fill colours",
                        () -> new GatherSamples(List.of(0)),
                        List.of(u8(9, 4, 4, 3), i32(2, 8)),
                        "images with 3 channels need a fill colour of as many"),
                new InvalidCase(
                        "places of other width",
                        () -> new GatherSamples(List.of()),
                        List.of(f32(9, 4), i32(2, 7)),
                        "must be i32[N,8], got i32[2,7]"),
                new InvalidCase(
                        "labels",
                        () -> new GatherSamples(List.of()),
                        List.of(i32(9, 4), i32(2, 8)),
                        "from images u8[M,H,W,C] or arrays f32[M,...], got i32[9,4]"),
                new InvalidCase(
                        "a colour that is no byte",
                        () -> new GatherSamples(List.of(256)),
                        List.of(u8(9, 4, 4, 1), i32(2, 8)),
                        "byte values, got [256]"));
    }
}
