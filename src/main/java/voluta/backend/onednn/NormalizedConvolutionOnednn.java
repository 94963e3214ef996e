package voluta.backend.onednn;

import java.util.List;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.Support;
import voluta.op.Activation;
import voluta.op.BatchNormalization;
import voluta.op.FusedBatchNormalization;
import voluta.op.NormalizedConvolution;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Batch normalization and ReLU of f32 images where Winograd's transforms read them, in the forward pass and for the weights'
 * gradient, so that their result is never written. The statistics are one walk over x. The normalization's own gradient
 * finds by normalizing once more what ReLU lets through. The context is mean, biased variance, and scale / root of
 * (variance + epsilon). In bf16 it was measured to bring nothing. The tile is that of the rule, with {@code --autotune} too.
 */
final class NormalizedConvolutionOnednn {
    private static final int WEIGHTS = 5;

    private NormalizedConvolutionOnednn() {}

    static void register(OnednnTable table) {
        table.add(
                NormalizedConvolution.class,
                NormalizedConvolutionOnednn::forward,
                NormalizedConvolutionOnednn::supports);
        table.add(NormalizedConvolution.BackwardWeights.class, NormalizedConvolutionOnednn::backwardWeights);
        table.add(
                NormalizedConvolution.BackwardNormalization.class, NormalizedConvolutionOnednn::backwardNormalization);
    }

    private static Support supports(NormalizedConvolution op, List<TensorType> inputs, Precision precision) {
        boolean relu = op.norm()
                .activation()
                .filter(a -> a.kind() == Activation.Kind.RELU)
                .isPresent();
        Shape x = inputs.get(0).shape(), w = inputs.get(WEIGHTS).shape();
        return relu && precision == Precision.F32 && WinogradConvolution.trains(op.convolution(), x, w)
                ? Support.YES
                : Support.no("only Winograd's convolutions of f32 images normalize what they read, with ReLU");
    }

    private static NativeConvolution convolution(OnednnContext c, Preparation p, NormalizedConvolution op, Shape w) {
        Shape x = p.node().input(0).type().shape();
        NativeConvolution.Layer layer = NativeConvolution.Layer.of(c, p, op.convolution(), x, w);
        return new NativeConvolution(layer, WinogradConvolution.training(layer));
    }

    private static OnednnKernel forward(OnednnContext c, NormalizedConvolution op, Preparation p) {
        Shape w = p.node().input(WEIGHTS).type().shape();
        BatchNormalization norm = op.norm().norm();
        return convolution(c, p, op, w).forward(norm, WEIGHTS);
    }

    private static OnednnKernel backwardWeights(
            OnednnContext c, NormalizedConvolution.BackwardWeights op, Preparation p) {
        return convolution(c, p, op.forward(), op.w())
                .backwardWeights(op.forward().norm().norm(), op.bias());
    }

    private static OnednnKernel backwardNormalization(
            OnednnContext c, NormalizedConvolution.BackwardNormalization op, Preparation p) {
        FusedBatchNormalization norm = op.forward().norm();
        return NativeNormalization.after(c, p, norm.norm().epsilon(), norm.activation())
                .orElseThrow()
                .backward(new NativeNormalization.Places(2, -1, 3, -1));
    }
}
