package voluta.train;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;
import voluta.checkpoint.ModelDescription;
import voluta.checkpoint.RunState;
import voluta.model.Pixels;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.VolutaException;

/**
 * Saves a run while it goes on: takes weights and state out of the session between two steps, which is a copy, and leaves
 * the writing to a thread. At most one checkpoint is being written; the next waits for it. Keeps its buffers.
 *
 * <p>All methods are for the thread that drives the training.
 */
final class CheckpointWriter implements AutoCloseable {
    private final TrainingProgram program;
    private final TrainingConfig config;
    private final ModelDescription model;
    private final int trainingImages;
    /** Found out beside the first steps: it takes looking at every file. */
    private final CompletableFuture<Optional<String>> fingerprint;

    private final Path folder;
    private final CheckpointFiles files;
    private final TrainingListener listener;
    private final Map<String, HostTensor> weights;
    private final Map<String, Map<String, HostTensor>> state;
    /** The same with what a step has that is not ended; null until there is need of it. */
    private Map<String, Map<String, HostTensor>> stateWithinStep;

    private Thread writing;
    private Checkpoint checkpoint;
    private boolean alsoBest;
    private volatile Throwable failure;
    private volatile boolean lastWritten;

    private Path newest;
    private long newestStep;

    /** @param resumed where the run goes on from, or null */
    CheckpointWriter(
            TrainingProgram program,
            TrainingConfig config,
            RunData data,
            RunDirectory directory,
            ResumePoint resumed,
            TrainingListener listener) {
        this.program = program;
        this.config = config;
        this.trainingImages = data.training().size();
        this.fingerprint = CompletableFuture.supplyAsync(data.training()::fingerprint);
        this.listener = listener;
        this.folder = directory.weights();
        Pixels pixels = data.pixels();
        long[] input = data.network().input().stream().mapToLong(i -> i).toArray();
        this.model = new ModelDescription(
                data.network().yaml(),
                data.training().classNames(),
                Shape.of(input),
                pixels.mean(),
                pixels.std(),
                config.framing().toString());
        this.weights = program.weightTensors();
        this.state = program.stateTensors(false);
        boolean goesOn = resumed != null && resumed.isLastOf(folder);
        this.files = new CheckpointFiles(folder, config.checkpointHist(), goesOn ? resumed.step() : -1);
        if (resumed != null) {
            newest = resumed.file();
            newestStep = resumed.step();
        }
    }

    /**
     * Begins to save what the device holds now.
     *
     * @param epoch the epoch that goes on or comes next, from 0
     * @param samples how many of its images have been used
     * @param isBest whether this is the best checkpoint too
     * @throws CheckpointException if the one before could not be written
     */
    void save(long epoch, long samples, long step, RunHistory history, boolean isBest) {
        await();
        program.readWeights(weights);
        Map<String, Map<String, HostTensor>> tensors = state;
        if (samples % config.stepImages() != 0) {
            if (stateWithinStep == null) stateWithinStep = program.stateTensors(true);
            tensors = stateWithinStep;
        }
        tensors.values().forEach(group -> group.forEach(program.session()::read));
        checkpoint = new Checkpoint(model, state(epoch, samples, step, history), weights, tensors);
        alsoBest = isBest;
        lastWritten = false;
        writing = new Thread(this::write, "voluta-checkpoint");
        writing.start();
    }

    private RunState state(long epoch, long samples, long step, RunHistory history) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        EpochReport latest = history.latest();
        if (latest != null) {
            metrics.put("train/loss", latest.loss());
            metrics.put("train/top1", latest.top1());
            metrics.put("val/loss", latest.evaluation().loss());
            metrics.put("val/top1", latest.evaluation().top1());
            metrics.put("val/top5", latest.evaluation().top5());
        }
        Map<String, String> extra = new LinkedHashMap<>(history.remembered());
        extra.put(ResumePoint.IMAGES, Integer.toString(trainingImages));
        fingerprint.join().ifPresent(name -> extra.put(ResumePoint.DATA, name));
        return new RunState(epoch, samples, step, config.seed(), metrics, config.toYaml(), extra);
    }

    private void write() {
        try {
            if (alsoBest) files.writeBest(checkpoint);
            files.writeLast(checkpoint);
            lastWritten = true;
        } catch (Throwable e) {
            failure = e;
        }
    }

    /** Whether writing has failed; cheap enough to be asked at each step. */
    boolean failed() {
        return failure != null;
    }

    /**
     * Tells the listener of a checkpoint that is on the disk by now.
     *
     * @throws CheckpointException if it could not be written: names the newest that is good
     */
    void check() {
        if (writing != null && (failure != null || lastWritten)) await();
    }

    /** The same, but waits for the writing to end. */
    void await() {
        join();
        if (failure != null) throw explain();
        if (!lastWritten) return;
        lastWritten = false;
        newest = CheckpointFiles.last(folder);
        newestStep = checkpoint.run().step();
        if (alsoBest) listener.checkpointWritten(CheckpointFiles.best(folder), newestStep);
        listener.checkpointWritten(newest, newestStep);
    }

    private VolutaException explain() {
        String good = newest == null
                ? "no checkpoint had been written before"
                : "the last good one is " + newest + ", of step " + newestStep + "; go on from it with --resume "
                        + newest;
        if (failure instanceof VolutaException e) {
            return new CheckpointException(Path.of(e.source().orElse(folder.toString())), e.problem() + "; " + good, e);
        }
        return new CheckpointException(folder, "writing a checkpoint failed (" + failure + "); " + good, failure);
    }

    /** The newest checkpoint that is whole, or null. */
    Path newest() {
        return newest;
    }

    private void join() {
        boolean interrupted = false;
        while (writing != null) {
            try {
                writing.join();
                writing = null;
            } catch (InterruptedException e) {
                // The buffers are in use as long as it writes; whoever interrupts wants it saved.
                interrupted = true;
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    /** Waits for what is being written. */
    @Override
    public void close() {
        join();
    }
}
