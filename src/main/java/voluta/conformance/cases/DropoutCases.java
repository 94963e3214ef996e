package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.Dropout;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Cases of {@link Dropout}. */
public final class DropoutCases implements OpCases {
    private static final TensorType STEP = new TensorType(DType.I64, Shape.SCALAR);

    @Override
    public String op() {
        return "Dropout";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                sample("half of it, odd sizes", new Dropout(0.5, 42), f32(3, 17, 5, 7)),
                sample("little of rows", new Dropout(0.1, -7), f32(5, 33)),
                sample("most of it", new Dropout(0.9, 0x0123456789abcdefL), f32(1, 1023)),
                sample("nothing", new Dropout(0, 1), f32(2, 3)),
                sample("fewer elements than a block", new Dropout(0.3, 3), f32(3)),
                sample("enough for several threads", new Dropout(0.25, 4), f32(2, 16, 33, 65)),
                sample("half of integers", new Dropout(0.5, 5), f32(2, 16, 5, 5))
                        .exactly()
                        .fill(1, Fill.STEP));
    }

    private static OpCase sample(String name, Dropout op, TensorType x) {
        return OpCase.of(name, op, x, STEP).fill(1, Fill.STEP);
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "everything dropped", () -> new Dropout(1, 0), List.of(f32(3), STEP), "below 1, got 1.0"),
                new InvalidCase(
                        "a float step", () -> new Dropout(0.5, 0), List.of(f32(3), f32()), "as i64[], got f32[]"));
    }
}
