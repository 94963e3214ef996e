package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.MeanSquaredError;

/** Cases of {@link MeanSquaredError}. */
public final class MeanSquaredErrorCases implements OpCases {
    @Override
    public String op() {
        return "MeanSquaredError";
    }

    @Override
    public List<OpCase> valid() {
        MeanSquaredError op = new MeanSquaredError();
        return List.of(
                OpCase.of("rows", op, f32(5, 33), f32(5, 33)).reducing(165),
                OpCase.of("images", op, f32(2, 3, 5, 7), f32(2, 3, 5, 7)).reducing(210),
                OpCase.of("enough for several threads", op, f32(70, 1000), f32(70, 1000))
                        .reducing(70_000),
                OpCase.of("one number", op, f32(1), f32(1)));
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase(
                "shapes that differ",
                MeanSquaredError::new,
                List.of(f32(5, 1), f32(5)),
                "two float values of one type, got f32[5,1] and f32[5]"));
    }
}
