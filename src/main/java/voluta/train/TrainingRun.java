package voluta.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.RunState;
import voluta.data.BatchLoader;
import voluta.model.TrainingGraph;

/** One run from its first step on: epochs, reports, checkpoints, and when to end. */
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
    private final BestEpoch best;
    private final long totalSteps;
    private final List<EpochReport> epochs = new ArrayList<>();

    // Of the epoch so far.
    private double lossSum;
    private double correct;
    private double samples;
    private double trainingSeconds;
    private long waitedNanos;

    TrainingRun(
            TrainingConfig config,
            RunData data,
            TrainingProgram program,
            UpdateSettings update,
            BatchLoader loader,
            RunDirectory directory,
            TrainingListener listener,
            StopRequest stop,
            long totalSteps) {
        this.config = config;
        this.program = program;
        this.directory = directory;
        this.listener = listener;
        this.stop = stop;
        this.loader = loader;
        this.totalSteps = totalSteps;
        this.loop = new StepLoop(program.training(), loader, update.schedule(), config.lr(), program.readsAreCheap());
        this.evaluation = new EvaluationLoop(program, data.evaluation(), config.workers());
        this.sums = new DeviceSums(
                program.session(),
                program.training(),
                TrainingGraph.STATES,
                TrainingGraph.LOSS_SUM,
                TrainingGraph.CORRECT,
                TrainingGraph.SAMPLES);
        this.checkpoints = new CheckpointWriter(program, config, data);
        this.best = new BestEpoch(config.evalMetric(), config.patience());
    }

    TrainingResult run() {
        sums.clear();
        for (int epoch = 1; loop.step() < totalSteps; epoch++) {
            long start = System.nanoTime();
            listener.epochStarted(epoch);
            int steps = (int) Math.min(loader.batchesPerEpoch(), totalSteps - loop.step());
            int done = steps(epoch, steps);
            if (done < steps) {
                saveLast(epoch - 1L, (long) done * config.batchSize());
                return result(TrainingResult.End.STOPPED);
            }
            listener.evaluationStarted(epoch, evaluation.batches());
            Evaluation measured = evaluation.run(stop);
            listener.evaluationEnded(epoch, measured);
            if (measured == null) {
                saveLast(epoch, 0);
                return result(TrainingResult.End.STOPPED);
            }
            finish(epoch, measured, start);
            if (best.exhausted()) return result(TrainingResult.End.NO_IMPROVEMENT);
        }
        return result(TrainingResult.End.COMPLETE);
    }

    /** The steps of an epoch, reported every log interval; how many were done. */
    private int steps(int epoch, int steps) {
        lossSum = 0;
        correct = 0;
        samples = 0;
        trainingSeconds = 0;
        waitedNanos = 0;
        loop.reset();
        int done = 0;
        while (done < steps) {
            int wanted = Math.min(config.logInterval(), steps - done);
            long start = System.nanoTime(), waited = loader.waitedNanos();
            int n = loop.run(wanted, stop);
            if (loop.badSlot() != StepLoop.NO_SLOT) {
                throw Divergence.explain(program, loop, epoch, directory.last(), config.lr());
            }
            if (n > 0) {
                sums.read();
                double seconds = (System.nanoTime() - start) / 1e9;
                done += n;
                report(epoch, done, n, seconds, loader.waitedNanos() - waited);
                sums.clear();
            }
            if (n < wanted) return done;
        }
        return done;
    }

    private void report(int epoch, int done, int n, double seconds, long waited) {
        lossSum += sums.loss();
        correct += sums.correct();
        samples += sums.samples();
        trainingSeconds += seconds;
        waitedNanos += waited;
        listener.stepsLogged(new StepReport(
                epoch,
                done,
                loader.batchesPerEpoch(),
                loop.step(),
                totalSteps,
                loop.learningRate(),
                sums.loss() / sums.samples(),
                sums.correct() / sums.samples(),
                loop.meanNorm(),
                sums.samples() / seconds,
                seconds / n,
                waited / 1e9 / seconds));
    }

    private void finish(int epoch, Evaluation measured, long start) {
        boolean isBest = best.offer(epoch, measured);
        EpochReport report = report(epoch, measured, start, isBest);
        RunState state = checkpoints.state(epoch, 0, loop.step(), report, best);
        Checkpoint checkpoint = checkpoints.take(state);
        checkpoint.save(directory.last());
        listener.checkpointWritten(directory.last(), loop.step());
        if (isBest) {
            checkpoint.save(directory.best());
            listener.checkpointWritten(directory.best(), loop.step());
        }
        report = report(epoch, measured, start, isBest);
        epochs.add(report);
        listener.epochEnded(report);
    }

    private EpochReport report(int epoch, Evaluation measured, long start, boolean isBest) {
        return new EpochReport(
                epoch,
                loop.step(),
                loop.learningRate(),
                lossSum / samples,
                correct / samples,
                measured,
                loop.meanNorm(),
                loop.maxNorm(),
                loop.clippedShare(),
                samples / trainingSeconds,
                waitedNanos / 1e9 / trainingSeconds,
                (System.nanoTime() - start) / 1e9,
                isBest);
    }

    private void saveLast(long epoch, long samplesIntoEpoch) {
        EpochReport latest = epochs.isEmpty() ? null : epochs.get(epochs.size() - 1);
        checkpoints
                .take(checkpoints.state(epoch, samplesIntoEpoch, loop.step(), latest, best))
                .save(directory.last());
        listener.checkpointWritten(directory.last(), loop.step());
    }

    private TrainingResult result(TrainingResult.End end) {
        Optional<EpochReport> bestReport =
                epochs.stream().filter(e -> e.epoch() == best.epoch()).findFirst();
        return new TrainingResult(
                directory.folder(),
                directory.last(),
                bestReport.map(e -> directory.best()),
                epochs,
                bestReport,
                loop.step(),
                end);
    }
}
