package voluta.op;

/**
 * Adam (Kingma and Ba, 2015), and AdamW (Loshchilov and Hutter, 2019) where the weight decay is decoupled, with PyTorch's
 * rule. With learning rate r and step t:
 *
 * <pre>
 * coupled:    d = g + weightDecay p
 * decoupled:  d = g, and p is first multiplied by 1 - r weightDecay
 * m' = beta1 m + (1 - beta1) d
 * v' = beta2 v + (1 - beta2) d d
 * p' = p - r / (1 - beta1^t) * m' / (sqrt(v') / sqrt(1 - beta2^t) + epsilon)
 * </pre>
 *
 * Two kinds of state: the mean m, then the mean square v.
 *
 * @param count how many parameters
 * @param beta1 0 up to below 1
 * @param beta2 0 up to below 1
 * @param epsilon above 0
 * @param weightDecay 0 or more
 * @param decoupled whether weight decay bypasses the moments (AdamW)
 */
public record AdamStep(int count, double beta1, double beta2, double epsilon, double weightDecay, boolean decoupled)
        implements OptimizerStep {
    public AdamStep {
        TensorLists.checkCount("AdamStep", count);
        TensorLists.checkRange("AdamStep", "beta1", beta1, 0, 1);
        TensorLists.checkRange("AdamStep", "beta2", beta2, 0, 1);
        TensorLists.checkEpsilon("AdamStep", epsilon);
        TensorLists.checkRange("AdamStep", "weight decay", weightDecay, 0, Double.POSITIVE_INFINITY);
    }

    @Override
    public int states() {
        return 2;
    }
}
