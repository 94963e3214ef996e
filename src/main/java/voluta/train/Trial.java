package voluta.train;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import voluta.data.BatchLoader;
import voluta.data.BatchSlot;
import voluta.data.Dataset;
import voluta.data.LoaderOptions;
import voluta.tensor.HostTensor;

/**
 * A training that is only looked at: so many steps, what each one gave, and what the network then does on one or more
 * data sets. Nothing is written. Made by {@link Trainer#trial}.
 *
 * @param backend one line: what computed
 * @param parameters how many numbers were trained
 * @param steps each step that was done, in order; the last one may hold numbers that are not finite
 * @param evaluations of the data sets, in the order in which the plan names them; fewer if it was stopped
 * @param diverged whether it ended early because a loss or a gradient norm was not finite; the weights before that step
 *     were then evaluated
 * @param stopped whether it ended early because somebody asked for it
 * @param seconds that the steps took, without those of looking at layers
 */
public record Trial(
        String backend,
        long parameters,
        List<Step> steps,
        List<Evaluation> evaluations,
        boolean diverged,
        boolean stopped,
        double seconds) {
    public Trial {
        steps = List.copyOf(steps);
        evaluations = List.copyOf(evaluations);
    }

    /**
     * A step.
     *
     * @param loss of its batch, before the update
     * @param gradientNorm over all gradients, before they were clipped
     * @param clipped whether anything was
     */
    public record Step(double loss, double gradientNorm, boolean clipped) {}

    /** Is told what layers give for the same images again and again while the network learns. */
    @FunctionalInterface
    public interface Observer {
        /**
         * @param step how many steps were done
         * @param layer its path
         * @param output of a batch, f32 {@code [N,C,...]}; statistics of the batch are used as in training
         */
        void seen(long step, String layer, HostTensor output);
    }

    /**
     * Which layers are looked at, and when.
     *
     * @param layers their paths
     * @param steps after so many steps, ascending; 0 is before the first
     */
    public record Look(List<String> layers, List<Integer> steps, Observer observer) {
        /** At nothing. */
        public static final Look NONE = new Look(List.of(), List.of(), (step, layer, output) -> {});

        public Look {
            layers = List.copyOf(layers);
            steps = List.copyOf(steps);
        }

        boolean at(long step) {
            return !layers.isEmpty() && steps.contains(Math.toIntExact(step));
        }
    }

    /**
     * What is done.
     *
     * @param steps how many at most, at least 1
     * @param evaluations data sets with the classes and the size of the images of the training's evaluation data; none to
     *     measure on those themselves
     */
    public record Plan(int steps, List<Dataset> evaluations, Look look) {
        public Plan {
            if (steps < 1) throw new TrainingException("a trial of " + steps + " steps trains nothing; use 1 or more");
            evaluations = List.copyOf(evaluations);
        }

        /** Looks at no layer. */
        public Plan(int steps, List<Dataset> evaluations) {
            this(steps, evaluations, Look.NONE);
        }
    }

    static Trial run(Plan plan, TrainingConfig config, RunData data, LoaderOptions loading, BooleanSupplier stop) {
        try (TrainingProgram program = new TrainingProgram(config, data)) {
            UpdateSettings update = UpdateSettings.of(config, data.stepsPerEpoch(config.stepImages()), plan.steps());
            List<BatchSlot> slots = TrainingProgram.slots(program.training());
            List<Step> steps = new ArrayList<>();
            boolean diverged = false;
            long nanos = 0;
            try (BatchLoader loader = new BatchLoader(data.training(), slots, loading);
                    LayerOutputs outputs = LayerOutputs.of(plan.look(), config, data, program)) {
                StepLoop loop = new StepLoop(
                        program,
                        config,
                        loader,
                        update.schedule(),
                        config.lr(),
                        true,
                        new EpochTotals(),
                        Position.START);
                outputs.show(0);
                while (!diverged && loop.step() < plan.steps()) {
                    long start = System.nanoTime();
                    int done = loop.run(1, stop);
                    nanos += System.nanoTime() - start;
                    diverged = loop.badSlot() != StepLoop.NO_SLOT;
                    if (done == 0 && !diverged) break;
                    steps.add(new Step(loop.lastLoss(), loop.lastNorm(), loop.lastClipped()));
                    if (!diverged) outputs.show(loop.step());
                }
            }
            List<Evaluation> evaluations = new ArrayList<>();
            for (Dataset d : plan.evaluations().isEmpty() ? List.of(data.evaluation()) : plan.evaluations()) {
                try (EvaluationLoop loop = new EvaluationLoop(program, d, config.workers())) {
                    Evaluation e = stop.getAsBoolean() ? null : loop.run(stop);
                    if (e != null) evaluations.add(e);
                }
            }
            return new Trial(
                    program.backend(),
                    program.parameterCount(),
                    steps,
                    evaluations,
                    diverged,
                    stop.getAsBoolean(),
                    nanos / 1e9);
        }
    }
}
