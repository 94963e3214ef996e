package voluta.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import voluta.plan.PlannedStep;
import voluta.session.CompiledGraph;
import voluta.session.StepTime;

/**
 * Runs some steps of a training kernel by kernel, with a clock: no more than {@value #SAMPLES}, spread over the run. The
 * first steps, in which everything is cold, are left alone. What a step computes is the same to the last bit.
 */
final class StepProfiler {
    static final int SAMPLES = 40;
    private static final int COLD = 3;

    private final CompiledGraph batch;
    private final CompiledGraph update;
    private final int batches;
    private final long first;
    private final long interval;
    private final int kernelsOfBatch;
    private final long[][] nanos;

    private int samples;
    private boolean measuring;

    /**
     * @param from steps done before
     * @param to steps of the whole run
     */
    StepProfiler(TrainingProgram program, int batches, long from, long to) {
        this.batch = program.training();
        this.update = program.update().orElse(null);
        this.batches = batches;
        long all = Math.max(1, to - from), cold = Math.min(COLD, (all - 1) / 2);
        this.first = from + cold;
        this.interval = Math.max(1, (all - cold + SAMPLES - 1) / SAMPLES);
        this.kernelsOfBatch = batch.plan().steps().size();
        int ofUpdate = update == null ? 0 : update.plan().steps().size();
        this.nanos = new long[kernelsOfBatch + ofUpdate][SAMPLES];
    }

    /** A step begins, with its first batch. */
    void begin(long step) {
        measuring = samples < SAMPLES && step >= first && (step - first) % interval == 0;
    }

    /** Whether the step that has begun is to be run by this. */
    boolean measures() {
        return measuring;
    }

    /** Runs a batch of a step that is measured. */
    void runBatch(int slot) {
        add(batch.profile(slot), 0);
    }

    /** Runs the end of a step of several batches. */
    void runUpdate(int slot) {
        add(update.profile(slot), kernelsOfBatch);
    }

    /** The step is done. */
    void end() {
        if (measuring) samples++;
        measuring = false;
    }

    private void add(List<StepTime> times, int from) {
        for (int i = 0; i < times.size(); i++)
            nanos[from + i][samples] += times.get(i).nanos();
    }

    /** What was found out, with the means over all steps; nothing of the kernels if no step was measured. */
    StepProfile profile(double stepSeconds, double waitSeconds) {
        List<StepProfile.Kernel> kernels = new ArrayList<>();
        for (int k = 0; samples > 0 && k < nanos.length; k++) {
            boolean ofBatch = k < kernelsOfBatch;
            PlannedStep step = ofBatch
                    ? batch.plan().steps().get(k)
                    : update.plan().steps().get(k - kernelsOfBatch);
            long[] sorted = Arrays.copyOf(nanos[k], samples);
            Arrays.sort(sorted);
            kernels.add(new StepProfile.Kernel(step, ofBatch ? batches : 1, sorted[samples / 2]));
        }
        return new StepProfile(samples, stepSeconds, waitSeconds, kernels);
    }
}
