package voluta.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import voluta.tensor.Bytes;
import voluta.train.EpochReport;
import voluta.train.Evaluation;
import voluta.train.RunStart;
import voluta.train.StepReport;
import voluta.train.TrainingListener;
import voluta.train.TrainingResult;

/** Shows a training on standard error: a bar on a terminal, a line per report elsewhere; with {@code --json}, records. */
final class Progress implements TrainingListener {
    /** Columns that the bar's line may take: one that wraps could not be erased again. */
    static final int COLUMNS = 79;

    private static final int LONGEST_BAR = 24;
    private static final String ERASE_LINE = "\r\u001b[K";
    /** For terminals of fewer columns, which then cut the line off. */
    private static final String WRAP_OFF = "\u001b[?7l", WRAP_ON = "\u001b[?7h";

    private final Output output;
    private final PrintWriter err;
    private final boolean terminal;
    private int epochs;

    Progress(Output output, PrintWriter err, boolean terminal) {
        this.output = output;
        this.err = err;
        this.terminal = terminal;
    }

    /** Whether standard error is a terminal that can rewrite a line. */
    static boolean onTerminal(Map<String, String> environment) {
        String term = environment.get("TERM");
        if (term == null || term.equals("dumb")) return false;
        try {
            String device = Path.of("/proc/self/fd/2").toRealPath().toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
        } catch (IOException e) {
            return System.console() != null; // where there is no /proc: a guess from the other two streams
        }
    }

    @Override
    public void runStarted(RunStart run) {
        epochs = run.config().epochs();
        line("%s", run.backend());
        line(
                "%s, input %s, %d classes, %,d parameters; %s in memory",
                run.network().name(),
                run.network().input(),
                run.network().classes(),
                run.parameters(),
                Bytes.text(run.memoryBytes()));
        line(
                "%,d images to train on, %,d to evaluate on; batch %d, %d steps an epoch",
                run.trainingImages(), run.evaluationImages(), run.batchSize(), run.stepsPerEpoch());
        if (run.firstStep() == 0) line("writing to %s", run.folder());
        else line("going on in %s after %,d of %,d steps", run.folder(), run.firstStep(), run.totalSteps());
        output.record(new JsonLine()
                .put("event", "run_started")
                .put("folder", run.folder())
                .put("model", run.network().name())
                .put("backend", run.backend())
                .put("parameters", run.parameters())
                .put("training_images", run.trainingImages())
                .put("evaluation_images", run.evaluationImages())
                .put("batch", run.batchSize())
                .put("steps_per_epoch", run.stepsPerEpoch())
                .put("first_step", run.firstStep())
                .put("total_steps", run.totalSteps())
                .put("dropped_per_epoch", run.droppedPerEpoch())
                .put("memory_bytes", run.memoryBytes()));
    }

    @Override
    public void stepsLogged(StepReport s) {
        if (terminal && !output.json()) {
            err.print(ERASE_LINE + WRAP_OFF + bar(s, epochs) + WRAP_ON);
            err.flush();
        } else {
            line(
                    "epoch %d/%d  step %d/%d  loss %.4f  top1 %.2f%%  %.0f images/s  %.2f ms/step  wait %.0f%%",
                    s.epoch(),
                    epochs,
                    s.stepInEpoch(),
                    s.stepsPerEpoch(),
                    s.loss(),
                    100 * s.top1(),
                    s.imagesPerSecond(),
                    1e3 * s.secondsPerStep(),
                    100 * s.waitShare());
        }
        output.record(new JsonLine()
                .put("event", "steps")
                .put("epoch", s.epoch())
                .put("step", s.step())
                .put("step_in_epoch", s.stepInEpoch())
                .put("lr", s.learningRate())
                .put("loss", s.loss())
                .put("top1", s.top1())
                .put("gradient_norm", s.gradientNorm())
                .put("images_per_s", s.imagesPerSecond())
                .put("ms_per_step", 1e3 * s.secondsPerStep())
                .put("wait_share", s.waitShare()));
    }

    /** The line of the bar: as long a bar as the figures leave room for. */
    static String bar(StepReport s, int epochs) {
        String head = "epoch " + s.epoch() + "/" + epochs + " [";
        String figures = String.format(
                Locale.ROOT,
                "] loss %.4f  top1 %.2f%%  %.0f images/s  wait %.0f%%",
                s.loss(),
                100 * s.top1(),
                s.imagesPerSecond(),
                100 * s.waitShare());
        int room = Math.max(0, Math.min(LONGEST_BAR, COLUMNS - head.length() - figures.length()));
        int done = (int) ((long) room * s.stepInEpoch() / Math.max(1, s.stepsPerEpoch()));
        String line = head + "=".repeat(done) + " ".repeat(room - done) + figures;
        return line.substring(0, Math.min(COLUMNS, line.length()));
    }

    @Override
    public void epochEnded(EpochReport e) {
        Evaluation v = e.evaluation();
        line(
                "epoch %d/%d  train loss %.4f top1 %.2f%%  val loss %.4f top1 %.2f%% top5 %.2f%%  %.0f images/s"
                        + "  wait %.0f%%  %.1f s%s",
                e.epoch(),
                epochs,
                e.loss(),
                100 * e.top1(),
                v.loss(),
                100 * v.top1(),
                100 * v.top5(),
                e.imagesPerSecond(),
                100 * e.waitShare(),
                e.seconds(),
                e.best() ? "  best so far" : "");
        output.record(new JsonLine()
                .put("event", "epoch")
                .put("epoch", e.epoch())
                .put("step", e.step())
                .put("lr", e.learningRate())
                .put("train_loss", e.loss())
                .put("train_top1", e.top1())
                .put("val_loss", v.loss())
                .put("val_top1", v.top1())
                .put("val_top5", v.top5())
                .put("gradient_norm", e.gradientNorm())
                .put("gradient_norm_max", e.maxGradientNorm())
                .put("clipped_share", e.clippedShare())
                .put("images_per_s", e.imagesPerSecond())
                .put("wait_share", e.waitShare())
                .put("seconds", e.seconds())
                .put("best", e.best()));
    }

    @Override
    public void notice(String sentence) {
        line("note: %s", sentence);
        output.record(new JsonLine().put("event", "notice").put("text", sentence));
    }

    @Override
    public void runEnded(TrainingResult result) {
        erase();
    }

    @Override
    public void runFailed(Throwable failure) {
        erase();
    }

    /** A line of its own; with {@code --json} the records say it all. */
    private void line(String format, Object... arguments) {
        if (output.json()) return;
        erase();
        output.note(format, arguments);
    }

    private void erase() {
        if (!terminal || output.json()) return;
        err.print(ERASE_LINE);
        err.flush();
    }
}
