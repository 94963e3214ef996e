package voluta.train;

import java.util.List;
import java.util.Locale;
import voluta.optim.Clipping;
import voluta.optim.Optimizer;
import voluta.optim.OptimizerException;
import voluta.optim.Schedule;
import voluta.optim.ScheduleSettings;

/**
 * What the options say about the update of the weights.
 *
 * @param optimizer with its numbers
 * @param clipping of the gradients before it
 * @param schedule of the learning rate
 */
record UpdateSettings(Optimizer optimizer, Clipping clipping, Schedule schedule) {
    private static final double SGD_MOMENTUM = 0.9;

    /**
     * @param stepsPerEpoch steps in an epoch
     * @param totalSteps steps of the whole run
     * @throws voluta.optim.OptimizerException if a name is unknown, or an option is not one of the optimizer's
     */
    static UpdateSettings of(TrainingConfig c, int stepsPerEpoch, long totalSteps) {
        return new UpdateSettings(optimizer(c), clipping(c), schedule(c, stepsPerEpoch, totalSteps));
    }

    static Clipping clipping(TrainingConfig c) {
        if (c.clipGrad().isEmpty()) return new Clipping.None();
        return Clipping.named(c.clipMode(), c.clipGrad().get());
    }

    static Optimizer optimizer(TrainingConfig c) {
        Optimizer o = Optimizer.named(c.opt());
        if (o instanceof Optimizer.Sgd sgd && c.opt().toLowerCase(Locale.ROOT).equals("sgd")) {
            o = sgd.withMomentum(SGD_MOMENTUM);
        }
        if (c.momentum().isPresent()) o = o.withMomentum(c.momentum().get());
        if (c.optEps().isPresent()) o = o.withEpsilon(c.optEps().get());
        if (c.weightDecay().isPresent()) o = o.withWeightDecay(c.weightDecay().get());
        if (c.nesterov()) o = nesterov(o);
        if (c.optBetas().isPresent()) {
            o = betas(o, c.optBetas().get().get(0), c.optBetas().get().get(1));
        }
        return o;
    }

    private static Optimizer nesterov(Optimizer o) {
        if (o instanceof Optimizer.Sgd sgd) return sgd.withNesterov(true);
        throw new TrainingException("nesterov is an option of sgd, not of " + o.label() + "; leave it out");
    }

    private static Optimizer betas(Optimizer o, double beta1, double beta2) {
        if (o instanceof Optimizer.Adam adam) return adam.withBetas(beta1, beta2);
        if (o instanceof Optimizer.AdamW adamw) return adamw.withBetas(beta1, beta2);
        throw new TrainingException("opt-betas is an option of adam and adamw, not of " + o.label() + "; leave it out");
    }

    private static Schedule schedule(TrainingConfig c, int stepsPerEpoch, long totalSteps) {
        long decay = Math.max(1, Schedule.steps(c.decayEpochs(), stepsPerEpoch));
        boolean gradual = c.sched().equals("exponential");
        double gamma = gradual ? Math.pow(c.decayRate(), 1.0 / decay) : c.decayRate();
        if (c.sched().equals("multistep") != c.decayMilestones().isPresent()) {
            throw new OptimizerException("sched is " + c.sched() + " and decay-milestones is "
                    + c.decayMilestones().map(Object::toString).orElse("not set")
                    + "; these two go together: sched multistep and the epochs after which the rate decays");
        }
        ScheduleSettings s = ScheduleSettings.of(c.sched(), totalSteps)
                .withMilestones(c.decayMilestones().orElse(List.of()).stream()
                        .map(epoch -> Schedule.steps(epoch, stepsPerEpoch))
                        .toList())
                .withInterval(decay)
                .withGamma(gamma)
                .withPower(c.decayPower());
        long warmup = Schedule.steps(c.warmupEpochs(), stepsPerEpoch);
        if (warmup > 0) s = s.withWarmUp(warmup, 0);
        if (c.minLr() > c.lr()) {
            throw new OptimizerException(
                    "min-lr is " + c.minLr() + ", above lr, which is " + c.lr() + "; use a smaller one");
        }
        return (c.minLr() > 0 ? s.withFloor(c.minLr() / c.lr()) : s).build();
    }
}
