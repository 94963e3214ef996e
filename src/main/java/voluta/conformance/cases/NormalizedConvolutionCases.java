package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCase.Role;
import voluta.conformance.OpCases;
import voluta.op.Activation;
import voluta.op.BatchNormalization;
import voluta.op.BatchNormalization.Mode;
import voluta.op.Convolution;
import voluta.op.FusedBatchNormalization;
import voluta.op.NormalizedConvolution;
import voluta.tensor.TensorType;

/** Cases of {@link NormalizedConvolution}: what backends fuse, and what they leave in pieces. */
public final class NormalizedConvolutionCases implements OpCases {
    private static final Convolution SAME = Convolution.of2d(1, 1);
    private static final int WEIGHTS = 5;

    @Override
    public String op() {
        return "NormalizedConvolution";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        TensorType x = f32(3, 16, 17, 15);
        all.add(of("16 channels", SAME, x, f32(16, 16, 3, 3)));
        all.add(of("bias", SAME, x, f32(33, 16, 3, 3), f32(33)));
        all.add(of("17 to 33 channels", SAME, f32(3, 17, 17, 15), f32(33, 17, 3, 3)));
        all.add(of("small images", SAME, f32(20, 24, 6, 6), f32(16, 24, 3, 3), f32(16)));
        all.add(of("a batch of one", SAME, f32(1, 20, 27, 25), f32(18, 20, 3, 3)));
        all.add(of("no padding", Convolution.of2d(1, 0), f32(4, 16, 17, 18), f32(16, 16, 3, 3)));
        all.add(of(
                "padding that differs from border to border",
                new Convolution(List.of(1, 1), List.of(1, 1), List.of(0, 2), List.of(1, 0), 1),
                f32(4, 16, 14, 17),
                f32(16, 16, 3, 3)));
        // threads share channels instead of tiles; with 200,000 elements some would lie so near ReLU's kink that f16's
        // rounding decides whether their gradient flows
        all.add(of("many channels", SAME, f32(12, 256, 8, 8), f32(640, 256, 3, 3))
                .fill(2, Fill.DOMINANT));
        // a variance found as mean square less squared mean would keep three digits of it here, and so would a shift
        // that
        // takes the mean in; in bf16 x itself keeps a few steps of 0.5
        all.add(of("mean 100, deviation below 1", SAME, x, f32(16, 16, 3, 3))
                .fill(0, Fill.OFFSET)
                .reducing(10_000)
                .forwardOnly());
        all.add(of("few channels", SAME, f32(3, 3, 9, 11), f32(5, 3, 3, 3)));
        all.add(of("small batch", SAME, f32(2, 16, 5, 7), f32(16, 16, 3, 3)));
        all.add(of("stride 2", Convolution.of2d(2, 1), x, f32(16, 16, 3, 3)));
        all.add(of("5x5", Convolution.of2d(1, 2), f32(2, 16, 9, 9), f32(16, 16, 5, 5)));
        all.add(of("2 groups", SAME.grouped(2), x, f32(16, 8, 3, 3)));
        all.add(of("one dimension", Convolution.of(1, 1, 1), f32(3, 16, 19), f32(17, 16, 3)));
        all.add(of("relu6", Optional.of(Activation.relu6()), SAME, x, f32(16, 16, 3, 3)));
        all.add(of("tanh", Optional.of(Activation.of(Activation.Kind.TANH)), SAME, x, f32(16, 16, 3, 3)));
        all.add(of("no activation", Optional.empty(), SAME, x, f32(16, 16, 3, 3)));
        return all;
    }

    private static OpCase of(String name, Convolution convolution, TensorType x, TensorType... weights) {
        return of(name, Optional.of(Activation.relu()), convolution, x, weights);
    }

    private static OpCase of(
            String name,
            Optional<Activation> activation,
            Convolution convolution,
            TensorType x,
            TensorType... weights) {
        OpCase c = BatchNormalizationCases.with(
                name, op(Mode.TRAINING, false, activation, convolution), x, List.of(weights));
        for (int i = 0; i < weights.length; i++) c = c.role(WEIGHTS + i, Role.PARAMETER);
        long taps = weights[0].shape().product(1, weights[0].rank());
        return c.reducing(Math.max(taps, BatchNormalization.count(x.shape())));
    }

    private static NormalizedConvolution op(
            Mode mode, boolean residual, Optional<Activation> activation, Convolution convolution) {
        BatchNormalization norm = new BatchNormalization(1e-5, 0.1, mode);
        return new NormalizedConvolution(new FusedBatchNormalization(norm, residual, activation), convolution);
    }

    @Override
    public List<InvalidCase> invalid() {
        TensorType v = f32(16), x = f32(2, 16, 4, 4), w = f32(8, 16, 3, 3);
        List<TensorType> usual = List.of(x, v, v, v, v, w);
        return List.of(
                new InvalidCase(
                        "a residual",
                        () -> op(Mode.TRAINING, true, Optional.empty(), SAME),
                        usual,
                        "expects batch normalization without a residual and in training"),
                new InvalidCase(
                        "running statistics",
                        () -> op(Mode.FROZEN, false, Optional.empty(), SAME),
                        usual,
                        "expects batch normalization without a residual and in training"),
                new InvalidCase(
                        "an activation whose gradient reads its input",
                        () -> op(Mode.TRAINING, false, Optional.of(Activation.silu()), SAME),
                        usual,
                        "expects an activation whose gradient follows from its output"),
                new InvalidCase(
                        "no weights",
                        () -> op(Mode.TRAINING, false, Optional.empty(), SAME),
                        List.of(x, v, v, v, v),
                        "expects 6 to 7 inputs, got 5"),
                new InvalidCase(
                        "weights for other channels",
                        () -> op(Mode.TRAINING, false, Optional.empty(), SAME),
                        List.of(x, v, v, v, v, f32(8, 15, 3, 3)),
                        "convolution expects 15 input channels"),
                new InvalidCase(
                        "a shift of another length",
                        () -> op(Mode.TRAINING, false, Optional.empty(), SAME),
                        List.of(x, v, f32(8), v, v, w),
                        "of f32[16], got shift f32[8]"));
    }
}
