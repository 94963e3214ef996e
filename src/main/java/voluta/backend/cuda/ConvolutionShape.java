package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import voluta.backend.DeviceException;
import voluta.op.Convolution;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;

/**
 * A convolution from x to y in numbers that cuDNN takes: at least two spatial dimensions (one is seen as a picture of
 * height 1), the same padding on both sides, less of it than the kernel covers. What goes beyond that is put around x
 * beforehand, as a copy: {@code padded} is the size of that copy, {@code before} what is put in front of x. Often none is
 * needed although the padding is one-sided, because the last steps of a stride reach no further. Where windows end
 * before x does, the copy may also be smaller than x.
 *
 * @param input spatial sizes of x
 * @param padded spatial sizes of what cuDNN reads, or writes as the gradient of x; equal to {@code input} without a copy
 * @param before zeros in front of x in the copy
 * @param pad the padding that is left to cuDNN
 */
record ConvolutionShape(
        int batch,
        int channels,
        int filters,
        int groups,
        List<Integer> input,
        List<Integer> padded,
        List<Integer> before,
        List<Integer> output,
        List<Integer> kernel,
        List<Integer> stride,
        List<Integer> dilation,
        List<Integer> pad) {
    private static final int LEAST_SPATIAL = 2;

    /** The convolution of an x and weights of these shapes. */
    static ConvolutionShape of(Convolution op, Shape x, Shape w) {
        return of(op, x, w, op.outputShape(x, w));
    }

    /** The convolution whose transpose this is: from what the op gives to what it takes. */
    static ConvolutionShape of(TransposedConvolution op, Shape x, Shape w) {
        return of(op.transposed(), op.outputShape(x, w), w, x);
    }

    private static ConvolutionShape of(Convolution op, Shape x, Shape w, Shape y) {
        List<List<Integer>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) all.add(new ArrayList<>());
        for (int i = op.spatial(); i < LEAST_SPATIAL; i++) add(all, 1, 1, 1, 1, 1, 0);
        for (int i = 0; i < op.spatial(); i++) {
            add(
                    all,
                    size(x, 2 + i),
                    size(w, 2 + i),
                    size(y, 2 + i),
                    op.stride().get(i),
                    op.dilation().get(i),
                    op.padBefore().get(i));
        }
        return new ConvolutionShape(
                size(x, 0),
                size(x, 1),
                size(w, 0),
                op.groups(),
                all.get(0),
                all.get(1),
                all.get(2),
                all.get(3),
                all.get(4),
                all.get(5),
                all.get(6),
                all.get(7));
    }

    private static int size(Shape s, int dimension) {
        if (s.elements() <= Integer.MAX_VALUE) return (int) s.dim(dimension);
        throw new DeviceException("a convolution of " + s + " has more than the " + Integer.MAX_VALUE
                + " elements that cuDNN takes in one tensor; use a smaller batch or smaller images");
    }

    /**
     * One dimension. All windows together cover {@code need} elements from the first padding on, so the padding behind
     * may be anything from {@code least} (negative: less than x is read) to {@code most} without any change to y.
     */
    private static void add(
            List<List<Integer>> all, int x, int kernel, int y, int stride, int dilation, int padBefore) {
        int window = dilation * (kernel - 1) + 1, need = (y - 1) * stride + window;
        int least = need - x - padBefore, most = least + stride - 1;
        int pad = Math.max(0, Math.min(Math.min(padBefore, most), window - 1));
        int before = padBefore - pad;
        int behind = Math.max(least, Math.min(pad, most)) - pad;
        int[] values = {x, x + before + behind, before, y, kernel, stride, dilation, pad};
        for (int i = 0; i < values.length; i++) all.get(i).add(values[i]);
    }

    /** Whether cuDNN works on a copy of x. */
    boolean copies() {
        return !padded.equals(input) || before.stream().anyMatch(b -> b != 0);
    }

    /** N, C and spatial sizes of what cuDNN reads as x. */
    int[] x() {
        return dimensions(batch, channels, padded);
    }

    /** Sizes of the weights. */
    int[] w() {
        return dimensions(filters, channels / groups, kernel);
    }

    /** Sizes of y. */
    int[] y() {
        return dimensions(batch, filters, output);
    }

    static long elements(int[] dimensions) {
        long n = 1;
        for (int d : dimensions) n *= d;
        return n;
    }

    private static int[] dimensions(int first, int second, List<Integer> spatial) {
        int[] d = new int[2 + spatial.size()];
        d[0] = first;
        d[1] = second;
        for (int i = 0; i < spatial.size(); i++) d[2 + i] = spatial.get(i);
        return d;
    }

    /** Everything that decides how fast an algorithm is, as words. */
    String text() {
        return "x " + joined(x()) + " w " + joined(w()) + " groups " + groups + " pad " + joined(pad) + " stride "
                + joined(stride) + " dilation " + joined(dilation);
    }

    private static String joined(int[] numbers) {
        return joined(java.util.Arrays.stream(numbers).boxed().toList());
    }

    private static String joined(List<Integer> numbers) {
        return String.join("x", numbers.stream().map(String::valueOf).toList());
    }
}
