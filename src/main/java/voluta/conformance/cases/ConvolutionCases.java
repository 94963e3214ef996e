package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Convolution;
import voluta.tensor.TensorType;

/** Cases of {@link Convolution}. */
public final class ConvolutionCases implements OpCases {
    @Override
    public String op() {
        return "Convolution";
    }

    private static OpCase of(String name, Convolution op, TensorType... inputs) {
        TensorType w = inputs[1];
        return OpCase.of(name, op, inputs).parametersFrom(1).reducing(w.shape().product(1, w.rank()));
    }

    private static Convolution of2d(List<Integer> stride, List<Integer> before, List<Integer> after) {
        return new Convolution(stride, List.of(1, 1), before, after, 1);
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        addDense(all);
        addGrouped(all);
        addOneAndThreeDimensional(all);
        addWhatOnednnGetsWrong(all);
        addInference(all);
        addManyTiles(all);
        addManyImagesOfFewChannels(all);
        return all;
    }

    /** 3x3 windows over enough pixels and channels for algorithms that transform tiles. */
    private static void addManyTiles(List<OpCase> all) {
        Convolution same = Convolution.of2d(1, 1);
        all.add(of("tiles, 17 to 33 channels", same, f32(3, 17, 17, 15), f32(33, 17, 3, 3), f32(33)));
        all.add(of("tiles, 32 to 16 channels", same, f32(4, 32, 16, 16), f32(16, 32, 3, 3)));
        all.add(of("tiles, no padding", Convolution.of2d(1, 0), f32(4, 16, 18, 17), f32(48, 16, 3, 3), f32(48)));
        all.add(of(
                "tiles, one-sided padding",
                of2d(List.of(1, 1), List.of(0, 2), List.of(1, 0)),
                f32(5, 20, 15, 15),
                f32(24, 20, 3, 3),
                f32(24)));
        all.add(of("tiles in bf16 too", same, f32(9, 32, 14, 15), f32(48, 32, 3, 3), f32(48)));
        all.add(of("tiles in bf16 too, odd channels", same, f32(9, 37, 14, 13), f32(35, 37, 3, 3)));
        all.add(of("tiles of 2", same, f32(20, 16, 6, 6), f32(16, 16, 3, 3), f32(16)));
        all.add(of("tiles, 400 channels", same, f32(4, 400, 14, 14), f32(400, 400, 3, 3), f32(400))
                .forwardOnly());
    }

    /** Enough images for algorithms that put one into each lane of a vector, which pays with few channels. */
    private static void addManyImagesOfFewChannels(List<OpCase> all) {
        all.add(of("32 images, 1 to 6 channels", Convolution.of2d(1, 2), f32(32, 1, 9, 8), f32(6, 1, 5, 5), f32(6)));
        all.add(of("45 images, 6 to 16 channels", Convolution.of2d(1, 0), f32(45, 6, 7, 8), f32(16, 6, 5, 5), f32(16)));
        all.add(of("30 images, 20 to 3 channels", Convolution.of2d(1, 1), f32(30, 20, 5, 6), f32(3, 20, 3, 3)));
        all.add(of(
                "16 images, uneven padding",
                of2d(List.of(1, 1), List.of(0, 4), List.of(3, 1)),
                f32(16, 3, 6, 5),
                f32(4, 3, 7, 3),
                f32(4)));
        all.add(of(
                "31 images, uneven strides",
                of2d(List.of(2, 1), List.of(1, 0), List.of(0, 2)),
                f32(31, 5, 8, 7),
                f32(6, 5, 3, 4),
                f32(6)));
        all.add(of("16 images smaller than the kernel", Convolution.of2d(1, 2), f32(16, 5, 3, 4), f32(3, 5, 5, 5)));
    }

