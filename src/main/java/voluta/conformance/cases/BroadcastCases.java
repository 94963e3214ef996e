package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Broadcast;
import voluta.tensor.Shape;

/** Cases of {@link Broadcast}. */
public final class BroadcastCases implements OpCases {
    @Override
    public String op() {
        return "Broadcast";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                OpCase.of("a scalar", new Broadcast(Shape.of(3, 5, 7)), f32()).reducing(105),
                OpCase.of("per sample and channel", new Broadcast(Shape.of(2, 17, 3, 5)), f32(2, 17, 1, 1))
                        .reducing(15),
                OpCase.of("per channel", new Broadcast(Shape.of(3, 5, 4, 4)), f32(5, 1, 1))
                        .reducing(48),
                OpCase.of("outer and inner", new Broadcast(Shape.of(3, 5, 7)), f32(1, 5, 1))
                        .reducing(21),
                OpCase.of("to its own shape", new Broadcast(Shape.of(3, 5)), f32(3, 5)),
                OpCase.of("integers", new Broadcast(Shape.of(4, 6)), f32(4, 1)).exactly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase(
                "to a smaller shape",
                () -> new Broadcast(Shape.of(3, 1)),
                List.of(f32(3, 5)),
                "cannot broadcast [3,5] to [3,1]"));
    }
}
