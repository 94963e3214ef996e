package voluta.op;

/**
 * Adagrad (Duchi, Hazan and Singer, 2011) with PyTorch's rule. With d = g + weightDecay * p, learning rate r and step t:
 *
 * <pre>
 * s' = s + d d
 * p' = p - r / (1 + (t - 1) learningRateDecay) * d / (sqrt(s') + epsilon)
 * </pre>
 *
 * One kind of state: the sum of squares s.
 *
 * @param count how many parameters
 * @param epsilon above 0
 * @param learningRateDecay 0 or more
 * @param weightDecay 0 or more
 */
public record AdagradStep(int count, double epsilon, double learningRateDecay, double weightDecay)
        implements OptimizerStep {
    public AdagradStep {
        TensorLists.checkCount("AdagradStep", count);
        TensorLists.checkEpsilon("AdagradStep", epsilon);
        TensorLists.checkRange("AdagradStep", "learning rate decay", learningRateDecay, 0, Double.POSITIVE_INFINITY);
        TensorLists.checkRange("AdagradStep", "weight decay", weightDecay, 0, Double.POSITIVE_INFINITY);
    }

    @Override
    public int states() {
        return 1;
    }
}