    /** Without backward nodes, oneDNN may choose other layouts. */
    private static void addInference(List<OpCase> all) {
        Convolution same = Convolution.of2d(1, 1);
        all.add(of("inference", same, f32(1, 16, 9, 11), f32(33, 16, 3, 3), f32(33))
                .forwardOnly());
        all.add(of("inference, three channels", Convolution.of2d(2, 3), f32(2, 3, 23, 21), f32(16, 3, 7, 7))
                .forwardOnly());
        all.add(of("inference, depthwise", same.grouped(32), f32(2, 32, 9, 9), f32(32, 1, 3, 3), f32(32))
                .forwardOnly());
        all.add(of("inference, 3 groups of 5", same.grouped(3), f32(2, 15, 7, 7), f32(6, 5, 3, 3), f32(6))
                .forwardOnly());
        all.add(of("inference, 1d", Convolution.of(1, 1, 1), f32(3, 16, 19), f32(32, 16, 3), f32(32))
                .forwardOnly());
        all.add(of("inference, 3d", Convolution.of(3, 1, 1), f32(2, 16, 4, 5, 6), f32(16, 16, 3, 3, 3), f32(16))
                .forwardOnly());
    }

    private static void addDense(List<OpCase> all) {
        Convolution same = Convolution.of2d(1, 1);
        all.add(of("3x3, 16 to 32 channels", same, f32(2, 16, 9, 11), f32(32, 16, 3, 3), f32(32)));
        all.add(of("3x3, one channel", same, f32(3, 1, 9, 9), f32(17, 1, 3, 3), f32(17)));
        all.add(of("3x3, three channels without bias", same, f32(2, 3, 13, 11), f32(16, 3, 3, 3)));
        all.add(of("7x7 stride 2, three channels", Convolution.of2d(2, 3), f32(1, 3, 23, 21), f32(16, 3, 7, 7)));
        // 6 output channels: oneDNN's backward-weights in blocks of 16 has only its slow loops
        all.add(of("5x5, 1 to 6 channels", Convolution.of2d(1, 2), f32(2, 1, 14, 14), f32(6, 1, 5, 5), f32(6)));
        all.add(of("5x5, 6 to 16 channels", Convolution.of2d(1, 0), f32(2, 6, 14, 14), f32(16, 6, 5, 5), f32(16)));
        all.add(of("17 to 33 channels", same, f32(2, 17, 7, 5), f32(33, 17, 3, 3), f32(33)));
        all.add(of("1x1", Convolution.of2d(1, 0), f32(2, 33, 7, 7), f32(17, 33, 1, 1), f32(17)));
        all.add(of(
                "1x1, columns behind the last window",
                of2d(List.of(1, 3), List.of(0, 0), List.of(0, 0)),
                f32(1, 8, 6, 12),
                f32(1, 8, 1, 1)));
        all.add(of("3x3 stride 2, 24 to 40 channels", Convolution.of2d(2, 1), f32(3, 24, 9, 11), f32(40, 24, 3, 3)));
        all.add(of("7x7 stride 2, three to 40 channels", Convolution.of2d(2, 3), f32(3, 3, 23, 21), f32(40, 3, 7, 7)));
        all.add(of("1x1 stride 2", Convolution.of2d(2, 0), f32(3, 16, 9, 9), f32(32, 16, 1, 1)));
        all.add(of("stride leaves a remainder", Convolution.of2d(2, 0), f32(2, 5, 8, 8), f32(4, 5, 3, 3), f32(4)));
        all.add(of("stride above kernel", Convolution.of2d(3, 0), f32(2, 16, 11, 11), f32(16, 16, 2, 2)));
        all.add(of("dilation 2", Convolution.of2d(1, 2).dilated(2), f32(2, 16, 11, 9), f32(16, 16, 3, 3), f32(16)));
        all.add(of("dilation 3 of odd channels", Convolution.of2d(1, 0).dilated(3), f32(1, 5, 11, 9), f32(7, 5, 3, 2)));
        all.add(of(
                "one-sided padding",
                of2d(List.of(1, 1), List.of(0, 2), List.of(1, 0)),
                f32(2, 16, 6, 7),
                f32(16, 16, 2, 3),
                f32(16)));
        all.add(of(
                "one-sided padding and stride",
                of2d(List.of(2, 1), List.of(0, 1), List.of(2, 0)),
                f32(2, 3, 9, 7),
                f32(5, 3, 3, 2),
                f32(5)));
        all.add(of(
                "padding above the kernel",
                of2d(List.of(1, 1), List.of(3, 3), List.of(3, 3)),
                f32(1, 4, 3, 3),
                f32(4, 4, 2, 2)));
        all.add(of("kernel covers the input", Convolution.of2d(1, 0), f32(3, 16, 5, 5), f32(20, 16, 5, 5), f32(20)));
        all.add(of("one pixel", Convolution.of2d(1, 1), f32(1, 1, 1, 1), f32(1, 1, 3, 3), f32(1)));
        all.add(of("integers", same, f32(2, 5, 6, 6), f32(7, 5, 3, 3), f32(7)).exactly());
        all.add(of("integers in blocks", same, f32(1, 32, 8, 8), f32(16, 32, 3, 3), f32(16))
                .exactly());
    }

