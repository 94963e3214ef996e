package voluta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import voluta.tensor.Bytes;
import voluta.train.RunFolder;
import voluta.train.RunProgress;
import voluta.train.TrainingException;

/** Follows a run of another process, by the file that it writes. */
@Command(
        name = "watch",
        header = {"Follow a training run from another terminal.", ""},
        description =
                "Shows a run that another process trains, on this machine or on another that shares the folder, as train shows"
                        + " its own; ends when the run ends, with 0, or with 1 if it failed or its process is gone. Only reads."
                        + " Ctrl-C ends watching, not the run.",
        footer = {
            "",
            "Examples:",
            "  voluta watch runs/train",
            "  voluta watch /mnt/cluster/runs/resnet20 --interval 10",
            "  voluta watch runs/train && voluta val --checkpoint runs/train/weights/best.safetensors",
            "  voluta watch runs/train --json"
        })
final class WatchCommand implements Callable<Integer> {
    /** How long a run may take to write its first line. */
    private static final Duration BEGINNING = Duration.ofSeconds(5);
    /** A process that is gone may have said so in a line that is not seen yet. */
    private static final Duration FAREWELL = Duration.ofSeconds(3);

    @Spec
    private CommandSpec command;

    @Parameters(
            paramLabel = "DIR",
            arity = "0..1",
            description =
                    "The folder of a run, or one that holds runs: then the newest of them. Default: ${DEFAULT-VALUE}.")
    private Path folder = Path.of("runs");

    @Option(names = "--interval", paramLabel = "SECONDS", description = "How often to look. Default: ${DEFAULT-VALUE}.")
    private double interval = 1;

    @Option(
            names = "--silence",
            paramLabel = "SECONDS",
            description = "Say so when the run has said nothing for so long. Default: ${DEFAULT-VALUE}.")
    private double silence = 60;

    @Mixin
    private Output output;

    private final CountDownLatch stopped = new CountDownLatch(1);
    private RunView view;
    private Path run;
    /** The number of the last record that was shown. */
    private long known;

    private Object state = "";
    /** When the run was last known to have said something. */
    private long heard;

    private double nextWarning;
    private boolean announced;

    @Override
    public Integer call() throws InterruptedException {
        if (!(interval >= 0.05 && interval <= 3600))
            throw output.usage("--interval is %s; use 0.05 to 3600 seconds", interval);
        if (!(silence > 0)) throw output.usage("--silence is %s; use more than 0 seconds", silence);
        run = RunFolder.find(folder);
        view = RunView.onError(output, command.commandLine().getErr());
        nextWarning = silence;
        heard = System.nanoTime();
        try (StopSignals signals = StopSignals.catching(code -> stopped.countDown())) {
            int code = follow();
            view.erase();
            return signals.exitCode() != 0 ? signals.exitCode() : code;
        }
    }

    private int follow() throws InterruptedException {
        do {
            look();
            RunProgress progress = view.run();
            if (progress.over()) return ended(progress);
            double quiet = (System.nanoTime() - heard) / 1e9;
            if (!progress.begun() && quiet > BEGINNING.toSeconds()) {
                throw new TrainingException(run
                        + " holds no progress.jsonl, so its run has not begun, or an earlier version"
                        + " trained it; voluta compare " + TrainCommand.quoted(run) + " shows what it has done");
            }
            if (quiet > FAREWELL.toSeconds() && progress.processGone()) return gone();
            silent(progress, quiet);
        } while (!stopped.await((long) (interval * 1e9), TimeUnit.NANOSECONDS));
        return ExitCode.INTERRUPTED;
    }

