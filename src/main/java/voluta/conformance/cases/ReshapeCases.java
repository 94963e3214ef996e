package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Reshape;
import voluta.tensor.Shape;

/** Cases of {@link Reshape}. */
public final class ReshapeCases implements OpCases {
    @Override
    public String op() {
        return "Reshape";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                OpCase.of("flattened images", new Reshape(Shape.of(2, 17 * 5 * 3)), f32(2, 17, 5, 3)),
                OpCase.of("globally pooled", new Reshape(Shape.of(3, 16)), f32(3, 16, 1, 1)),
                OpCase.of("vectors to images", new Reshape(Shape.of(2, 3, 4, 5)), f32(2, 60)),
                OpCase.of("across dimensions", new Reshape(Shape.of(4, 9)), f32(6, 6)),
                OpCase.of("a scalar", new Reshape(Shape.SCALAR), f32(1, 1)),
                OpCase.of("integers", new Reshape(Shape.of(16, 9)), f32(1, 16, 3, 3))
                        .exactly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase(
                "another number of elements",
                () -> new Reshape(Shape.of(2, 5)),
                List.of(f32(3, 4)),
                "cannot reshape [3,4] with 12 elements to [2,5] with 10"));
    }
}
