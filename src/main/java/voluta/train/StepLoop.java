package voluta.train;

import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import voluta.data.BatchLoader;
import voluta.data.BatchSlot;
import voluta.model.TrainingGraph;
import voluta.optim.Schedule;
import voluta.optim.UpdateStep;
import voluta.optim.WeightAverage;
import voluta.session.CompiledGraph;
import voluta.session.OutputReader;

/**
 * The hot loop: batch after batch from the loader's slots, which are the graph's own buffers, through the training graph.
 * A step allocates nothing on this thread.
 */
final class StepLoop {
    /** Nothing was wrong. */
    static final int NO_SLOT = -1;

    private final CompiledGraph graph;
    private final BatchLoader loader;
    private final Schedule schedule;
    private final double baseRate;
    private final boolean checkEachStep;
    private final EpochTotals totals;
    private final ByteBuffer[] rates = new ByteBuffer[TrainingProgram.SLOTS];
    private final ByteBuffer[] numbers = new ByteBuffer[TrainingProgram.SLOTS];
    private final ByteBuffer[] averageRates = new ByteBuffer[TrainingProgram.SLOTS];
    private final double decay;
    private final OutputReader loss;
    private final OutputReader norm;
    private final OutputReader clipped;

    private long step;
    private int badSlot = NO_SLOT;

    /**
     * @param decay of the average of the weights; of no meaning to a graph without one
     * @param step how many steps were done before
     */
    StepLoop(
            CompiledGraph graph,
            BatchLoader loader,
            Schedule schedule,
            double baseRate,
            double decay,
            boolean checkEachStep,
            EpochTotals totals,
            long step) {
        this.graph = graph;
        this.loader = loader;
        this.schedule = schedule;
        this.baseRate = baseRate;
        this.decay = decay;
        this.checkEachStep = checkEachStep;
        this.totals = totals;
        this.step = step;
        for (int s = 0; s < rates.length; s++) {
            rates[s] = graph.feed(UpdateStep.LEARNING_RATE, s);
            numbers[s] = graph.feed(UpdateStep.STEP, s);
            if (graph.hasInput(WeightAverage.RATE)) averageRates[s] = graph.feed(WeightAverage.RATE, s);
        }
        this.loss = graph.reader(TrainingGraph.LOSS);
        this.norm = graph.reader(UpdateStep.GRADIENT_NORM);
        boolean clips = graph.graph().outputs().containsKey(UpdateStep.CLIPPED);
        this.clipped = clips ? graph.reader(UpdateStep.CLIPPED) : null;
    }

    /**
     * Does so many steps, fewer if {@code interrupted} says so or a number is not finite. The last one done is known to be
     * finite, or is the one that is not.
     *
     * @return how many were done
     */
    int run(int count, BooleanSupplier interrupted) {
        if (interrupted.getAsBoolean()) return 0;
        for (int i = 0; i < count; i++) {
            BatchSlot slot = loader.take(interrupted);
            if (slot == null) return i;
            int s = slot.index();
            rates[s].putFloat(0, (float) (baseRate * schedule.factor(step)));
            numbers[s].putLong(0, step + 1);
            if (averageRates[s] != null) averageRates[s].putFloat(0, (float) WeightAverage.rate(decay, step + 1));
            graph.run(s);
            step++;
            boolean last = i == count - 1 || interrupted.getAsBoolean();
            if ((checkEachStep || last) && !read()) {
                // Kept, so that the step can be run again to find where it went wrong.
                badSlot = s;
                return i + 1;
            }
            loader.release(slot);
            if (last) return i + 1;
        }
        return count;
    }

    /** Reads what the last step gave; false if it is not finite. */
    private boolean read() {
        double n = norm.scalar();
        totals.addNorm(n, clipped == null ? 0 : clipped.scalar());
        return Double.isFinite(n) && Double.isFinite(loss.scalar());
    }

    /** The slot that holds the batch after which a number was not finite, or {@link #NO_SLOT}. */
    int badSlot() {
        return badSlot;
    }

    double lastLoss() {
        return loss.scalar();
    }

    double lastNorm() {
        return norm.scalar();
    }

    /** Steps done since the beginning of the run. */
    long step() {
        return step;
    }

    /** Of the last step. */
    double learningRate() {
        return baseRate * schedule.factor(Math.max(0, step - 1));
    }
}
