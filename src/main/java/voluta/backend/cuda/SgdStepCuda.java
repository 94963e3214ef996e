package voluta.backend.cuda;

import voluta.op.SgdStep;

/** Stochastic gradient descent. */
final class SgdStepCuda {
    private SgdStepCuda() {}

    static void register(CudaTable table) {
        table.add(
                SgdStep.class,
                (c, op, p) -> OptimizerSteps.prepare(
                        c,
                        op,
                        p,
                        "sgd_step",
                        (float) op.momentum(),
                        (float) op.dampening(),
                        op.nesterov() ? 1 : 0,
                        (float) op.weightDecay()));
    }
}
