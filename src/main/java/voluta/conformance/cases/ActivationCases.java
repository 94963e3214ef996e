package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.Activation;
import voluta.tensor.TensorType;

/** Cases of {@link Activation}. */
public final class ActivationCases implements OpCases {
    @Override
    public String op() {
        return "Activation";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (Activation.Kind kind : Activation.Kind.values()) {
            String k = kind.name().toLowerCase(Locale.ROOT);
            Activation op = Activation.of(kind);
            all.add(OpCase.of(k + " over all its pieces, odd sizes", op, f32(3, 17, 5, 7))
                    .fill(0, Fill.WIDE));
            all.add(OpCase.of(k + " near 0", op, f32(2, 16, 3, 3)).fill(0, Fill.AWAY_FROM_ZERO));
            all.add(OpCase.of(k + " of rows", op, f32(3, 33)).fill(0, Fill.WIDE));
        }
        all.add(OpCase.of("leaky_relu of slope 0.2", Activation.leakyRelu(0.2), f32(2, 3, 9))
                .fill(0, Fill.WIDE));
        // the sign of such an output does not tell the sign of its input
        all.add(OpCase.of("leaky_relu of negative slope", Activation.leakyRelu(-0.5), f32(2, 3, 9))
                .fill(0, Fill.WIDE));
        all.add(OpCase.of("elu of alpha 0.7", Activation.elu(0.7), f32(1, 3, 4, 5, 6))
                .fill(0, Fill.WIDE));
        all.add(OpCase.of("elu of negative alpha", Activation.elu(-0.3), f32(5, 7))
                .fill(0, Fill.WIDE));
        all.add(OpCase.of("relu of integers", Activation.relu(), f32(2, 3, 5, 5))
                .exactly());
        all.add(OpCase.of("relu of a scalar", Activation.relu(), f32()).fill(0, Fill.POSITIVE));
        all.add(OpCase.of("tanh of seven dimensions", Activation.tanh(), f32(2, 1, 2, 1, 3, 2, 3)));
        return all;
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase("integers", Activation::relu, List.of(TensorType.i32(4)), "a float input, got i32[4]"),
                new InvalidCase(
                        "a slope that is not a number",
                        () -> Activation.leakyRelu(Double.NaN),
                        List.of(f32(4)),
                        "finite alpha, got NaN"));
    }
}
