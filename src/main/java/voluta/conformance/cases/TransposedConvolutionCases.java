package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.TransposedConvolution;
import voluta.tensor.TensorType;

/** Cases of {@link TransposedConvolution}. */
public final class TransposedConvolutionCases implements OpCases {
    @Override
    public String op() {
        return "TransposedConvolution";
    }

    /** The longest sums are those of the gradients: over taps and output channels, and over batch and positions. */
    private static OpCase of(String name, TransposedConvolution op, TensorType... inputs) {
        TensorType x = inputs[0], w = inputs[1];
        long taps = w.shape().product(2, w.rank());
        long positions = x.dim(0) * x.shape().product(2, x.rank());
        return OpCase.of(name, op, inputs)
                .parametersFrom(1)
                .reducing(Math.max(taps * Math.max(w.dim(0), w.dim(1)), 4 * positions));
    }

    private static TransposedConvolution of2d(int stride, int dilation, int before, int after, int more, int groups) {
        return new TransposedConvolution(
                List.of(stride, stride),
                List.of(dilation, dilation),
                List.of(before, before),
                List.of(after, after),
                List.of(more, more),
                groups);
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                // oneDNN's jit_bf16_1x1 sums over one channel more than an odd number, in images of 30, 60, ...
                // elements
                of("1x1 over an odd number", TransposedConvolution.of2d(1, 0, 0), f32(1, 15, 5, 6), f32(15, 32, 1, 1)),
                // oneDNN's binary primitive adds an f32 bias to few elements of a bf16 result that is no larger
                of(
                        "one sample of one element",
                        new TransposedConvolution(List.of(3), List.of(1), List.of(0), List.of(0), List.of(0), 2),
                        f32(1, 4, 1),
                        f32(4, 8, 1),
                        f32(16)),
                of("3x3", TransposedConvolution.of2d(1, 1, 0), f32(2, 16, 7, 5), f32(16, 32, 3, 3), f32(32)),
                of("2x2 doubles the size", TransposedConvolution.of2d(2, 0, 0), f32(2, 32, 5, 7), f32(32, 16, 2, 2)),
                of("4x4 stride 2", TransposedConvolution.of2d(2, 1, 0), f32(2, 17, 5, 5), f32(17, 3, 4, 4), f32(3)),
                of("output padding", TransposedConvolution.of2d(2, 1, 1), f32(1, 16, 6, 6), f32(16, 16, 3, 3), f32(16)),
                of("output padding alone", TransposedConvolution.of2d(3, 0, 2), f32(2, 5, 4, 4), f32(5, 6, 3, 3)),
                // a result of one column, of which most of the kernel is cut off
                of(
                        "one column",
                        new TransposedConvolution(
                                List.of(1, 2), List.of(1, 1), List.of(0, 2), List.of(3, 0), List.of(0, 0), 1),
                        f32(2, 5, 6, 1),
                        f32(5, 1, 4, 3),
                        f32(1)),
                // oneDNN's kernels for 1x1 windows leave what lies behind the last stamp unwritten
                of(
                        "1x1, output padding behind the last stamp",
                        new TransposedConvolution(
                                List.of(1, 3), List.of(1, 1), List.of(0, 0), List.of(0, 0), List.of(0, 2), 1),
                        f32(1, 1, 6, 4),
                        f32(1, 8, 1, 1)),
                of(
                        "1x1, rows behind the last stamp",
                        new TransposedConvolution(
                                List.of(3, 1), List.of(1, 1), List.of(0, 0), List.of(0, 0), List.of(2, 0), 1),
                        f32(3, 1, 5, 4),
                        f32(1, 5, 1, 1)),
                of("dilation", of2d(1, 2, 1, 1, 1, 1), f32(2, 5, 6, 5), f32(5, 7, 3, 3), f32(7)),
                of("one-sided padding", of2d(2, 1, 0, 1, 0, 1), f32(1, 3, 5, 6), f32(3, 5, 3, 3), f32(5)),
                of("2 groups", of2d(2, 1, 1, 1, 0, 2), f32(2, 32, 5, 5), f32(32, 16, 4, 4), f32(32)),
                of("3 groups of odd sizes", of2d(1, 1, 0, 0, 0, 3), f32(2, 6, 4, 4), f32(6, 5, 2, 3), f32(15)),
                // oneDNN's bf16 kernel leaves the gradient of a tap unwritten that no element meets
                of(
                        "a tap that is cut off everywhere",
                        new TransposedConvolution(List.of(3), List.of(1), List.of(0), List.of(1), List.of(0), 1),
                        f32(2, 17, 1),
                        f32(17, 3, 2)),
                of("1d", TransposedConvolution.of(1, 2, 1, 1), f32(3, 16, 9), f32(16, 5, 3), f32(5)),
                of("3d", TransposedConvolution.of(3, 2, 1, 0), f32(1, 4, 3, 4, 3), f32(4, 16, 3, 3, 3), f32(16)),
                of("integers", TransposedConvolution.of2d(2, 1, 1), f32(2, 3, 4, 4), f32(3, 5, 3, 3), f32(5))
                        .exactly());
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "channels that differ",
                        () -> TransposedConvolution.of2d(2, 0, 0),
                        List.of(f32(2, 8, 5, 5), f32(16, 8, 2, 2)),
                        "transposed convolution expects 16 input channels (weights [16,8,2,2]), got 8"),
                new InvalidCase(
                        "output padding as large as the stride",
                        () -> TransposedConvolution.of2d(2, 0, 2),
                        List.of(),
                        "below the stride or the dilation (2), got 2"),
                new InvalidCase(
                        "output padding beyond every stamp",
                        () -> of2d(1, 4, 0, 0, 3, 1),
                        List.of(),
                        "below the stride and the padding after together (1), got 3"),
                new InvalidCase(
                        "padding that leaves nothing",
                        () -> TransposedConvolution.of2d(1, 2, 0),
                        List.of(f32(1, 1, 2, 2), f32(1, 1, 3, 3)),
                        "leaves nothing of dimension 2"),
                new InvalidCase(
                        "channels that groups do not divide",
                        () -> of2d(1, 1, 0, 0, 0, 2),
                        List.of(f32(1, 3, 2, 2), f32(3, 1, 3, 3)),
                        "a number of input channels that 2 groups divide, got 3"),
                new InvalidCase(
                        "a bias of another size",
                        () -> TransposedConvolution.of2d(1, 0, 0),
                        List.of(f32(1, 3, 2, 2), f32(3, 4, 3, 3), f32(3)),
                        "a bias of shape [4]"));
    }
}
