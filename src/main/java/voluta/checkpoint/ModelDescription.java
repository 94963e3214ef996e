package voluta.checkpoint;

import java.util.List;
import voluta.tensor.Shape;

/**
 * What is needed to use a model's weights on a new picture, so that preprocessing and labels cannot differ from those of
 * the training.
 *
 * @param network the network's description, YAML
 * @param classNames the label of each output, in order; empty if the outputs are no classes
 * @param inputShape the shape of one sample without the batch, for instance {@code [3,32,32]}
 * @param mean subtracted from each input channel; empty or one finite number per channel
 * @param std what each input channel is divided by; as many as {@code mean}, not zero
 * @param framing how pictures of another size are scaled and cut, as the data room writes it; empty if that was not chosen
 */
public record ModelDescription(
        String network,
        List<String> classNames,
        Shape inputShape,
        List<Double> mean,
        List<Double> std,
        String framing) {
    /** One whose pictures are framed as they are where nothing else is chosen. */
    public ModelDescription(
            String network, List<String> classNames, Shape inputShape, List<Double> mean, List<Double> std) {
        this(network, classNames, inputShape, mean, std, "");
    }

    /** Copies the lists. */
    public ModelDescription {
        classNames = List.copyOf(classNames);
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (mean.size() != std.size()) {
            throw new IllegalArgumentException(
                    "normalization has " + mean.size() + " means but " + std.size() + " deviations");
        }
        for (double m : mean) if (!Double.isFinite(m)) throw new IllegalArgumentException("a mean is " + m);
        for (double s : std)
            if (!Double.isFinite(s) || s == 0) throw new IllegalArgumentException("a deviation is " + s);
    }
}
