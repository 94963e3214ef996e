package voluta.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import voluta.backend.DeviceException;
import voluta.backend.DeviceMemoryException;
import voluta.data.BatchLoader;
import voluta.model.TrainingGraph;
import voluta.optim.LossScale;

/** One run from its first step on, or from where it was left: epochs, reports, checkpoints, and when to end. */
final class TrainingRun {
    private final TrainingConfig config;
    private final TrainingProgram program;
    private final RunDirectory directory;
    private final TrainingListener listener;
    private final StopRequest stop;
    private final BatchLoader loader;
    private final StepLoop loop;
    private final EvaluationLoop evaluation;
    private final DeviceSums sums;
    private final CheckpointWriter checkpoints;
    private final RunHistory history;
    private final EpochTotals totals;
    private final long totalSteps;
    private final int stepsPerEpoch;
    /** Looked at between steps and between evaluation batches. */
    private final BooleanSupplier interrupted;

    // Since the last report.
    private int steps;
    private double seconds;
    private double waited;

    // Since the run began here.
    private long allSteps;
    private double allSeconds;
    private double allWaited;

    TrainingRun(
            TrainingConfig config,
            TrainingProgram program,
            BatchLoader loader,
            StepLoop loop,
            EvaluationLoop evaluation,
            RunDirectory directory,
            CheckpointWriter checkpoints,
            RunHistory history,
            TrainingListener listener,
            StopRequest stop,
            long totalSteps) {
        this.config = config;
        this.program = program;
        this.loader = loader;
        this.loop = loop;
        this.evaluation = evaluation;
        this.directory = directory;
        this.checkpoints = checkpoints;
        this.history = history;
        this.totals = history.totals();
        this.listener = listener;
        this.stop = stop;
        this.totalSteps = totalSteps;
        this.stepsPerEpoch = loader.batchesPerEpoch() / config.gradAccumSteps();
        this.interrupted = () -> stop.requested() || checkpoints.failed();
        this.sums = new DeviceSums(
                program.session(),
                program.training(),
                TrainingGraph.STATES,
                TrainingGraph.LOSS_SUM,
                TrainingGraph.CORRECT,
                TrainingGraph.SAMPLES);
    }

    /** @throws DeviceException if the device fails: with what is saved */
    TrainingResult run(Position from) {
        try {
            return epochs(from);
        } catch (DeviceMemoryException e) {
            throw e;
        } catch (DeviceException e) {
            checkpoints.await();
            Path last = checkpoints.newest();
            String saved = last == null
                    ? "no checkpoint had been written yet"
                    : "what was done until then is in " + last + ", and --resume goes on with it";
            throw new DeviceException(e.path().orElse(null), e.source().orElse(null), e.problem() + "; " + saved, e);
        }
    }

    private TrainingResult epochs(Position from) {
        int epoch = from.epoch() + 1, done = from.batch() / config.gradAccumSteps();
        // An epoch may be left with its evaluation alone.
        boolean unmeasured = from.batch() > 0;
        totals.startClock();
        if (from.batch() == 0) begin();
        while (loop.step() < totalSteps || unmeasured) {
            listener.epochStarted(epoch);
            int end = (int) Math.min(stepsPerEpoch, done + totalSteps - loop.step());
            done = steps(epoch, done, end);
            Evaluation measured = done < end ? null : evaluate(epoch);
            if (measured == null) {
                checkpoints.check();
                save(epoch, done, false);
                return result(stop.end());
            }
            finish(epoch, done, measured);
            if (history.best().exhausted()) return result(TrainingResult.End.NO_IMPROVEMENT);
            unmeasured = false;
            epoch++;
            done = 0;
            begin();
        }
        return result(TrainingResult.End.COMPLETE);
    }

    private void begin() {
        totals.clear(program.skipped(loop.step()));
        sums.clear();
    }

    /** The steps of an epoch, reported every log interval and saved every recovery interval; how many are done. */
    private int steps(int epoch, int from, int end) {
        clearReport();
        int done = from;
        while (done < end) {
            int report = Math.min(end, (done / config.logInterval() + 1) * config.logInterval());
            int wanted = Math.min(report - done, untilRecovery());
            int n = timed(epoch, wanted);
            done += n;
            checkpoints.check();
            if (n > 0 && (done == report || n < wanted)) report(epoch, done);
            if (done == report) collect();
            if (n < wanted) return done;
            if (config.recoveryInterval().isPresent()
                    && untilRecovery() == config.recoveryInterval().get()) {
                if (done < end) save(epoch, done, false);
            }
        }
        return done;
    }