    private static void addGrouped(List<OpCase> all) {
        Convolution same = Convolution.of2d(1, 1);
        all.add(of("2 groups of 16", same.grouped(2), f32(2, 32, 7, 7), f32(32, 16, 3, 3), f32(32)));
        all.add(of("3 groups of 5", same.grouped(3), f32(2, 15, 7, 7), f32(6, 5, 3, 3), f32(6)));
        all.add(of("depthwise", same.grouped(32), f32(2, 32, 9, 9), f32(32, 1, 3, 3), f32(32)));
        all.add(of(
                "depthwise stride 2, 17 channels",
                Convolution.of2d(2, 1).grouped(17),
                f32(2, 17, 9, 9),
                f32(17, 1, 3, 3)));
        all.add(of(
                "depthwise stride 2, even", Convolution.of2d(2, 1).grouped(24), f32(2, 24, 10, 14), f32(24, 1, 3, 3)));
        all.add(of("depthwise, large image", same.grouped(16), f32(1, 16, 57, 56), f32(16, 1, 3, 3), f32(16)));
        all.add(of(
                "depthwise, uneven padding",
                of2d(List.of(1, 1), List.of(0, 2), List.of(1, 0)).grouped(20),
                f32(2, 20, 7, 6),
                f32(20, 1, 3, 3)));
        all.add(of("depthwise 5x5", Convolution.of2d(1, 2).grouped(16), f32(1, 16, 8, 8), f32(16, 1, 5, 5), f32(16)));
        all.add(of("depthwise with multiplier 2", same.grouped(3), f32(2, 3, 6, 6), f32(6, 1, 3, 3), f32(6)));
        // one channel to sum over, of which oneDNN's bf16 kernel makes a pair with whatever follows it
        Convolution wide = of2d(List.of(1, 2), List.of(0, 0), List.of(0, 0)).grouped(8);
        all.add(of("8 groups, 1 to 2 channels, stride 2", wide, f32(2, 8, 7, 5), f32(16, 1, 4, 3)));
        all.add(of("8 groups, 2 to 1 channels", same.grouped(8), f32(2, 16, 7, 5), f32(8, 2, 4, 3)));
        all.add(of("grouped integers", same.grouped(4), f32(1, 8, 5, 5), f32(12, 2, 3, 3), f32(12))
                .exactly());
    }

    private static void addOneAndThreeDimensional(List<OpCase> all) {
        all.add(of("1d", Convolution.of(1, 1, 1), f32(3, 16, 19), f32(32, 16, 3), f32(32)));
        all.add(of("1d of odd sizes", Convolution.of(1, 2, 0).dilated(2), f32(2, 3, 17), f32(5, 3, 4), f32(5)));
        // the gradients of taps that meet padding alone are 0: oneDNN's bf16 kernel for this leaves memory as it was
        Convolution few = Convolution.of(1, 3, 1).grouped(31);
        all.add(of("1d, taps that meet padding alone", few, f32(1, 31, 2), f32(62, 1, 4), f32(62)));
        all.add(of("1d depthwise", Convolution.of(1, 1, 2).grouped(16), f32(2, 16, 15), f32(16, 1, 5)));
        all.add(of("3d", Convolution.of(3, 1, 1), f32(2, 16, 4, 5, 6), f32(16, 16, 3, 3, 3), f32(16)));
        all.add(of(
                "3d of odd sizes",
                new Convolution(List.of(1, 2, 1), List.of(1, 1, 2), List.of(0, 1, 2), List.of(1, 0, 2), 1),
                f32(1, 3, 4, 7, 6),
                f32(5, 3, 2, 3, 3),
                f32(5)));
        all.add(of("3d groups", Convolution.of(3, 1, 0).grouped(2), f32(1, 4, 3, 4, 5), f32(6, 2, 2, 2, 2), f32(6)));
        all.add(of("1d integers", Convolution.of(1, 1, 1), f32(2, 3, 9), f32(4, 3, 3), f32(4))
                .exactly());
    }

