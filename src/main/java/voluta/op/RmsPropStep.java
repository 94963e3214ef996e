package voluta.op;

/**
 * RMSprop (Tieleman and Hinton, 2012) with PyTorch's rule. With d = g + weightDecay * p and learning rate r:
 *
 * <pre>
 * s' = alpha s + (1 - alpha) d d
 * centered:       a' = alpha a + (1 - alpha) d,  q = sqrt(max(0, s' - a' a')) + epsilon
 * not centered:   q = sqrt(s') + epsilon
 * with momentum:  b' = momentum b + d / q,  p' = p - r b'
 * without:        p' = p - r d / q
 * </pre>
 *
 * The variance s' - a' a' is never negative but for rounding, which the maximum takes care of. Kinds of state, in this
 * order: the mean square s; if centered the mean a; if momentum is above 0 the buffer b.
 *
 * @param count how many parameters
 * @param alpha 0 up to below 1
 * @param epsilon above 0
 * @param momentum 0 up to below 1
 * @param centered whether the mean is subtracted
 * @param weightDecay 0 or more
 */
public record RmsPropStep(
        int count, double alpha, double epsilon, double momentum, boolean centered, double weightDecay)
        implements OptimizerStep {
    public RmsPropStep {
        TensorLists.checkCount("RmsPropStep", count);
        TensorLists.checkRange("RmsPropStep", "alpha", alpha, 0, 1);
        TensorLists.checkEpsilon("RmsPropStep", epsilon);
        TensorLists.checkRange("RmsPropStep", "momentum", momentum, 0, 1);
        TensorLists.checkRange("RmsPropStep", "weight decay", weightDecay, 0, Double.POSITIVE_INFINITY);
    }

    @Override
    public int states() {
        return 1 + (centered ? 1 : 0) + (momentum > 0 ? 1 : 0);
    }

    /** The kind of state that is the momentum buffer, if there is one. */
    public int momentumState() {
        return centered ? 2 : 1;
    }
}
