package voluta.train;

import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;
import voluta.data.BatchLoader;
import voluta.data.BatchSlot;
import voluta.model.AccumulatedStep;
import voluta.model.TrainingGraph;
import voluta.optim.Schedule;
import voluta.optim.UpdateStep;
import voluta.optim.WeightAverage;
import voluta.session.CompiledGraph;
import voluta.session.OutputReader;

/**
 * The hot loop: batch after batch from the loader's slots, which are the graph's own buffers, through the training graph;
 * where a step is several batches, then through the graph that ends it. A step allocates nothing on this thread.
 */
final class StepLoop {
    /** Nothing was wrong. */
    static final int NO_SLOT = -1;

    private final CompiledGraph graph;
    /** What ends a step of several batches, else null. */
    private final CompiledGraph update;

    private final BatchLoader loader;
    private final Schedule schedule;
    private final double baseRate;
    private final boolean checkEachBatch;
    /** Whether a step whose gradients are not finite is skipped, and nothing is wrong. */
    private final boolean skips;

    private final EpochTotals totals;
    private final int batches;
    private final ByteBuffer[] rates;
    private final ByteBuffer[] numbers;
    private final ByteBuffer[] averageRates;
    private final ByteBuffer[] begins;
    private final ByteBuffer[] draws;
    private final double decay;
    private final OutputReader loss;
    private final OutputReader norm;
    private final OutputReader clipped;

    private long step;
    /** Batches of the step that has begun. */
    private int batch;

    private double lossesOfStep;
    private int lossesRead;
    private int badSlot = NO_SLOT;
    private StepProfiler profiler;

    /**
     * @param schedule factors of {@code baseRate}
     * @param checkEachBatch whether the loss is read after each batch, which waits for a device
     * @param from what was done before
     */
    StepLoop(
            TrainingProgram program,
            TrainingConfig config,
            BatchLoader loader,
            Schedule schedule,
            double baseRate,
            boolean checkEachBatch,
            EpochTotals totals,
            Position from) {
        this.graph = program.training();
        this.update = program.update().orElse(null);
        this.loader = loader;
        this.schedule = schedule;
        this.baseRate = baseRate;
        this.decay = config.modelEma().orElse(0.0);
        this.checkEachBatch = checkEachBatch;
        this.totals = totals;
        this.batches = config.gradAccumSteps();
        this.step = from.step();
        this.batch = from.batch() % batches;
        CompiledGraph last = update == null ? graph : update;
        this.rates = feeds(last, UpdateStep.LEARNING_RATE);
        this.numbers = feeds(last, UpdateStep.STEP);
        this.averageRates = feeds(last, WeightAverage.RATE);
        this.begins = feeds(graph, AccumulatedStep.BEGIN);
        this.draws = update == null ? null : feeds(graph, UpdateStep.STEP);
        this.loss = graph.reader(TrainingGraph.LOSS);
        this.skips = program.scales();
        this.norm = (skips ? last : graph).reader(UpdateStep.GRADIENT_NORM);
        boolean clips = last.graph().outputs().containsKey(UpdateStep.CLIPPED);
        this.clipped = clips ? last.reader(UpdateStep.CLIPPED) : null;
    }

    /** Lets some of the steps be measured. */
    void profile(StepProfiler profiler) {
        this.profiler = profiler;
    }

    /** The buffers of an input, by slot; null if there is no such input. */
    private static ByteBuffer[] feeds(CompiledGraph graph, String input) {
        if (!graph.hasInput(input)) return null;
        ByteBuffer[] feeds = new ByteBuffer[TrainingProgram.SLOTS];
        for (int s = 0; s < feeds.length; s++) feeds[s] = graph.feed(input, s);
        return feeds;
    }

    /**
     * Does so many steps, fewer if {@code interrupted} says so or a number is not finite; the last may then have begun
     * and not ended. The last batch done is known to be finite, or is the one that is not.
     *
     * @return how many steps ended
     */
    int run(int count, BooleanSupplier interrupted) {
        int done = 0;
        boolean last = count == 0 || interrupted.getAsBoolean();
        while (!last) {
            BatchSlot slot = loader.take(interrupted);
            if (slot == null) return done;
            boolean ended = runBatch(slot.index());
            if (ended) done++;
            last = done == count || interrupted.getAsBoolean();
            if ((checkEachBatch || last) && !read(ended)) {
                // Kept, so that the batch can be run again to find where it went wrong.
                badSlot = slot.index();
                return done;
            }
            loader.release(slot);
        }
        return done;
    }

    /** Whether that ended a step. */
    private boolean runBatch(int s) {
        boolean ends = batch == batches - 1;
        if (begins != null) begins[s].putFloat(0, batch == 0 ? 1 : 0);
        if (draws != null) draws[s].putLong(0, step * batches + batch + 1);
        if (ends) {
            rates[s].putFloat(0, (float) (baseRate * schedule.factor(step)));
            if (numbers != null) numbers[s].putLong(0, step + 1);
            if (averageRates != null) averageRates[s].putFloat(0, (float) WeightAverage.rate(decay, step + 1));
        }
        if (batch == 0) {
            lossesOfStep = 0;
            lossesRead = 0;
            if (profiler != null) profiler.begin(step);
        }
        boolean measured = profiler != null && profiler.measures();
        if (measured) profiler.runBatch(s);
        else graph.run(s);
        batch++;
        if (!ends) return false;
        if (update != null && measured) profiler.runUpdate(s);
        else if (update != null) update.run(s);
        if (measured) profiler.end();
        step++;
        batch = 0;
        return true;
    }

    /** Reads what the last batch gave; false if it is not finite. */
    private boolean read(boolean ended) {
        double l = loss.scalar();
        lossesOfStep += l;
        lossesRead++;
        if (skips && !ended) return Double.isFinite(l); // there is no norm without the scale yet
        double n = norm.scalar();
        boolean counts = Double.isFinite(n);
        if (ended && (counts || !skips)) totals.addNorm(n, clipped == null ? 0 : clipped.scalar());
        return Double.isFinite(l) && (counts || skips);
    }

    /** The slot that holds the batch after which a number was not finite, or {@link #NO_SLOT}. */
    int badSlot() {
        return badSlot;
    }

    /** Of the step that was begun last: the mean over those of its batches that were looked at. */
    double lastLoss() {
        return lossesOfStep / lossesRead;
    }

    double lastNorm() {
        return norm.scalar();
    }

    /** Whether the last step clipped anything. */
    boolean lastClipped() {
        return clipped != null && clipped.scalar() != 0;
    }

    /** Steps done since the beginning of the run. */
    long step() {
        return step;
    }

    /** Batches done of a step that has not ended. */
    int batch() {
        return batch;
    }

    /** The number of the step that was begun last; 0 before the first. */
    long begun() {
        return batch == 0 ? step : step + 1;
    }

    /** Of the step that was begun last. */
    double learningRate() {
        return baseRate * schedule.factor(Math.max(0, begun() - 1));
    }
}