    /** Shows what is new. */
    private void look() {
        Path file = run.resolve(RunProgress.FILE);
        try {
            BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
            // Some file keys are null: what is left tells enough.
            Object seen = List.of(now.size(), now.lastModifiedTime(), String.valueOf(now.fileKey()));
            if (seen.equals(state)) return;
            boolean first = state.equals("");
            state = seen;
            // By the clock of the machine that holds the file, which need not be ours.
            long age = first
                    ? Math.max(
                            0,
                            System.currentTimeMillis() - now.lastModifiedTime().toMillis())
                    : 0;
            heard = System.nanoTime() - TimeUnit.MILLISECONDS.toNanos(age);
        } catch (IOException e) {
            return; // Not there yet, or not at the moment: silence is noticed elsewhere.
        }
        show(RunProgress.in(run));
    }

    private void show(List<Map<String, Object>> records) {
        long last = records.isEmpty() ? known : number(records.get(records.size() - 1));
        if (last < known) {
            view.restart();
            known = 0;
        }
        boolean first = known == 0;
        for (int i = 0; i < records.size(); i++) {
            Map<String, Object> record = records.get(i);
            if (number(record) <= known) continue;
            // Of what came before we looked, epochs are worth a line; reports of steps are not.
            boolean old = first && i < records.size() - 1 && "steps".equals(record.get("event"));
            if (old && !output.json()) view.follow(record);
            else view.show(record);
            if (!announced && view.run().begun()) announce(view.run());
        }
        if (last > known) nextWarning = silence;
        known = last;
    }

    private static long number(Map<String, Object> record) {
        return record.get("n") instanceof Number n ? n.longValue() : 0;
    }

    private void announce(RunProgress progress) {
        announced = true;
        view.line(
                "watching %s: %s, %,.0f parameters, %d %s of %d steps, %s in memory%s; %s",
                run,
                progress.startText("model"),
                progress.startNumber("parameters"),
                progress.epochs(),
                progress.epochs() == 1 ? "epoch" : "epochs",
                progress.stepsPerEpoch(),
                Bytes.text((long) progress.startNumber("memory_bytes")),
                progress.startText("host").isEmpty() ? "" : ", on " + progress.startText("host"),
                progress.startText("backend"));
    }

    private void silent(RunProgress progress, double quiet) {
        if (quiet < silence) {
            view.draw(false, List.of());
            return;
        }
        String news = "no news for " + LiveView.duration(quiet);
        view.draw(true, List.of(news));
        if (quiet < nextWarning) return;
        nextWarning = 2 * quiet;
        String host = progress.startText("host");
        if (!view.live())
            view.line(
                    "%s; the process%s may hang, wait for data, or be gone", news, host.isEmpty() ? "" : " on " + host);
        output.record(new JsonLine().put("event", "silent").put("seconds", quiet));
    }

    private int ended(RunProgress progress) {
        view.erase();
        if (progress.phase() == RunProgress.Phase.FAILED) {
            output.line("the run failed: %s", progress.failure());
            return ExitCode.INTERNAL;
        }
        String how = switch (progress.ending()) {
            case "complete" -> "is complete";
            case "no_improvement" -> "ended early, for the evaluation no longer improved";
            case "time" -> "ended, for its time was up; " + resume();
            case "stopped" -> "was stopped; " + resume();
            default -> "ended";
        };
        output.line("the run %s", how);
        if (!Double.isNaN(progress.bestEpoch("epoch"))) {
            output.line(
                    "best     epoch %.0f: top1 %.2f %%, top5 %.2f %%, loss %.4f",
                    progress.bestEpoch("epoch"),
                    100 * progress.bestEpoch("val_top1"),
                    100 * progress.bestEpoch("val_top5"),
                    progress.bestEpoch("val_loss"));
        }
        return ExitCode.OK;
    }

    private int gone() {
        view.erase();
        output.line("the run ended without a word: its process is gone, killed or crashed; %s", resume());
        output.record(new JsonLine().put("event", "process_gone"));
        return ExitCode.INTERNAL;
    }

    private String resume() {
        return "go on with voluta train --resume " + TrainCommand.quoted(run);
    }
}