    /** Shapes for which oneDNN 3.11 has kernels that must not be taken. */
    private static void addWhatOnednnGetsWrong(List<OpCase> all) {
        List<Integer> none = List.of(0, 0);
        all.add(of(
                "1x1, stride in height alone",
                of2d(List.of(2, 1), none, none),
                f32(3, 3, 8, 6),
                f32(5, 3, 1, 1),
                f32(5)));
        all.add(of("1x1, stride in width alone", of2d(List.of(1, 2), none, none), f32(2, 8, 32, 32), f32(64, 8, 1, 1)));
        Convolution after = new Convolution(List.of(1), List.of(1), List.of(0), List.of(1), 1);
        // brg_conv_fwd crashes over the last element
        all.add(of("an output that meets padding alone", after, f32(1, 16, 2), f32(4, 16, 1), f32(4)));
        // jit_bf16_1x1 with channels last sums over one channel more than there are
        all.add(of("1x1, 15 channels, 30 elements", Convolution.of2d(1, 0), f32(1, 15, 5, 6), f32(32, 15, 1, 1)));
        // jit_bf16 leaves gradients of weights unwritten
        all.add(of("narrower than the stride", Convolution.of(1, 3, 0), f32(2, 1, 2), f32(8, 1, 1), f32(8)));
        all.add(of(
                "less deep than the kernel",
                new Convolution(List.of(1, 1, 1), List.of(1, 1, 1), List.of(1, 0, 0), List.of(1, 0, 0), 1),
                f32(3, 17, 2, 2, 2),
                f32(5, 17, 3, 2, 1)));
    }

    @Override
    public List<InvalidCase> invalid() {
        Convolution op = Convolution.of2d(1, 1);
        return List.of(
                new InvalidCase(
                        "channels that differ",
                        () -> op,
                        List.of(f32(2, 32, 8, 8), f32(16, 64, 3, 3)),
                        "convolution expects 64 input channels (weights [16,64,3,3]), got 32"),
                new InvalidCase(
                        "filters that groups do not divide",
                        () -> op.grouped(2),
                        List.of(f32(2, 4, 8, 8), f32(3, 2, 3, 3)),
                        "a number of filters that 2 groups divide, got 3"),
                new InvalidCase(
                        "an image without spatial dimensions",
                        () -> op,
                        List.of(f32(2, 4), f32(4, 4, 3, 3)),
                        "expects input and weights of rank 4, got [2,4] and [4,4,3,3]"),
                new InvalidCase(
                        "a kernel larger than the image",
                        () -> Convolution.of2d(1, 0),
                        List.of(f32(2, 4, 2, 8), f32(4, 4, 3, 3)),
                        "covers 3 elements of dimension 2, which has only 2"),
                new InvalidCase(
                        "a bias of another size",
                        () -> op,
                        List.of(f32(2, 4, 8, 8), f32(6, 4, 3, 3), f32(4)),
                        "a bias of shape [6], one for each filter, got [4]"),
                new InvalidCase(
                        "stride 0",
                        () -> Convolution.of2d(0, 1),
                        List.of(),
                        "each stride to be at least 1, got [0, 0]"),
                new InvalidCase(
                        "negative padding",
                        () -> Convolution.of2d(1, -1),
                        List.of(),
                        "each padding before to be at least 0, got [-1, -1]"),
                new InvalidCase("no groups", () -> op.grouped(0), List.of(), "at least 1 group, got 0"),
                new InvalidCase(
                        "lists of different lengths",
                        () -> new Convolution(List.of(1), List.of(1, 1), List.of(0), List.of(0), 1),
                        List.of(),
                        "one entry for each of its 1 to 3 spatial dimensions"));
    }
}
