package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.Prelu;

/** Cases of {@link Prelu}. */
public final class PreluCases implements OpCases {
    @Override
    public String op() {
        return "Prelu";
    }

    @Override
    public List<OpCase> valid() {
        Prelu op = new Prelu();
        return List.of(
                OpCase.of("a slope per channel, odd sizes", op, f32(3, 17, 5, 7), f32(17))
                        .fill(0, Fill.AWAY_FROM_ZERO)
                        .parametersFrom(1)
                        .reducing(105),
                OpCase.of("one slope for all", op, f32(2, 3, 5, 5), f32(1))
                        .fill(0, Fill.AWAY_FROM_ZERO)
                        .parametersFrom(1)
                        .reducing(150),
                OpCase.of("a whole block of channels, batch 1", op, f32(1, 16, 4, 4), f32(16))
                        .fill(0, Fill.AWAY_FROM_ZERO)
                        .parametersFrom(1)
                        .reducing(16),
                OpCase.of("rows", op, f32(5, 33), f32(33))
                        .fill(0, Fill.AWAY_FROM_ZERO)
                        .parametersFrom(1)
                        .reducing(5),
                OpCase.of("sequences", op, f32(2, 3, 9), f32(3))
                        .fill(0, Fill.AWAY_FROM_ZERO)
                        .parametersFrom(1)
                        .reducing(18),
                OpCase.of("volumes", op, f32(2, 3, 3, 4, 5), f32(3))
                        .fill(0, Fill.AWAY_FROM_ZERO)
                        .parametersFrom(1)
                        .reducing(120),
                OpCase.of("one dimension", op, f32(19), f32(1))
                        .fill(0, Fill.AWAY_FROM_ZERO)
                        .parametersFrom(1)
                        .reducing(19),
                OpCase.of("integers", op, f32(2, 5, 3, 3), f32(5))
                        .parametersFrom(1)
                        .exactly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase(
                "a slope of another size",
                Prelu::new,
                List.of(f32(2, 4, 3, 3), f32(3)),
                "slope of shape [4] or [1] for an input of shape [2,4,3,3], got [3]"));
    }
}
