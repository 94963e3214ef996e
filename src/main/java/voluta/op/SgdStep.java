package voluta.op;

import voluta.tensor.VolutaException;

/**
 * Stochastic gradient descent with PyTorch's rule. With d = g + weightDecay * p and learning rate r:
 *
 * <pre>
 * without momentum:  p' = p - r d
 * with momentum:     v' = momentum v + (1 - dampening) d    (at step 1: v' = d)
 *                    p' = p - r v'                          (nesterov: p - r (d + momentum v'))
 * </pre>
 *
 * One kind of state, the momentum v, if {@code momentum} is above 0; else none.
 *
 * @param count how many parameters
 * @param momentum 0 up to below 1
 * @param dampening 0 up to below 1
 * @param nesterov whether to look ahead; needs momentum and no dampening
 * @param weightDecay 0 or more
 */
public record SgdStep(int count, double momentum, double dampening, boolean nesterov, double weightDecay)
        implements OptimizerStep {
    public SgdStep {
        TensorLists.checkCount("SgdStep", count);
        TensorLists.checkRange("SgdStep", "momentum", momentum, 0, 1);
        TensorLists.checkRange("SgdStep", "dampening", dampening, 0, 1);
        TensorLists.checkRange("SgdStep", "weight decay", weightDecay, 0, Double.POSITIVE_INFINITY);
        if (nesterov && (momentum == 0 || dampening != 0)) {
            throw new VolutaException("Nesterov's SGD needs a momentum above 0 and a dampening of 0, got momentum "
                    + momentum + " and dampening " + dampening);
        }
    }

    @Override
    public int states() {
        return momentum > 0 ? 1 : 0;
    }
}
