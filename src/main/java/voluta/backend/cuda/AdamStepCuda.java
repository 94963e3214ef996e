package voluta.backend.cuda;

import voluta.op.AdamStep;

/** Adam and AdamW. */
final class AdamStepCuda {
    private AdamStepCuda() {}

    static void register(CudaTable table) {
        table.add(
                AdamStep.class,
                (c, op, p) -> OptimizerSteps.prepare(
                        c,
                        op,
                        p,
                        "adam_step",
                        op.beta1(),
                        op.beta2(),
                        (float) op.epsilon(),
                        op.weightDecay(),
                        op.decoupled() ? 1 : 0));
    }
}
