package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.BinaryCrossEntropy;

/** Cases of {@link BinaryCrossEntropy}. */
public final class BinaryCrossEntropyCases implements OpCases {
    @Override
    public String op() {
        return "BinaryCrossEntropy";
    }

    @Override
    public List<OpCase> valid() {
        BinaryCrossEntropy op = new BinaryCrossEntropy();
        return List.of(
                OpCase.of("several answers per sample", op, f32(5, 33), f32(5, 33))
                        .fill(0, Fill.WIDE)
                        .fill(1, Fill.PROBABILITIES)
                        .reducing(165),
                OpCase.of("one answer per sample", op, f32(7, 1), f32(7, 1))
                        .fill(1, Fill.PROBABILITIES)
                        .reducing(7),
                OpCase.of("enough for several threads", op, f32(70, 1000), f32(70, 1000))
                        .fill(0, Fill.WIDE)
                        .fill(1, Fill.PROBABILITIES)
                        .reducing(70_000));
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase(
                "shapes that differ",
                BinaryCrossEntropy::new,
                List.of(f32(5, 1), f32(5)),
                "of one float type, got f32[5,1] and f32[5]"));
    }
}
