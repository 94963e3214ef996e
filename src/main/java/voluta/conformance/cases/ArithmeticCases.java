package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.Arithmetic;

/** Cases of {@link Arithmetic}. */
public final class ArithmeticCases implements OpCases {
    @Override
    public String op() {
        return "Arithmetic";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (Arithmetic.Kind kind : Arithmetic.Kind.values()) {
            Arithmetic op = new Arithmetic(kind);
            String k = kind.name().toLowerCase(java.util.Locale.ROOT);
            all.add(OpCase.of(k + " of equal shapes, odd sizes", op, f32(3, 5, 7, 9), f32(3, 5, 7, 9))
                    .fill(1, Fill.POSITIVE));
            all.add(OpCase.of(k + " with a scalar", op, f32(3, 5, 7), f32())
                    .fill(1, Fill.POSITIVE)
                    .reducing(105));
            all.add(OpCase.of(k + " per channel", op, f32(2, 17, 3, 3), f32(17, 1, 1))
                    .fill(1, Fill.POSITIVE)
                    .reducing(18));
            all.add(OpCase.of(k + " per sample and channel", op, f32(2, 17, 3, 5), f32(2, 17, 1, 1))
                    .fill(1, Fill.POSITIVE)
                    .reducing(15));
            all.add(OpCase.of(k + " with the first broadcast", op, f32(16, 1, 1), f32(3, 16, 5, 5))
                    .fill(1, Fill.POSITIVE)
                    .reducing(75));
            all.add(OpCase.of(k + " with both broadcast", op, f32(5, 1, 7), f32(1, 6, 7))
                    .fill(1, Fill.POSITIVE)
                    .reducing(6));
        }
        all.add(OpCase.of("add of integers", new Arithmetic(Arithmetic.Kind.ADD), f32(2, 16, 5, 5), f32(2, 16, 5, 5))
                .exactly());
        return all;
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase(
                "sizes that differ",
                () -> new Arithmetic(Arithmetic.Kind.ADD),
                List.of(f32(2, 3), f32(2, 4)),
                "shapes [2,3] and [2,4] cannot be broadcast together"));
    }
}
