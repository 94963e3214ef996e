package voluta.backend.cuda;

import voluta.op.AdagradStep;

/** Adagrad. */
final class AdagradStepCuda {
    private AdagradStepCuda() {}

    static void register(CudaTable table) {
        table.add(
                AdagradStep.class,
                (c, op, p) -> OptimizerSteps.prepare(
                        c, op, p, "adagrad_step", (float) op.epsilon(), op.learningRateDecay(), (float)
                                op.weightDecay()));
    }
}
