package voluta.model;

import java.util.Collections;
import java.util.List;

/**
 * What the bytes of images mean to a network: channel c of value v becomes {@code (v/255 - mean[c]) / std[c]}. Numbers of signals
 * and volumes are not divided by 255.
 *
 * @param mean one per channel of the data
 * @param std one per channel of the data, above 0
 */
public record Pixels(List<Double> mean, List<Double> std) {
    public Pixels {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (mean.isEmpty() || mean.size() != std.size()) {
            throw new ModelException(
                    "images need one mean and one standard deviation for each channel, got " + mean + " and " + std);
        }
        if (!std.stream().allMatch(s -> s > 0 && Double.isFinite(s))
                || !mean.stream().allMatch(Double::isFinite)) {
            throw new ModelException(
                    "means must be finite and standard deviations above 0, got " + mean + " and " + std);
        }
    }

    /** Values from 0 to 1 as they are. */
    public static Pixels plain(int channels) {
        return new Pixels(Collections.nCopies(channels, 0.0), Collections.nCopies(channels, 1.0));
    }

    /** How many channels the data have. */
    public int channels() {
        return mean.size();
    }
}
