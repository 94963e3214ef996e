package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import voluta.op.RmsPropStep;

/** RMSprop. */
final class RmsPropStepCuda {
    private static final int MEAN_SQUARE = 0, MEAN = 1, MOMENTUM = 2;

    private RmsPropStepCuda() {}

    static void register(CudaTable table) {
        table.add(
                RmsPropStep.class,
                (c, op, p) -> OptimizerSteps.timeless(
                        c,
                        op,
                        p,
                        "rms_prop_step",
                        places(op),
                        op.alpha(),
                        (float) op.epsilon(),
                        (float) op.momentum(),
                        op.centered() ? 1 : 0,
                        (float) op.weightDecay()));
    }

    /** The kernel keeps a place for each kind of state, also for those that the op does not have. */
    private static int[] places(RmsPropStep op) {
        List<Integer> places = new ArrayList<>(List.of(MEAN_SQUARE));
        if (op.centered()) places.add(MEAN);
        if (op.momentum() > 0) places.add(MOMENTUM);
        return places.stream().mapToInt(Integer::intValue).toArray();
    }
}
