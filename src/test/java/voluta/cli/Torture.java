package voluta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.FaultTour;
import voluta.checkpoint.KillTour;
import voluta.checkpoint.RunState;
import voluta.optim.Optimizer;
import voluta.tensor.HostTensor;
import voluta.train.ResumePoint;
import voluta.train.StepReport;
import voluta.train.Trainer;
import voluta.train.Training;
import voluta.train.TrainingConfig;
import voluta.train.TrainingListener;
import voluta.train.TrainingResult;

/**
 * Does to training runs what happens to them: kills, signals, disks that fail, stops at any step; and compares with the run
 * that was left in peace. {@code scripts/torture.sh} runs it; each part takes its share of the time.
 */
final class Torture {
    /** Docker waits so long between SIGTERM and SIGKILL. */
    private static final long PROMISED_MILLIS = 10_000;

    private final Path folder;
    private final Random random;
    /** An archive of loaded classes, with which processes start sooner; none at first. */
    private List<String> archive = List.of();

    Torture(Path folder, long seed) {
        this.folder = folder;
        this.random = new Random(seed);
    }

    /** Prints a row of the table in {@code docs/reliability.md} for each part: {@code [SECONDS [SEED]] | --kills N [SEED]}. */
    public static void main(String[] arguments) throws Exception {
        List<String> words = new ArrayList<>(List.of(arguments));
        boolean kills = !words.isEmpty() && words.remove("--kills");
        long amount = words.isEmpty() ? 300 : Long.parseLong(words.get(0));
        long seed = words.size() > 1 ? Long.parseLong(words.get(1)) : System.nanoTime() & 0xffff;
        System.err.println("seed " + seed + ", " + amount + (kills ? " kills of each kind" : " seconds"));
        Path folder = Files.createTempDirectory("torture");
        Torture torture = new Torture(folder, seed);
        torture.archiveClasses();
        if (kills) {
            System.out.println("| " + torture.killsOfASaver((int) amount, seed) + " |");
            System.out.println("| " + torture.kills(Integer.MAX_VALUE, (int) amount) + " |");
        } else {
            torture.all(amount);
        }
        delete(folder);
    }

    private void all(long seconds) throws Exception {
        System.out.println("| " + faults() + " |");
        System.out.println("| " + stops(seconds / 4, Integer.MAX_VALUE) + " |");
        System.out.println("| " + signals(2 * seconds / 8, Integer.MAX_VALUE) + " |");
        System.out.println("| " + signalsOfOthers(seconds / 8, Integer.MAX_VALUE) + " |");
        System.out.println("| " + kills(3 * seconds / 8, Integer.MAX_VALUE) + " |");
    }

    /** Each call on the disk fails in turn. */
    String faults() throws IOException {
        FaultTour.Outcome o = FaultTour.run(Files.createDirectories(folder.resolve("faults")));
        return String.format(
                "the n-th call on the disk fails (error, error for good, half a write, short write), for every n of a save"
                        + " | %d faults | %d reported, 0 unreadable: %d times the old content, %d times the new",
                o.faults(), o.reported(), o.old(), o.renewed());
    }

    /** Runs are stopped at random steps, resumed, stopped again; each optimizer. */
    String stops(long seconds, int rounds) throws IOException {
        Path data = TinyData.write(folder.resolve("data")), network = network("stops.yaml", 16);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        int stops = 0, runs = 0;
        for (int round = 0; round < rounds && (runs < Optimizer.NAMES.size() || System.nanoTime() < end); round++) {
            String optimizer = Optimizer.NAMES.get(round % Optimizer.NAMES.size());
            TrainingConfig config = varied(config(data, network, optimizer).with("epochs", "4"), round);
            TrainingResult whole = quiet(Training.of(config.with("experiment", "whole" + round)))
                    .run();
            TrainingConfig broken = config.with("experiment", "broken" + round)
                    .with("recovery-interval", Integer.toString(1 + random.nextInt(7)));
            TrainingResult result = stopped(Training.of(broken));
            while (result.stopped()) {
                stops++;
                result = stopped(Training.resume(ResumePoint.at(result.folder())));
            }
            same(whole.last(), result.last());
            same(whole.best().orElseThrow(), result.best().orElseThrow());
            if (rows(whole) != rows(result)) throw new AssertionError("rows of results are lost or double");
            delete(whole.folder());
            delete(result.folder());
            runs++;
        }
        return String.format(
                "stop at a random step, resume, stop again, with dropout and augmentation, with and without averages, accumulation, clipping;"
                        + " %s | %d stops in %d runs"
                        + " | 0 final weights or optimizer states with another bit",
                String.join(", ", Optimizer.NAMES), stops, runs);
    }

