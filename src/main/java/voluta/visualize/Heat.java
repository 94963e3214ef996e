package voluta.visualize;

import java.nio.ByteBuffer;
import java.util.Arrays;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

/**
 * One number for each place of a picture, or of a grid over it.
 *
 * @param values rows from top to bottom
 */
public record Heat(int height, int width, double[] values) {
    public Heat {
        if (values.length != height * width) {
            throw new IllegalArgumentException(height + "x" + width + " places, " + values.length + " values");
        }
    }

    /** Map {@code channel} of sample 0 of {@code [N,C,H,W]}. */
    static Heat of(HostTensor maps, int channel) {
        Shape s = maps.shape();
        int h = s.size(2), w = s.size(3);
        double[] v = new double[h * w];
        ByteBuffer bytes = maps.bytes();
        if (maps.type().dtype() == DType.F64)
            bytes.asDoubleBuffer().position(channel * v.length).get(v);
        else for (int i = 0; i < v.length; i++) v[i] = maps.get((long) channel * v.length + i);
        return new Heat(h, w, v);
    }

    /** At each place the largest magnitude of all channels of sample 0. */
    static Heat largest(HostTensor x) {
        Shape s = x.shape();
        int plane = s.size(2) * s.size(3);
        double[] v = new double[plane];
        for (int i = 0; i < s.size(1) * plane; i++) v[i % plane] = Math.max(v[i % plane], Math.abs(x.get(i)));
        return new Heat(s.size(2), s.size(3), v);
    }

    double at(int y, int x) {
        return values[y * width + x];
    }

    /** The greatest value. */
    public double greatest() {
        return Arrays.stream(values).max().orElse(0);
    }

    /** The least value. */
    public double least() {
        return Arrays.stream(values).min().orElse(0);
    }

    double mean() {
        return Arrays.stream(values).average().orElse(0);
    }

    /** Where the greatest value is, as an index; the first of several. */
    public int peak() {
        int best = 0;
        for (int i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
        return best;
    }

    /** The value below which this part of all values lies, 0 to 1. */
    double quantile(double part) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[(int) Math.round(part * (sorted.length - 1))];
    }

    /** Each value as a part of the greatest, values below 0 as 0. */
    Heat normalised() {
        double most = Math.max(greatest(), Double.MIN_NORMAL);
        return new Heat(
                height,
                width,
                Arrays.stream(values).map(v -> Math.max(0, v) / most).toArray());
    }
}
