package voluta.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import voluta.checkpoint.CheckpointException;
import voluta.data.Dataset;
import voluta.data.Datasets;
import voluta.model.ModelSummary;
import voluta.model.Network;
import voluta.report.RunReport;
import voluta.report.TensorBoardLog;
import voluta.tensor.Bytes;
import voluta.tensor.VolutaException;
import voluta.train.EpochReport;
import voluta.train.Rehearsal;
import voluta.train.ResumePoint;
import voluta.train.RunRecords;
import voluta.train.RunStart;
import voluta.train.StepProfile;
import voluta.train.Trainer;
import voluta.train.Training;
import voluta.train.TrainingConfig;
import voluta.train.TrainingListener;
import voluta.train.TrainingResult;
import voluta.train.Validator;

/** Trains a network. The options that make a run are those of {@link TrainingOptions}. */
@Command(
        name = "train",
        header = {"Train a network on labelled images.", ""},
        description =
                "Trains a network on labelled images and writes a folder with the weights, the results of each epoch"
                        + " and all options. Options come from the command line, then from the file of -c, then from the"
                        + " defaults. Ctrl-C or SIGTERM ends a run after its step, with the weights saved; a second one at once."
                        + " --resume goes on with it as if it had not ended.",
        footer = {
            "",
            "Examples:",
            "  voluta train",
            "  voluta train --model resnet20 --data-dir cifar-10 -b 128 --aa shift=4,flip --opt sgd --lr 0.1",
            "  voluta train -c runs/train/args.yaml --lr 0.001 --experiment slower",
            "  voluta train --model my-net.yaml --dry-run",
            "  voluta train --resume runs/train --epochs 20"
        })
final class TrainCommand implements Callable<Integer> {
    private static final String AUTO = "auto";
    /** How long closing may take once all is saved. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    @Spec
    private CommandSpec command;

    @Mixin
    private ConfigOption config;

    @Option(
            names = "--resume",
            arity = "0..1",
            fallbackValue = AUTO,
            paramLabel = "PATH",
            description =
                    "Go on with a run: its folder, or one of its checkpoints. Without a value, or with auto: the newest run"
                            + " in --output, or that of --experiment; where there is none, a new one begins. Options are"
                            + " those of the run; data-dir, epochs, workers and some others may be changed. With other"
                            + " --epochs, the learning rate follows the schedule of the new length from here on.")
    private String resume;

    @Option(
            names = "--dry-run",
            description = "Check everything, print the network, the memory and the plan, and train nothing.")
    private boolean dryRun;

    @Option(
            names = "--profile",
            description = "Measure the kernels of some steps, and show at the end where the time went.")
    private boolean profile;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        Training training = training();
        Progress progress =
                new Progress(RunView.onError(output, command.commandLine().getErr()));
        if (dryRun) {
            show(training.listener(progress).trainer().rehearse());
            return ExitCode.OK;
        }
        if (profile) training.profile();
        Ending ending = new Ending(training.config());
        RunReport report = new RunReport(progress::notice);
        Trainer trainer = training.listener(ending.first())
                .listener(progress)
                .listener(report)
                .listener(new TensorBoardLog(progress::notice))
                .listener(ending)
                .trainer();
        TrainingResult result;
        try (StopSignals signals = StopSignals.catching(code -> ending.ask(trainer, code))) {
            result = trainer.run();
            if (result.stopped()) return signals.exitCode();
        }
        // Everything is saved: from here on a signal ends the program at once.
        judge(training.config(), result, report);
        return ExitCode.OK;
    }

    /** Adds to the report what the network says about the validation images. */
    private void judge(TrainingConfig options, TrainingResult result, RunReport report) {
        if (result.epochs().isEmpty() || !report.begun()) return;
        try (Dataset data = Datasets.open(options.dataOptions(options.valSplit()));
                Validator validator = Validator.open(
                        result.weights(),
                        options.backend(),
                        options.backendOptions(),
                        options.precision(),
                        Math.min(Validator.BATCH_SIZE, data.size()))) {
            report.judge(validator, data);
        } catch (VolutaException e) {
            output.note("the report lacks what the network says about the images: %s", e.getMessage());
        }
    }

    /** Reports the end of a run, and sees to it that a run that was asked to end does. */
    private final class Ending implements TrainingListener {
        private final TrainingConfig options;
        private volatile int asked;
        private volatile boolean started;
        private StepProfile measured;

        Ending(TrainingConfig options) {
            this.options = options;
        }

        /** On the thread of a signal. Before the first step there is nothing to save, and nothing that looks up. */
        void ask(Trainer trainer, int code) {
            asked = code;
            if (!started) Runtime.getRuntime().halt(code);
            output.note("ending after this step; again to end at once");
            trainer.stop();
        }

        /** Comes before whoever says that the run has begun: from then on it is saved. */
        TrainingListener first() {
            return new TrainingListener() {
                @Override
                public void runStarted(RunStart run) {
                    started = true;
                }
            };
        }

        @Override
        public void profiled(StepProfile profile) {
            measured = profile;
        }

        /** Everything is saved; what is left is to close the data, which may hang in a read. */
        @Override
        public void runEnded(TrainingResult result) {
            report(options, result);
            if (measured != null) showProfile(measured);
            if (asked != 0) StopSignals.haltAfter(GRACE, asked);
        }
    }

    /** A wrong option is an error of usage, wherever it was written. */
    private Training training() {
        try {
            if (resume == null) return Training.of(config.read(command, TrainingConfig.DEFAULTS));
            return resumed();
        } catch (CheckpointException e) {
            throw e;
        } catch (VolutaException e) {
            throw output.usage("%s", e.getMessage());
        }
    }

