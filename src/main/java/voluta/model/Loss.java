package voluta.model;

import voluta.graph.GraphBuilder;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.BinaryCrossEntropy;
import voluta.op.CrossEntropy;
import voluta.op.MeanSquaredError;
import voluta.tensor.TensorType;

/**
 * What is minimised.
 *
 * @param smoothing label smoothing of the cross-entropy
 * @param soft whether the cross-entropy compares with {@value #TARGETS}, a distribution per sample, as mixing samples
 *     needs; the other kinds always compare with those
 */
public record Loss(Kind kind, double smoothing, boolean soft) {
    /** The input with one class per sample: i32 {@code [N]}; a negative one is ignored. */
    public static final String LABELS = "labels";

    /** The input with numbers to compare with, f32 of the logits' shape. */
    public static final String TARGETS = "targets";

    /** Which loss. */
    public enum Kind {
        /** Softmax and cross-entropy of one of several classes. */
        CROSS_ENTROPY,
        /** The mean of squared differences. */
        MEAN_SQUARED_ERROR,
        /** Sigmoid and cross-entropy, each class for itself. */
        BINARY_CROSS_ENTROPY
    }

    public Loss {
        if (!(smoothing >= 0 && smoothing < 1)) {
            throw new ModelException("label smoothing is at least 0 and below 1, got " + smoothing);
        }
        if (kind != Kind.CROSS_ENTROPY && smoothing != 0) {
            throw new ModelException("label smoothing is for the cross-entropy; smooth the targets instead");
        }
        soft = soft || kind != Kind.CROSS_ENTROPY;
    }

    public static Loss crossEntropy(double smoothing) {
        return new Loss(Kind.CROSS_ENTROPY, smoothing, false);
    }

    /** Cross-entropy with distributions. */
    public static Loss softCrossEntropy(double smoothing) {
        return new Loss(Kind.CROSS_ENTROPY, smoothing, true);
    }

    public static Loss meanSquaredError() {
        return new Loss(Kind.MEAN_SQUARED_ERROR, 0, true);
    }

    public static Loss binaryCrossEntropy() {
        return new Loss(Kind.BINARY_CROSS_ENTROPY, 0, true);
    }

    /** The same measured plainly: without smoothing, and by labels where there are classes. */
    public Loss forEvaluation() {
        return kind == Kind.CROSS_ENTROPY ? crossEntropy(0) : this;
    }

    /**
     * Adds the loss, a scalar, and the input {@value #TARGETS} if it is needed.
     *
     * @param labels null for a network that does not classify
     */
    Value add(GraphBuilder b, Value logits, Value labels) {
        if (!soft && labels == null) {
            throw new ModelException(
                    "a cross-entropy of labels needs a network with classes; add the key classes to its"
                            + " description, or train with another loss");
        }
        Op op = switch (kind) {
            case CROSS_ENTROPY -> new CrossEntropy(smoothing);
            case MEAN_SQUARED_ERROR -> new MeanSquaredError();
            case BINARY_CROSS_ENTROPY -> new BinaryCrossEntropy();
        };
        Value reference = soft ? b.input(TARGETS, TensorType.f32(logits.type().shape())) : labels;
        return b.add("loss", op, logits, reference).output();
    }
}
