package voluta.report;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import voluta.train.EpochReport;
import voluta.train.RunStart;
import voluta.train.StepReport;
import voluta.train.TrainingListener;
import voluta.train.TrainingResult;

/**
 * Writes what a run reports as event files of TensorBoard, into the folder {@code tensorboard} of the run, while it goes on.
 * A run that goes on later begins a file of its own, which tells TensorBoard to forget what was reported after that step.
 *
 * <p>For one run. If the disk refuses, that is told once, and the run goes on without.
 */
public final class TensorBoardLog implements TrainingListener {
    private final Clock clock;
    private final Consumer<String> notices;
    private Path file;
    private FileChannel out;

    /** @param notices is told, in sentences, what cannot be written */
    public TensorBoardLog(Consumer<String> notices) {
        this(Clock.systemUTC(), notices);
    }

    TensorBoardLog(Clock clock, Consumer<String> notices) {
        this.clock = clock;
        this.notices = notices;
    }

    @Override
    public void runStarted(RunStart run) {
        Path folder = run.folder().resolve("tensorboard");
        file = folder.resolve("events.out.tfevents." + clock.instant().getEpochSecond() + ".voluta." + run.firstStep());
        try {
            Files.createDirectories(folder);
            out = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            refused(e);
            return;
        }
        write(EventRecord.version(seconds()));
        // The step that the run goes on from was reported before, with the validation after it: both still count.
        if (run.firstStep() > 0) write(EventRecord.restart(seconds(), run.firstStep() + 1));
    }

    @Override
    public void stepsLogged(StepReport s) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("train/loss", s.loss());
        values.put("train/top1", s.top1());
        values.put("train/learning_rate", s.learningRate());
        values.put("train/gradient_norm", s.gradientNorm());
        values.put("speed/images_per_second", s.imagesPerSecond());
        values.put("speed/wait_share", s.waitShare());
        write(EventRecord.scalars(seconds(), s.step(), values));
    }

    @Override
    public void epochEnded(EpochReport e) {
        Map<String, Double> values = new LinkedHashMap<>();
        values.put("validation/loss", e.evaluation().loss());
        values.put("validation/top1", e.evaluation().top1());
        values.put("validation/top5", e.evaluation().top5());
        values.put("epoch/train_loss", e.loss());
        values.put("epoch/train_top1", e.top1());
        values.put("epoch/gradient_norm_max", e.maxGradientNorm());
        values.put("epoch/clipped_share", e.clippedShare());
        values.put("epoch/loss_scale", e.lossScale());
        values.put("epoch/skipped_steps", (double) e.skippedSteps());
        values.put("epoch/seconds", e.seconds());
        write(EventRecord.scalars(seconds(), e.step(), values));
    }

    @Override
    public void runEnded(TrainingResult result) {
        close();
    }

    @Override
    public void runFailed(Throwable failure) {
        close();
    }

    private double seconds() {
        return clock.millis() / 1e3;
    }

    private void write(ByteBuffer record) {
        if (out == null) return;
        try {
            while (record.hasRemaining()) out.write(record);
        } catch (IOException e) {
            refused(e);
        }
    }

    private void close() {
        if (out == null) return;
        try {
            out.close();
        } catch (IOException e) {
            refused(e);
        }
        out = null;
    }

    private void refused(IOException e) {
        notices.accept("TensorBoard's events are no longer written to " + file + " (" + e.getMessage()
                + "); the run goes on without them");
        FileChannel left = out;
        out = null;
        if (left == null) return;
        try {
            left.close();
        } catch (IOException again) {
            e.addSuppressed(again);
        }
    }
}
