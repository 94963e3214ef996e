package voluta.visualize;

import java.util.Optional;
import voluta.model.ReceptiveField;
import voluta.tensor.HostTensor;

/**
 * A layer that gives maps, one for each channel.
 *
 * @param path for instance {@code layer1/0/conv1}
 * @param kind the op, for instance {@code Convolution}
 * @param shown whether it is shown unasked: not normalizations, and not what an activation follows
 * @param rectified whether its values are never below 0
 * @param field what its units see of the input
 * @param filters the weights {@code [filters,channels,height,width]} of a convolution
 */
public record Layer(
        String path,
        String kind,
        int channels,
        int height,
        int width,
        boolean shown,
        boolean rectified,
        ReceptiveField field,
        Optional<HostTensor> filters) {
    /** For instance {@code 64 x 56 x 56}. */
    public String size() {
        return channels + " x " + height + " x " + width;
    }

    boolean convolves() {
        return kind.equals("Convolution");
    }

    /** The path as part of a file's name. */
    String fileName() {
        return path.replaceAll("[^A-Za-z0-9_.-]+", "-");
    }
}