    /** What else a run has to remember: averages, gradients that are being accumulated, a schedule, a largest norm. */
    private static TrainingConfig varied(TrainingConfig config, int round) {
        return switch (round % 4) {
            case 1 -> config.with("model-ema", "0.9").with("clip-grad", "1");
            case 2 -> config.with("grad-accum-steps", "2").with("mixup", "0.2");
            case 3 ->
                config.with("model-ema", "0.9").with("grad-accum-steps", "3").with("warmup-epochs", "2");
            default -> config;
        };
    }

    private static Training quiet(Training training) {
        return training.listener(new TrainingListener() {});
    }

    /** Runs for a random number of steps, at most to the end. */
    private TrainingResult stopped(Training training) {
        int steps = 1 + random.nextInt(12);
        Trainer[] trainer = new Trainer[1];
        trainer[0] = training.listener(new TrainingListener() {
                    private int reports;

                    @Override
                    public void stepsLogged(StepReport report) {
                        if (++reports == steps) trainer[0].stop();
                    }
                })
                .trainer();
        return trainer[0].run();
    }

    /** SIGTERM at random moments of the process's life. */
    String signals(long seconds, int rounds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds), slowest = 0;
        int signals = 0, early = 0, inEvaluation = 0;
        List<String> words = words("signals", 16, "1");
        Path last = folder.resolve("runs/signals/weights/last.safetensors");
        while (signals < rounds && (signals == 0 || System.nanoTime() < end)) {
            Process process = start(words);
            boolean begun = random.nextInt(5) > 0;
            if (begun) await(process, "writing to ", "going on in ");
            Thread.sleep(random.nextInt(900));
            long asked = System.nanoTime();
            process.destroy(); // SIGTERM
            if (!process.waitFor(PROMISED_MILLIS, TimeUnit.MILLISECONDS)) throw failed("it did not end", process);
            slowest = Math.max(slowest, System.nanoTime() - asked);
            if (process.exitValue() != ExitCode.TERMINATED) throw failed("exit code " + process.exitValue(), process);
            signals++;
            if (!begun) {
                early++;
                continue;
            }
            RunState run = Checkpoint.load(last).run();
            if (run.samplesIntoEpoch() == TinyData.TRAINING) inEvaluation++;
        }
        String result = finish(words, last, "signals", 16);
        return String.format(
                "SIGTERM at a random moment | %d signals (%d in an evaluation, %d before the first step)"
                        + " | %d ended with 143, the slowest after %d ms; %s",
                signals, inEvaluation, early, signals, slowest / 1_000_000, result);
    }

    /** SIGTERM at random moments of commands that have nothing to save. */
    String signalsOfOthers(long seconds, int rounds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds), slowest = 0;
        Path data = TinyData.write(folder.resolve("data")), network = network("others.yaml", 16);
        List<List<String>> commands = List.of(
                List.of(
                        "lr-find",
                        "--model=" + network,
                        "--data-dir=" + data,
                        "-b=8",
                        "--steps=99999",
                        "--last-lr=1e-5"),
                List.of("check-data", "--data-dir=" + data),
                List.of("bench", network.toString(), "-b=8", "--backend=reference"));
        int signals = 0, ended = 0;
        for (int round = 0; round < rounds && (round == 0 || System.nanoTime() < end); round++) {
            List<String> words = new ArrayList<>(commands.get(round % commands.size()));
            if (words.get(0).equals("lr-find")) words.add("--output=" + folder.resolve("others"));
            Process process = start(words);
            Thread.sleep(random.nextInt(2_000));
            long asked = System.nanoTime();
            process.destroy(); // SIGTERM
            if (!process.waitFor(PROMISED_MILLIS, TimeUnit.MILLISECONDS)) throw failed("it did not end", process);
            slowest = Math.max(slowest, System.nanoTime() - asked);
            int code = process.exitValue();
            if (code != ExitCode.TERMINATED && code != ExitCode.OK) throw failed("exit code " + code, process);
            if (code == ExitCode.OK) ended++;
            else signals++;
        }
        return String.format(
                "SIGTERM at a random moment of lr-find, check-data and bench | %d signals"
                        + " | %d ended with 143, the slowest after %d ms (%d more had done their work before)",
                signals, signals, slowest / 1_000_000, ended);
    }

    /** Each kill takes a process of its own: their start is most of the time. The JVM archives classes of jars alone. */
    private void archiveClasses() throws Exception {
        Path file = folder.resolve("classes.jsa");
        archive = List.of("-XX:ArchiveClassesAtExit=" + file);
        finish(words("archive", 16, "1"), 3);
        archive = Files.exists(file) ? List.of("-XX:SharedArchiveFile=" + file, "-Xlog:disable") : List.of();
    }

    /** SIGKILL of a program that does nothing but save. */
    String killsOfASaver(int kills, long seed) throws Exception {
        KillTour.Outcome o = KillTour.run(Files.createDirectories(folder.resolve("saver")), kills, seed, archive);
        return String.format(
                "SIGKILL of a program that does nothing but save 8 MB at a time | %,d kills, %,d of them inside a save"
                        + " | 0 unreadable, 0 lost of %,d saves that it had reported as done",
                o.kills(), o.inside(), o.saves());
    }

    /** SIGKILL while a run saves after each step; proof that kills came inside a save are the temporary files. */
    String kills(long seconds, int rounds) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        int kills = 0, inside = 0;
        int hidden = 1024;
        List<String> words = words("kills", hidden, "1");
        Path weights = folder.resolve("runs/kills/weights"), last = weights.resolve("last.safetensors");
        long before = 0;
        while (kills < rounds && (kills == 0 || System.nanoTime() < end)) {
            Process process = start(words);
            await(process, "  step ");
            Thread.sleep(random.nextInt(150)); // Some saves long: each step is one.
            // What another process could read a moment before is as good as promised.
            if (Files.exists(last))
                before = Math.max(before, Checkpoint.load(last).run().step());
            if (random.nextBoolean()) KillTour.awaitSave(weights);
            process.destroyForcibly().waitFor(); // SIGKILL
            if (++kills % 50 == 0) System.err.println(kills + " kills, " + inside + " inside a save");
            try (Stream<Path> files = Files.list(weights)) {
                inside += (int) files.filter(f -> f.toString().endsWith(".tmp")).count();
            }
            if (!Files.exists(last)) continue; // killed before the first save
            long step = Checkpoint.load(last).run().step();
            if (step < before) throw new AssertionError("step " + step + " after " + before);
            before = step;
        }
        if (kills >= 20 && inside == 0) throw new AssertionError("no kill came inside a save: nothing was shown");
        String result = finish(words, last, "kills", hidden);
        return String.format(
                "SIGKILL of a run that saves after each step | %,d kills, %,d of them inside a save"
                        + " | 0 unreadable, 0 steps back; %s",
                kills, inside, result);
    }

    /** Lets a run end, and compares it with one that was left in peace. */
    private String finish(List<String> words, Path last, String name, int hidden) throws Exception {
        long steps = (Files.exists(last) ? Checkpoint.load(last).run().step() : 0) + 7;
        finish(words, steps);
        finish(words(name + "-whole", hidden, "1000"), steps); // When it saves is no part of what it learns.
        same(folder.resolve("runs/" + name + "-whole/weights/last.safetensors"), last);
        return String.format("after %,d steps the weights are bit for bit those of a run left in peace", steps);
    }

    private void finish(List<String> words, long steps) throws Exception {
        List<String> all = new ArrayList<>(words);
        all.add("--max-steps=" + steps);
        Process process = start(all);
        if (!process.waitFor(300 + steps / 10, TimeUnit.SECONDS) || process.exitValue() != 0)
            throw failed("no end", process);
    }

    private static TrainingConfig config(Path data, Path network, String optimizer) {
        return TrainingConfig.DEFAULTS
                .with("model", network.toString())
                .with("data-dir", data.toString())
                .with("output", data.resolveSibling("runs").toString())
                .with("batch-size", "8")
                .with("opt", optimizer)
                .with("lr", "0.01")
                .with("augmentation", "shift=1,flip")
                .with("log-interval", "1")
                .with("threads", "1");
    }

    /** @param interval steps between two checkpoints */
    private List<String> words(String name, int hidden, String interval) throws IOException {
        Map<String, String> options = config(
                        TinyData.write(folder.resolve("data")), network(name + ".yaml", hidden), "adamw")
                .with("sched", "constant")
                .with("epochs", "1000000")
                .with("recovery-interval", interval)
                .with("experiment", name)
                .values();
        List<String> words = new ArrayList<>(List.of("train", "--resume=auto"));
        options.forEach((option, value) -> {
            boolean given = value != null
                    && !value.equals(TrainingConfig.DEFAULTS.values().get(option));
            if (given) words.add("--" + option + "=" + value);
        });
        return words;
    }

    private Path network(String name, int hidden) throws IOException {
        return Files.write(
                folder.resolve(name),
                List.of(
                        "name: tortured",
                        "input: [1, 8, 8]",
                        "classes: 10",
                        "layers:",
                        "  - conv: {filters: 4, kernel: 3}",
                        "  - batch_norm",
                        "  - relu",
                        "  - flatten",
                        "  - linear: " + hidden,
                        "  - relu",
                        "  - dropout: 0.2",
                        "  - linear: classes"));
    }

    private Process start(List<String> words) throws IOException {
        Files.deleteIfExists(folder.resolve("err"));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-XX:-UsePerfData"));
        command.addAll(archive);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(words);
        return new ProcessBuilder(command)
                .redirectError(folder.resolve("err").toFile())
                .redirectOutput(folder.resolve("out").toFile())
                .start();
    }

    private void await(Process process, String... words) throws Exception {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(5);
        while (true) {
            String said = Files.exists(folder.resolve("err")) ? Files.readString(folder.resolve("err")) : "";
            if (Stream.of(words).anyMatch(said::contains)) return;
            if (!process.isAlive() || System.nanoTime() > end) throw failed("it did not start", process);
            Thread.sleep(5);
        }
    }

    private AssertionError failed(String what, Process process) throws IOException {
        process.destroyForcibly();
        return new AssertionError(what + ": " + Files.readString(folder.resolve("err")));
    }

    private static void same(Path a, Path b) {
        Checkpoint x = Checkpoint.load(a), y = Checkpoint.load(b);
        same(x.weights(), y.weights(), a);
        if (!x.state().keySet().equals(y.state().keySet()))
            throw new AssertionError(x.state().keySet() + "");
        x.state().forEach((group, tensors) -> same(tensors, y.state(group), a));
    }

    private static void same(Map<String, HostTensor> a, Map<String, HostTensor> b, Path file) {
        if (!a.keySet().equals(b.keySet())) throw new AssertionError(a.keySet() + " and " + b.keySet());
        a.forEach((name, tensor) -> {
            if (!tensor.bytes().equals(b.get(name).bytes())) throw new AssertionError(name + " differs in " + file);
        });
    }

    private static int rows(TrainingResult result) throws IOException {
        return Files.readAllLines(result.folder().resolve("results.csv")).size();
    }

    private static void delete(Path folder) throws IOException {
        List<Path> all;
        try (Stream<Path> files = Files.walk(folder)) {
            all = new ArrayList<>(files.toList());
        }
        for (int i = all.size() - 1; i >= 0; i--) Files.delete(all.get(i));
    }
}