    private Training resumed() {
        boolean auto = resume.equals(AUTO);
        Training newest = auto
                ? Training.of(config.read(command, TrainingConfig.DEFAULTS)).resumingNewest()
                : Training.resume(ResumePoint.at(Path.of(resume)));
        if (newest.resumePoint().isEmpty()) {
            output.note(
                    "no run to go on with in %s; a new one begins",
                    newest.config().output());
            return newest;
        }
        ResumePoint point = newest.resumePoint().get();
        TrainingConfig options = config.read(command, point.config());
        if (auto) options = options.with("output", newest.config().output().toString());
        point.check(options);
        return Training.of(options).resuming(point);
    }

    private void show(Rehearsal run) {
        output.note("%s", run.backend());
        output.line(
                "%s, input %s, %d classes",
                run.network().name(), run.network().input(), run.network().classes());
        ModelSummary summary = ModelSummary.of(Network.of(run.network()));
        output.text(summary.table());
        output.line("%n%s", run.plan().stripTrailing());
        output.line(
                "%n%,d %s to train on, %,d to evaluate on; batch %s, %d steps an epoch; %s of memory; nothing was"
                        + " trained",
                run.trainingImages(),
                run.network().samples(),
                run.evaluationImages(),
                batch(run.batchSize(), run.gradAccumSteps()),
                run.stepsPerEpoch(),
                Bytes.text(run.memoryBytes()));
        output.record(new JsonLine()
                .put("event", "dry_run")
                .put("model", run.network().name())
                .put("input", run.network().input())
                .put("classes", run.network().classes())
                .put("backend", run.backend())
                .put("parameters", summary.parameters())
                .put("multiply_adds", summary.multiplyAdds())
                .put("training_images", run.trainingImages())
                .put("evaluation_images", run.evaluationImages())
                .put("batch", run.batchSize())
                .put("grad_accum_steps", run.gradAccumSteps())
                .put("steps_per_epoch", run.stepsPerEpoch())
                .put("memory_bytes", run.memoryBytes())
                .put("plan", run.plan()));
    }

    /** {@code 64}, or {@code 16 x 4} where the gradients of 4 batches of 16 are accumulated. */
    static String batch(int images, int gradAccumSteps) {
        return gradAccumSteps == 1 ? Integer.toString(images) : images + " x " + gradAccumSteps;
    }

    private void report(TrainingConfig options, TrainingResult result) {
        switch (result.end()) {
            case STOPPED -> {
                output.line("stopped after %,d steps, weights saved", result.steps());
                output.line("go on    voluta train --resume %s", quoted(result.folder()));
            }
            case TIME -> {
                output.line("ended after %,d steps, for the time was up; weights saved", result.steps());
                output.line("go on    voluta train --resume %s", quoted(result.folder()));
            }
            case NO_IMPROVEMENT ->
                output.line(
                        "ended early: no better %s for %d epochs",
                        options.evalMetric(), options.patience().orElse(0));
            case COMPLETE -> output.line("trained %,d %s", result.steps(), result.steps() == 1 ? "step" : "steps");
        }
        result.bestEpoch().ifPresent(this::best);
        output.line("weights  %s", result.weights());
        output.line("report   %s", result.folder().resolve(RunReport.FILE));
        output.line("next     voluta val --checkpoint %s%s", quoted(result.weights()), data(options));
        output.line("         voluta predict --checkpoint %s FILE", quoted(result.weights()));
        output.record(JsonLine.of(RunRecords.ended(result))
                .put("report", result.folder().resolve(RunReport.FILE)));
    }

    /** The data that the run was measured on, in the words of {@code val}. */
    private static String data(TrainingConfig options) {
        StringBuilder words = new StringBuilder();
        options.dataDir().ifPresent(d -> words.append(" --data-dir ").append(quoted(d)));
        if (!options.valSplit().equals(TrainingConfig.DEFAULTS.valSplit())) {
            words.append(" --split ").append(quoted(Path.of(options.valSplit().toString())));
        }
        options.classMap().ifPresent(map -> words.append(" --class-map ").append(quoted(map)));
        if (!options.maxBad().equals(TrainingConfig.DEFAULTS.maxBad())) {
            words.append(" --max-bad ").append(options.maxBad());
        }
        return words.toString();
    }

    /** A path as a shell takes it. */
    static String quoted(Path path) {
        String text = path.toString();
        return text.matches("[\\w@%+=:,./-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
    }

    private void showProfile(StepProfile p) {
        KernelTimes times = KernelTimes.of(p);
        if (p.measured() == 0) {
            output.line("%nprofile  no step was measured");
            return;
        }
        output.line(
                "%nprofile  %.3f ms a step, %.1f %% of them waiting for data; kernels one by one %.3f ms, the median of %d"
                        + " steps",
                1e3 * p.stepSeconds(), 100 * p.waitSeconds() / p.stepSeconds(), times.nanos() / 1e6, p.measured());
        times.showKinds(output);
        output.record(new JsonLine()
                .put("event", "profile")
                .put("steps_measured", p.measured())
                .put("ms_per_step", 1e3 * p.stepSeconds())
                .put("wait_ms", 1e3 * p.waitSeconds())
                .put("kernel_ms", times.nanos() / 1e6)
                .put("kinds", times.kindRecords())
                .put("kernels", times.kernelRecords()));
    }

    private void best(EpochReport e) {
        output.line(
                "best     epoch %d: top1 %.2f %%, top5 %.2f %%, loss %.4f",
                e.epoch(),
                100 * e.evaluation().top1(),
                100 * e.evaluation().top5(),
                e.evaluation().loss());
    }
}
