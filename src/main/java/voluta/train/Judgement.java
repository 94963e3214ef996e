package voluta.train;

import voluta.data.BatchSlot;
import voluta.data.Dataset;
import voluta.data.Image;

/** What a network says about one image of a validation. The image can be had during the call that brings it, no longer. */
public final class Judgement {
    private final Dataset data;
    private final BatchSlot slot;
    private final int position;
    private final double[] probabilities;
    private final int predicted;
    private final double loss;

    Judgement(Dataset data, BatchSlot slot, int position, double[] probabilities, int predicted, double loss) {
        this.data = data;
        this.slot = slot;
        this.position = position;
        this.probabilities = probabilities;
        this.predicted = predicted;
        this.loss = loss;
    }

    /** Its number in the data set. */
    public int index() {
        return slot.sample(position);
    }

    /** What the data set calls it: a file, or a number. */
    public String name() {
        return data.describe(index());
    }

    /** Its class. */
    public int label() {
        return slot.labels().getInt(position * Integer.BYTES);
    }

    /** The class that the network takes it for. */
    public int predicted() {
        return predicted;
    }

    /** How probable a class is for the network, 0 to 1. */
    public double probability(int label) {
        return probabilities[label];
    }

    /** The cross-entropy. */
    public double loss() {
        return loss;
    }

    /** A copy of the image in the network's size, before normalisation; of an array, a picture of it. */
    public Image image() {
        return slot.image(data, position);
    }
}
