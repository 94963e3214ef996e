package voluta.train;

import java.nio.ByteBuffer;
import voluta.data.BatchLoader;
import voluta.data.BatchSlot;
import voluta.model.TrainingGraph;
import voluta.optim.Schedule;
import voluta.optim.UpdateStep;
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
    private final ByteBuffer[] rates = new ByteBuffer[TrainingProgram.SLOTS];
    private final ByteBuffer[] numbers = new ByteBuffer[TrainingProgram.SLOTS];
    private final OutputReader loss;
    private final OutputReader norm;
    private final OutputReader clipped;

    private long step;
    private double rate;
    private int badSlot = NO_SLOT;

    // Since the last reset.
    private long steps;
    private long normsRead;
    private double normSum;
    private double normMax;
    private double clippedSteps;

    StepLoop(CompiledGraph graph, BatchLoader loader, Schedule schedule, double baseRate, boolean checkEachStep) {
        this.graph = graph;
        this.loader = loader;
        this.schedule = schedule;
        this.baseRate = baseRate;
        this.checkEachStep = checkEachStep;
        for (int s = 0; s < rates.length; s++) {
            rates[s] = graph.feed(UpdateStep.LEARNING_RATE, s);
            numbers[s] = graph.feed(UpdateStep.STEP, s);
        }
        this.loss = graph.reader(TrainingGraph.LOSS);
        this.norm = graph.reader(UpdateStep.GRADIENT_NORM);
        boolean clips = graph.graph().outputs().containsKey(UpdateStep.CLIPPED);
        this.clipped = clips ? graph.reader(UpdateStep.CLIPPED) : null;
    }

    /**
     * Does so many steps, fewer if {@code stop} says so or a number is not finite.
     *
     * @return how many were done
     */
    int run(int count, StopRequest stop) {
        for (int i = 0; i < count; i++) {
            if (stop.requested()) return i;
            BatchSlot slot = loader.take();
            int s = slot.index();
            rate = baseRate * schedule.factor(step);
            rates[s].putFloat(0, (float) rate);
            numbers[s].putLong(0, step + 1);
            graph.run(s);
            step++;
            steps++;
            boolean look = checkEachStep || i == count - 1;
            if (look && !read()) {
                // Kept, so that the step can be run again to find where it went wrong.
                badSlot = s;
                return i + 1;
            }
            loader.release(slot);
        }
        return count;
    }

    /** Reads what the last step gave; false if it is not finite. */
    private boolean read() {
        double n = norm.scalar();
        normsRead++;
        normSum += n;
        normMax = Math.max(normMax, n);
        if (clipped != null) clippedSteps += clipped.scalar();
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

    double learningRate() {
        return rate;
    }

    /** The norms since the last reset that were read: of every step where reading is cheap, else of some. */
    double meanNorm() {
        return normSum / normsRead;
    }

    double maxNorm() {
        return normMax;
    }

    double clippedShare() {
        return normsRead == 0 ? 0 : clippedSteps / normsRead;
    }

    void reset() {
        steps = 0;
        normsRead = 0;
        normSum = 0;
        normMax = 0;
        clippedSteps = 0;
    }
}
