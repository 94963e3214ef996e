package voluta.checkpoint;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Kills a process that saves in a loop; what it had reported as saved must be there, whole, or the one after it. */
public final class KillTour {
    private static final int ELEMENTS = 1 << 20;

    private KillTour() {}

    /**
     * What came of it.
     *
     * @param kills how often
     * @param inside kills that left a half-written temporary file behind
     * @param saves that were reported as done
     */
    public record Outcome(int kills, int inside, long saves) {}

    /**
     * Kills so many processes.
     *
     * @param options of their JVMs, besides its own
     * @throws AssertionError if the file cannot be read, or a save that was reported is lost
     */
    public static Outcome run(Path folder, int kills, long seed, List<String> options)
            throws IOException, InterruptedException {
        Path file = folder.resolve("last.safetensors");
        Random random = new Random(seed);
        long acknowledged = 0;
        int inside = 0;
        for (int kill = 0; kill < kills; kill++) {
            acknowledged = Math.max(acknowledged, saveUntilKilled(file, acknowledged, random, options));
            Checkpoint loaded = Checkpoint.load(file);
            long step = loaded.run().step();
            if (step != acknowledged && step != acknowledged + 1) {
                throw new AssertionError(
                        "kill " + kill + ": step " + step + " after " + acknowledged + " was reported");
            }
            FloatContent.check(loaded.weights().get("w"), step);
            FloatContent.check(loaded.state(Checkpoint.OPTIMIZER).get("m"), -step);
            acknowledged = step;
            inside += AtomicFile.cleanStale(folder);
            List<String> left = FaultyDisk.names(folder);
            if ((kill + 1) % 50 == 0) System.err.println(kill + 1 + " kills, " + inside + " inside a save");
            if (!left.equals(List.of("last.safetensors"))) throw new AssertionError("kill " + kill + " left " + left);
        }
        return new Outcome(kills, inside, acknowledged);
    }

    /** Returns the last step that the process reported as saved. */
    private static long saveUntilKilled(Path file, long from, Random random, List<String> options)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1"));
        command.addAll(options);
        command.addAll(List.of(
                "-cp",
                System.getProperty("java.class.path"),
                Saver.class.getName(),
                file.toString(),
                Long.toString(from)));
        Process child = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        long last = from;
        try (BufferedReader out = child.inputReader(StandardCharsets.US_ASCII)) {
            String first = out.readLine();
            if (first == null) throw new AssertionError("the child process saved nothing");
            last = Long.parseLong(first.substring(0, first.length() - 1));
            TimeUnit.MICROSECONDS.sleep(random.nextInt(60_000));
            if (random.nextBoolean()) awaitSave(file.getParent());
            child.toHandle().destroyForcibly(); // SIGKILL; unlike Process.destroyForcibly it leaves the pipe open.
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                // A line may itself be cut off by the kill; whole ones end with a dot.
                if (line.endsWith(".")) last = Long.parseLong(line.substring(0, line.length() - 1));
            }
        } finally {
            child.destroyForcibly();
            if (!child.waitFor(60, TimeUnit.SECONDS)) throw new AssertionError("the child process did not end");
        }
        return last;
    }

    /**
     * Waits for the temporary file of a save, for some seconds at most: half of the kills aim at one. The others come at any
     * moment, and on a busy machine seldom within a save.
     */
    public static void awaitSave(Path folder) throws IOException, InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (System.nanoTime() < end) {
            try (Stream<Path> files = Files.list(folder)) {
                if (files.anyMatch(AtomicFile::isTemporary)) return;
            }
            TimeUnit.MICROSECONDS.sleep(200);
        }
    }

    /** The process that is killed. */
    static final class Saver {
        private Saver() {}

        public static void main(String[] arguments) {
            Path file = Path.of(arguments[0]);
            HostTensor w = HostTensor.zeros(TensorType.f32(ELEMENTS));
            HostTensor m = HostTensor.zeros(TensorType.f32(ELEMENTS));
            Checkpoint sample = CheckpointTest.sample();
            long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1); // Should the parent die, this ends too.
            for (long step = Long.parseLong(arguments[1]) + 1; System.nanoTime() < end; step++) {
                FloatContent.fill(w, step);
                FloatContent.fill(m, -step);
                RunState run = new RunState(0, 0, step, 0, Map.of(), "", Map.of());
                new Checkpoint(sample.model(), run, Map.of("w", w), Map.of(Checkpoint.OPTIMIZER, Map.of("m", m)))
                        .save(file);
                byte[] line = (step + ".\n").getBytes(StandardCharsets.US_ASCII);
                System.out.write(line, 0, line.length);
                System.out.flush();
            }
        }
    }

    /** Tensors whose every element tells the step that they were saved in. */
    private static final class FloatContent {
        static void fill(HostTensor t, long value) {
            ByteBuffer b = t.bytes();
            while (b.hasRemaining()) b.putFloat(value);
        }

        static void check(HostTensor t, long value) {
            ByteBuffer b = t.bytes();
            if (b.remaining() != ELEMENTS * 4) throw new AssertionError(b.remaining() + " bytes");
            while (b.hasRemaining()) {
                if (b.getFloat() != value) throw new AssertionError("an element of another step than " + value);
            }
        }
    }
}
