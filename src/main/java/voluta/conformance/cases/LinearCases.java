package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Linear;
import voluta.tensor.TensorType;

/** Cases of {@link Linear}. */
public final class LinearCases implements OpCases {
    @Override
    public String op() {
        return "Linear";
    }

    private static OpCase of(String name, TensorType... inputs) {
        TensorType x = inputs[0], w = inputs[1];
        return OpCase.of(name, new Linear(), inputs)
                .parametersFrom(1)
                .reducing(Math.max(w.dim(1), Math.max(w.dim(0), x.dim(0))));
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                of("400 to 120", f32(8, 400), f32(120, 400), f32(120)),
                of("odd sizes", f32(3, 17), f32(33, 17), f32(33)),
                of("without bias", f32(5, 16), f32(10, 16)),
                of("batch 1", f32(1, 84), f32(10, 84), f32(10)),
                of("one output", f32(7, 33), f32(1, 33), f32(1)),
                of("one input", f32(7, 1), f32(5, 1), f32(5)),
                // without backward nodes, oneDNN may keep the weights transposed or in blocks
                of("inference", f32(3, 130), f32(67, 130), f32(67)).forwardOnly(),
                of("inference of one sample", f32(1, 512), f32(100, 512), f32(100))
                        .forwardOnly(),
                of("inference without bias", f32(64, 256), f32(128, 256)).forwardOnly(),
                of("inference of integers", f32(2, 64), f32(48, 64), f32(48))
                        .exactly()
                        .forwardOnly(),
                of("integers", f32(4, 19), f32(13, 19), f32(13)).exactly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "features that differ",
                        Linear::new,
                        List.of(f32(2, 256), f32(10, 400)),
                        "linear expects 400 input features (weights [10,400]), got 256"),
                new InvalidCase(
                        "an image",
                        Linear::new,
                        List.of(f32(2, 16, 5, 5), f32(10, 400)),
                        "expects an input of shape [batch, features], got [2,16,5,5]; flatten or pool it first"),
                new InvalidCase(
                        "a bias of another size",
                        Linear::new,
                        List.of(f32(2, 4), f32(6, 4), f32(4)),
                        "a bias of shape [6]"));
    }
}
