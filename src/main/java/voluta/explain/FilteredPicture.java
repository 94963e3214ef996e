package voluta.explain;

import java.util.Arrays;
import java.util.stream.IntStream;
import voluta.backend.Backend;
import voluta.data.Image;
import voluta.data.ImageShape;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * What a filter makes of a picture.
 *
 * @param shape its size; every channel was filtered by itself
 * @param values in the order C,H,W; those of the picture were from 0 to 1
 */
public record FilteredPicture(FilterChoice filter, ImageShape shape, double[] values) {
    /** Parts of a filter's magnitude below which its sum counts as 0. */
    private static final double BALANCED = 1e-3;
    /** The part of the values that is drawn without being cut off; a few bright edges would leave the rest grey. */
    private static final double SHOWN = 0.99;

    /**
     * Filters a picture by the convolution of a backend. Pixels count from 0 to 1, and so does the window's padding value.
     *
     * @throws voluta.tensor.ShapeException if the filter does not fit into the picture
     */
    public static FilteredPicture of(Backend backend, Image picture, FilterChoice filter, Window window) {
        ImageShape in = picture.shape();
        int channels = in.channels(), plane = in.height() * in.width();
        HostTensor x = HostTensor.zeros(TensorType.f32(channels, 1, in.height(), in.width()));
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < plane; i++) {
                x.set((long) c * plane + i, (picture.pixels()[i * channels + c] & 0xff) / 255.0);
            }
        }
        Matrix m = filter.matrix();
        HostTensor weights = HostTensor.zeros(TensorType.f32(1, 1, m.height(), m.width()));
        weights.fill(m.values());
        HostTensor y = new FixedConvolution(weights, 0, window).apply(backend, x);
        ImageShape out = new ImageShape(channels, y.shape().size(2), y.shape().size(3));
        return new FilteredPicture(filter, out, y.toDoubles());
    }

    /**
     * Whether the filter's weights cancel out, as those of edge filters do: then 0 is drawn as mid grey, and black and
     * white are chosen such that all but a few values lie between them. Values of other filters are drawn as they are, cut
     * off at 0 and 1.
     */
    public boolean signed() {
        Matrix m = filter.matrix();
        return Math.abs(m.sum()) <= BALANCED * m.magnitude();
    }

    /** The least value. */
    public double least() {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .min()
                .orElse(0);
    }

    /** The greatest value. */
    public double greatest() {
        return IntStream.range(0, values.length)
                .mapToDouble(i -> values[i])
                .max()
                .orElse(0);
    }

    /** What is drawn as black and as white. */
    double[] range() {
        if (!signed()) return new double[] {0, 1};
        double[] magnitudes = new double[values.length];
        for (int i = 0; i < values.length; i++) magnitudes[i] = Math.abs(values[i]);
        Arrays.sort(magnitudes);
        double most = magnitudes[(int) (SHOWN * (values.length - 1))];
        if (most == 0) most = magnitudes[values.length - 1];
        return new double[] {-most, most};
    }

    /** The part of the values that lie outside of what can be drawn. */
    public double clipped() {
        double[] range = range();
        double slack = 1e-6, low = range[0] - slack, high = range[1] + slack;
        return IntStream.range(0, values.length)
                        .filter(i -> values[i] < low || values[i] > high)
                        .count()
                / (double) values.length;
    }

    /** As a picture, drawn as {@link #signed} says. */
    public Image image() {
        double[] range = range();
        double low = range[0], span = range[1] - low;
        int channels = shape.channels(), plane = shape.height() * shape.width();
        byte[] pixels = new byte[shape.bytes()];
        for (int c = 0; c < channels; c++) {
            for (int i = 0; i < plane; i++) {
                double part = span == 0 ? 0.5 : (values[c * plane + i] - low) / span;
                pixels[i * channels + c] = (byte) Math.round(255 * Math.max(0, Math.min(1, part)));
            }
        }
        return new Image(shape, pixels);
    }
}
