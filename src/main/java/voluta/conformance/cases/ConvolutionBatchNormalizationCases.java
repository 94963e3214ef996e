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
import voluta.op.ConvolutionBatchNormalization;
import voluta.op.FusedBatchNormalization;
import voluta.tensor.TensorType;

/** Cases of {@link ConvolutionBatchNormalization}: what CUDA fuses where cuDNN has a plan for it, and what it leaves in pieces. */
public final class ConvolutionBatchNormalizationCases implements OpCases {
    private static final Convolution SAME = Convolution.of2d(1, 1);
    private static final int W = 1, SCALE = 2, SHIFT = 3, MEAN = 4, VARIANCE = 5, RESIDUAL = 6;

    @Override
    public String op() {
        return "ConvolutionBatchNormalization";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        Optional<Activation> none = Optional.empty(), relu = Optional.of(Activation.relu());
        TensorType x = f32(3, 16, 9, 7), w = f32(16, 16, 3, 3);
        all.add(of("16 channels", SAME, false, none, x, w));
        all.add(of("relu", SAME, false, relu, x, w));
        all.add(of("residual", SAME, true, none, x, w));
        all.add(of("residual, relu", SAME, true, relu, x, w));
        all.add(of("17 to 33 channels", SAME, false, relu, f32(2, 17, 6, 5), f32(33, 17, 3, 3)));
        all.add(of("3 channels", SAME, false, relu, f32(2, 3, 9, 11), f32(8, 3, 3, 3)));
        all.add(of("stride 2", Convolution.of2d(2, 1), true, relu, x, w));
        all.add(of("1x1", Convolution.of2d(1, 0), false, none, x, f32(40, 16, 1, 1)));
        all.add(of("7x7, stride 2", Convolution.of2d(2, 3), false, relu, f32(2, 8, 15, 14), f32(16, 8, 7, 7)));
        all.add(of("a batch of one", SAME, false, relu, f32(1, 24, 12, 11), f32(16, 24, 3, 3)));
        all.add(of("many channels", SAME, true, none, f32(2, 64, 4, 4), f32(130, 64, 3, 3)));
        all.add(of("2 groups", SAME.grouped(2), false, relu, x, f32(16, 8, 3, 3)));
        all.add(of("one dimension", Convolution.of(1, 1, 1), false, relu, f32(3, 16, 19), f32(17, 16, 3)));
        all.add(of("three dimensions", Convolution.of(3, 1, 1), false, none, f32(2, 8, 3, 5, 4), f32(9, 8, 3, 3, 3)));
        all.add(of(
                "padding that differs from border to border",
                new Convolution(List.of(1, 1), List.of(1, 1), List.of(0, 2), List.of(1, 0), 1),
                true,
                relu,
                f32(3, 16, 8, 7),
                w));
        all.add(of("tanh", SAME, false, Optional.of(Activation.of(Activation.Kind.TANH)), x, w));
        all.add(of("momentum 1", SAME, relu, new BatchNormalization(0.5, 1, Mode.TRAINING), x, w));
        // channels whose mean is a few times their deviation: a narrow y loses some of the latter's digits, and so does
        // a
        // variance found as mean square less squared mean
        all.add(of("means far from zero", SAME, false, none, x, w).fill(0, Fill.POSITIVE));
        return all;
    }

    private static OpCase of(
            String name,
            Convolution convolution,
            boolean residual,
            Optional<Activation> activation,
            TensorType x,
            TensorType w) {
        BatchNormalization norm = new BatchNormalization(1e-5, 0.1, Mode.TRAINING);
        return of(
                name,
                new ConvolutionBatchNormalization(convolution, new FusedBatchNormalization(norm, residual, activation)),
                x,
                w);
    }

    private static OpCase of(
            String name,
            Convolution convolution,
            Optional<Activation> activation,
            BatchNormalization norm,
            TensorType x,
            TensorType w) {
        return of(
                name,
                new ConvolutionBatchNormalization(convolution, new FusedBatchNormalization(norm, false, activation)),
                x,
                w);
    }

    private static OpCase of(String name, ConvolutionBatchNormalization op, TensorType x, TensorType w) {
        TensorType channels = f32(w.dim(0)),
                y = op.convolution().infer(List.of(x, w)).get(0);
        List<TensorType> in = new ArrayList<>(List.of(x, w, channels, channels, channels, channels));
        if (op.norm().residual()) in.add(y);
        OpCase c = OpCase.of(name, op, in.toArray(TensorType[]::new));
        for (int i = W; i < MEAN; i++) c = c.role(i, Role.PARAMETER);
        for (int i = MEAN; i <= VARIANCE; i++) c = c.role(i, Role.STATE);
        c = c.fill(SCALE, Fill.AWAY_FROM_ZERO).fill(VARIANCE, Fill.POSITIVE);
        long taps = w.shape().product(1, w.rank());
        c = c.reducing(Math.max(taps, BatchNormalization.count(y.shape())));
        // y is narrow where what it is compared with is not, so that nothing may be near the kink
        boolean kink = op.norm().activation().map(Activation::kind).orElse(null) == Activation.Kind.RELU;
        return kink ? c.fill(op.norm().residual() ? RESIDUAL : SHIFT, Fill.DOMINANT) : c;
    }

    private static ConvolutionBatchNormalization op(Mode mode, Optional<Activation> activation) {
        BatchNormalization norm = new BatchNormalization(1e-5, 0.1, mode);
        return new ConvolutionBatchNormalization(SAME, new FusedBatchNormalization(norm, false, activation));
    }

    @Override
    public List<InvalidCase> invalid() {
        TensorType v = f32(8), x = f32(2, 16, 4, 4), w = f32(8, 16, 3, 3);
        List<TensorType> usual = List.of(x, w, v, v, v, v);
        return List.of(
                new InvalidCase(
                        "running statistics",
                        () -> op(Mode.FROZEN, Optional.empty()),
                        usual,
                        "expects batch normalization in training"),
                new InvalidCase(
                        "an activation whose gradient reads its input",
                        () -> op(Mode.TRAINING, Optional.of(Activation.silu())),
                        usual,
                        "expects an activation whose gradient follows from its output"),
                new InvalidCase(
                        "a bias",
                        () -> op(Mode.TRAINING, Optional.empty()),
                        List.of(x, w, v, v, v, v, v),
                        "expects 6 inputs, got 7"),
                new InvalidCase(
                        "weights for other channels",
                        () -> op(Mode.TRAINING, Optional.empty()),
                        List.of(x, f32(8, 15, 3, 3), v, v, v, v),
                        "convolution expects 15 input channels"),
                new InvalidCase(
                        "a scale of the input's length",
                        () -> op(Mode.TRAINING, Optional.empty()),
                        List.of(x, w, f32(16), v, v, v),
                        "of f32[8], got scale f32[16]"));
    }
}
