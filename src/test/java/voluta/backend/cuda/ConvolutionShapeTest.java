package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import voluta.backend.DeviceException;
import voluta.op.Convolution;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;

/** What is left to cuDNN, which pads both sides alike, and what is done beforehand. */
class ConvolutionShapeTest {
    private static ConvolutionShape of1d(int x, int kernel, int stride, int dilation, int before, int after) {
        Convolution op = new Convolution(List.of(stride), List.of(dilation), List.of(before), List.of(after), 1);
        return ConvolutionShape.of(op, Shape.of(1, 1, x), Shape.of(1, 1, kernel));
    }

    @Test
    void everyWindowReadsTheSameElements() {
        for (int x = 1; x <= 7; x++)
            for (int kernel = 1; kernel <= 4; kernel++)
                for (int stride = 1; stride <= 4; stride++)
                    for (int dilation = 1; dilation <= 2; dilation++)
                        for (int before = 0; before <= 4; before++)
                            for (int after = 0; after <= 4; after++) {
                                int window = dilation * (kernel - 1) + 1;
                                if (x + before + after < window) continue;
                                ConvolutionShape s = of1d(x, kernel, stride, dilation, before, after);
                                check(s, window, stride, before);
                                if (before == after && before < window) assertFalse(s.copies(), s.text());
                            }
    }

    /** cuDNN's output size is ours, and its first window begins where ours does. */
    private static void check(ConvolutionShape s, int window, int stride, int before) {
        int pad = s.pad().get(1),
                padded = s.padded().get(1),
                output = s.output().get(1);
        assertTrue(pad >= 0 && pad < window && padded >= 1, s.text());
        assertEquals(output, (padded + 2 * pad - window) / stride + 1, s.text());
        assertEquals(before, pad + s.before().get(1), s.text());
        // whatever a window reads of x is in the copy
        int last = Math.min(s.input().get(1) - 1, (output - 1) * stride + window - 1 - before);
        assertTrue(s.before().get(1) >= 0 && last + s.before().get(1) < padded, s.text());
    }

    @Test
    void oneDimensionIsAPictureOfHeightOne() {
        ConvolutionShape s = of1d(9, 3, 2, 1, 1, 1);
        assertArrayEquals(new int[] {1, 1, 1, 9}, s.x());
        assertArrayEquals(new int[] {1, 1, 1, 3}, s.w());
        assertArrayEquals(new int[] {1, 1, 1, 5}, s.y());
        assertEquals(List.of(0, 1), s.pad());
    }

    @Test
    void paddingThatTheStrideDoesNotReachNeedsNoCopy() {
        assertFalse(of1d(8, 3, 2, 1, 1, 0).copies());
        assertTrue(of1d(8, 3, 2, 1, 0, 1).copies());
        assertTrue(of1d(8, 3, 1, 1, 1, 0).copies());
    }

    @Test
    void aTransposedConvolutionHasTheOutputAsX() {
        TransposedConvolution op = TransposedConvolution.of2d(2, 1, 1);
        ConvolutionShape s = ConvolutionShape.of(op, Shape.of(2, 16, 6, 6), Shape.of(16, 5, 3, 3));
        assertArrayEquals(new int[] {2, 5, 12, 12}, s.x());
        assertArrayEquals(new int[] {2, 16, 6, 6}, s.y());
        assertFalse(s.copies());
    }

    @Test
    void outputPaddingAboveTheStrideIsCutOff() {
        TransposedConvolution op =
                new TransposedConvolution(List.of(1), List.of(4), List.of(0), List.of(3), List.of(3), 1);
        ConvolutionShape s = ConvolutionShape.of(op, Shape.of(1, 1, 5), Shape.of(1, 1, 2));
        check(s, 5, 1, 0);
        assertEquals(5, s.output().get(1));
    }

    @Test
    void stridesOfBothOrders() {
        int[] size = {2, 3, 4, 5};
        assertArrayEquals(new int[] {60, 20, 5, 1}, ConvolutionDescriptors.strides(size, CudaLayout.Order.ROW_MAJOR));
        assertArrayEquals(
                new int[] {60, 1, 15, 3}, ConvolutionDescriptors.strides(size, CudaLayout.Order.CHANNELS_LAST));
    }

    @Test
    void tensorsThatCudnnCannotCountAreRefused() {
        Convolution op = Convolution.of2d(1, 0);
        DeviceException e = assertThrows(
                DeviceException.class,
                () -> ConvolutionShape.of(op, Shape.of(4096, 64, 128, 128), Shape.of(8, 64, 1, 1)));
        assertTrue(e.getMessage().contains("use a smaller batch"), e.getMessage());
    }
}