    /** Steps until a checkpoint is due, at least one. */
    private int untilRecovery() {
        if (config.recoveryInterval().isEmpty()) return Integer.MAX_VALUE;
        int interval = config.recoveryInterval().get();
        return (int) (interval - loop.step() % interval);
    }

    private int timed(int epoch, int wanted) {
        long start = System.nanoTime(), waitedBefore = loader.waitedNanos();
        int n = loop.run(wanted, interrupted);
        if (loop.badSlot() != StepLoop.NO_SLOT) throw diverged(epoch);
        if (n > 0) sums.read();
        if (n > 0 && !Double.isFinite(sums.loss())) throw divergedBefore(epoch);
        if (n > 0 && program.lossScale() < LossScale.LEAST) throw vanished(epoch);
        double took = (System.nanoTime() - start) / 1e9, waiting = (loader.waitedNanos() - waitedBefore) / 1e9;
        steps += n;
        seconds += took;
        waited += waiting;
        totals.addTime(took, waiting);
        allSteps += n;
        allSeconds += took;
        allWaited += waiting;
        return n;
    }

    /** With the means of the steps that were done here. */
    StepProfile profile(StepProfiler profiler) {
        double steps = Math.max(1, allSteps);
        return profiler.profile(allSeconds / steps, allWaited / steps);
    }

    private TrainingException diverged(int epoch) {
        checkpoints.await();
        return Divergence.explain(program, loop, epoch, checkpoints.newest(), config.lr());
    }

    /** Where steps are not waited for, one in between may have gone wrong, which changed no weight and shows in the sums. */
    private TrainingException divergedBefore(int epoch) {
        checkpoints.await();
        return Divergence.between(loop, epoch, checkpoints.newest(), config.logInterval());
    }

    private TrainingException vanished(int epoch) {
        checkpoints.await();
        return Divergence.vanished(program, loop, epoch, checkpoints.newest());
    }

    private void report(int epoch, int done) {
        listener.stepsLogged(new StepReport(
                epoch,
                done,
                stepsPerEpoch,
                loop.step(),
                totalSteps,
                loop.learningRate(),
                sums.loss() / sums.samples(),
                sums.correct() / sums.samples(),
                totals.meanNorm(),
                program.lossScale(),
                (double) steps * config.stepImages() / seconds,
                seconds / steps,
                waited / seconds));
    }

    /**
     * Moves the sums from the device to the epoch's. Not done for the steps before an interruption: a checkpoint holds
     * both, so a resumed run adds the same numbers in the same order.
     */
    private void collect() {
        totals.addSums(sums);
        sums.clear();
        clearReport();
    }

    private void clearReport() {
        steps = 0;
        seconds = 0;
        waited = 0;
    }

    /** Null if stopped on the way. */
    private Evaluation evaluate(int epoch) {
        listener.evaluationStarted(epoch, evaluation.batches());
        Evaluation measured = evaluation.run(interrupted);
        listener.evaluationEnded(epoch, measured);
        return measured;
    }

    private void finish(int epoch, int done, Evaluation measured) {
        boolean isBest = history.best().offer(epoch, measured);
        EpochReport report = new EpochReport(
                epoch,
                loop.step(),
                loop.learningRate(),
                totals.loss(),
                totals.top1(),
                measured,
                totals.meanNorm(),
                totals.maxNorm(),
                totals.clippedShare(),
                program.lossScale(),
                totals.skipped(program.skipped(loop.step())),
                totals.imagesPerSecond(),
                totals.waitShare(),
                totals.seconds(),
                isBest);
        history.epochs().add(report);
        save(epoch, done, isBest);
        listener.epochEnded(report);
    }

    /** Saves the run after so many steps of an epoch, and the batches of a step that has begun. */
    private void save(int epoch, int done, boolean isBest) {
        boolean whole = done == stepsPerEpoch && history.isDone(epoch);
        long batches = (long) done * config.gradAccumSteps() + loop.batch();
        long samples = whole ? 0 : batches * config.batchSize().images();
        checkpoints.save(whole ? epoch : epoch - 1L, samples, loop.step(), history, isBest);
    }

    private TrainingResult result(TrainingResult.End end) {
        checkpoints.await();
        Optional<EpochReport> best = history.bestReport();
        return new TrainingResult(
                directory.folder(),
                directory.last(),
                Optional.of(directory.best()).filter(Files::exists),
                history.epochs(),
                best,
                loop.step(),
                end);
    }
}
