package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Activation;
import voluta.op.Convolution;
import voluta.op.FusedConvolution;
import voluta.tensor.TensorType;

/** Cases of {@link FusedConvolution}. */
public final class FusedConvolutionCases implements OpCases {
    private static final Convolution SAME = Convolution.of2d(1, 1);

    @Override
    public String op() {
        return "FusedConvolution";
    }

    /** Forward only: near a kink of the activation, rounding decides the gradient. */
    private static OpCase of(String name, FusedConvolution op, TensorType... inputs) {
        TensorType w = inputs[1];
        return OpCase.of(name, op, inputs)
                .role(1, OpCase.Role.PARAMETER)
                .reducing(w.shape().product(1, w.rank()))
                .forwardOnly();
    }

    private static FusedConvolution fused(Convolution c, boolean residual, Activation a) {
        return new FusedConvolution(c, residual, Optional.of(a));
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        TensorType x = f32(2, 16, 7, 9), w = f32(17, 16, 3, 3), b = f32(17), y = f32(2, 17, 7, 9);
        for (Activation.Kind kind : Activation.Kind.values()) {
            String name = kind.name().toLowerCase(Locale.ROOT);
            all.add(of("bias and " + name, fused(SAME, false, Activation.of(kind)), x, w, b));
        }
        all.add(of("leaky relu 0.2", fused(SAME, false, Activation.leakyRelu(0.2)), x, w, b));
        all.add(of("elu 0.7", fused(SAME, false, Activation.elu(0.7)), x, w, b));
        all.add(of("relu without bias", fused(SAME, false, Activation.relu()), x, w));
        all.add(of("residual and relu", fused(SAME, true, Activation.relu()), x, w, b, y));
        all.add(of("residual and relu without bias", fused(SAME, true, Activation.relu()), x, w, y));
        all.add(of("residual alone", new FusedConvolution(SAME, true, Optional.empty()), x, w, b, y));
        all.add(of("nothing but bias", new FusedConvolution(SAME, false, Optional.empty()), x, w, b));
        TensorType tiles = f32(3, 17, 17, 15), wide = f32(33, 17, 3, 3), out = f32(3, 33, 17, 15);
        all.add(of("tiles, residual and relu", fused(SAME, true, Activation.relu()), tiles, wide, f32(33), out));
        all.add(of("tiles, relu without bias", fused(SAME, false, Activation.relu()), tiles, wide));
        TensorType few = f32(32, 5, 6, 7), narrow = f32(4, 5, 3, 3), sum = f32(32, 4, 6, 7);
        all.add(of("few channels, residual and relu", fused(SAME, true, Activation.relu()), few, narrow, f32(4), sum));
        all.add(of("few channels, relu without bias", fused(SAME, false, Activation.relu()), few, narrow));
        all.add(of("residual and silu", fused(SAME, true, Activation.silu()), x, w, b, y));
        // of fewer channels than Winograd's algorithm is for: its large tiles round integers too
        TensorType exact = f32(2, 15, 7, 9), exactWeights = f32(17, 15, 3, 3);
        all.add(of("integers", fused(SAME, true, Activation.relu()), exact, exactWeights, b, y)
                .exactly());
        addShapes(all);
        addGradients(all);
        return all;
    }

    private static void addShapes(List<OpCase> all) {
        all.add(of(
                "first layer",
                fused(Convolution.of2d(2, 3), false, Activation.relu()),
                f32(1, 3, 23, 21),
                f32(16, 3, 7, 7),
                f32(16)));
        all.add(of(
                "1x1 with residual",
                fused(Convolution.of2d(1, 0), true, Activation.relu()),
                f32(2, 33, 5, 5),
                f32(32, 33, 1, 1),
                f32(32),
                f32(2, 32, 5, 5)));
        all.add(of(
                "depthwise and relu6",
                fused(SAME.grouped(32), false, Activation.relu6()),
                f32(2, 32, 9, 9),
                f32(32, 1, 3, 3),
                f32(32)));
        all.add(of(
                "depthwise, large image, relu",
                fused(Convolution.of2d(2, 1).grouped(16), false, Activation.relu()),
                f32(1, 16, 57, 56),
                f32(16, 1, 3, 3),
                f32(16)));
        all.add(of(
                "depthwise, 17 channels, residual, hardswish",
                fused(SAME.grouped(17), true, Activation.hardswish()),
                f32(2, 17, 9, 9),
                f32(17, 1, 3, 3),
                f32(17),
                f32(2, 17, 9, 9)));
        all.add(of(
                "3d with residual",
                fused(Convolution.of(3, 1, 1), true, Activation.relu()),
                f32(1, 4, 3, 4, 5),
                f32(5, 4, 3, 3, 3),
                f32(5),
                f32(1, 5, 3, 4, 5)));
        // where oneDNN only has a kernel that rearranges its output, that kernel takes the residual in the wrong order
        all.add(of(
                "3d in 3 groups with residual",
                fused(
                        new Convolution(List.of(3, 1, 2), List.of(1, 1, 1), List.of(0, 1, 2), List.of(3, 0, 2), 3),
                        true,
                        Activation.leakyRelu(0.2)),
                f32(1, 24, 2, 4, 4),
                f32(24, 8, 3, 1, 2),
                f32(24),
                f32(1, 24, 1, 5, 4)));
        // an odd number of channels has no trusted bf16 kernel in oneDNN: the residual then comes in f32 like the rest
        all.add(of(
                "1d with residual, 15 channels",
                fused(Convolution.of(1, 1, 1), true, Activation.mish()),
                f32(1, 15, 6),
                f32(5, 15, 1),
                f32(1, 5, 8)));
    }

    private static void addGradients(List<OpCase> all) {
        TensorType[] in = {f32(2, 5, 6, 6), f32(7, 5, 3, 3), f32(7), f32(2, 7, 6, 6)};
        for (Activation a : List.of(Activation.silu(), Activation.sigmoid(), Activation.mish())) {
            all.add(OpCase.of("gradient with " + a.kind().name().toLowerCase(Locale.ROOT), fused(SAME, true, a), in)
                    .parametersFrom(1)
                    .role(3, OpCase.Role.INPUT)
                    .reducing(72));
        }
        all.add(OpCase.of("gradient with relu of integers", fused(SAME, true, Activation.relu()), in)
                .reducing(72)
                .exactly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "a residual of another shape",
                        () -> fused(SAME, true, Activation.relu()),
                        List.of(f32(2, 16, 8, 8), f32(16, 16, 3, 3), f32(2, 16, 4, 4)),
                        "expects a residual like its output f32[2,16,8,8], got f32[2,16,4,4]"),
                new InvalidCase(
                        "channels that differ",
                        () -> fused(SAME, false, Activation.relu()),
                        List.of(f32(2, 3, 8, 8), f32(16, 16, 3, 3)),
                        "convolution expects 16 input channels"));
    }
}
