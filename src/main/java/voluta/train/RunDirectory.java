package voluta.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Comparator;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import voluta.checkpoint.AtomicFile;

/**
 * The folder of one run, new each time but for a run that goes on:
 *
 * <pre>
 * args.yaml                  all options; -c repeats the run
 * model.yaml                 the network
 * plan.txt                   what runs in which order, and where everything lies
 * results.csv                a row per epoch
 * progress.jsonl             a line for each event, while the run goes on
 * train_batch0.png           images of the first batch as the network sees them
 * skipped.csv                pictures that could not be used; only if there are any
 * weights/last.safetensors   the newest checkpoint
 * weights/step-*.safetensors those before it, by their step
 * weights/best.safetensors   the one with the best evaluation
 * </pre>
 *
 * <p>Listeners may add files of their own, as {@code voluta.report} does.
 *
 * <p>As long as it is open, no other process can train in it: {@code model.yaml}, which is never replaced, is locked.
 */
final class RunDirectory implements AutoCloseable {
    private static final String DEFAULT_NAME = "train";
    private static final int MOST_NUMBERS = 100_000;
    private static final Pattern NUMBERED = Pattern.compile(DEFAULT_NAME + "(?:-([0-9]{1,6}))?");

    private final Path folder;
    private FileChannel locked;

    private RunDirectory(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes the folder and writes what is known before the first step.
     *
     * @param reuse whether the newest folder is used again if its run ended before its first checkpoint
     * @throws TrainingException if the folder is there already or cannot be made
     * @throws voluta.checkpoint.CheckpointException if the disk is full; the folder is then gone again
     */
    static RunDirectory create(TrainingConfig config, String network, String plan, boolean reuse) {
        Optional<Path> abandoned = newest(config.output(), config.experiment()).filter(f -> reuse && isAbandoned(f));
        RunDirectory run = new RunDirectory(abandoned.orElseGet(() -> make(config.output(), config.experiment())));
        boolean done = false;
        try {
            if (abandoned.isPresent()) run.lock();
            Files.createDirectories(run.weights());
            AtomicFile.writeText(run.file("args.yaml"), config.toYaml());
            AtomicFile.writeText(run.file("model.yaml"), network);
            AtomicFile.writeText(run.file("plan.txt"), plan);
            AtomicFile.writeText(run.results(), ResultsWriter.HEADER);
            run.close(); // the lock of a file that has just been replaced
            run.lock();
            done = true;
        } catch (IOException e) {
            throw impossible(config.output(), e);
        } finally {
            if (!done) run.close();
            if (!done && abandoned.isEmpty()) run.remove();
        }
        return run;
    }

    /**
     * Opens the folder of a run that goes on.
     *
     * @param step that of the checkpoint: later ones but {@code last} and {@code best} are removed
     * @throws TrainingException if another process trains in it, or it cannot be written to
     */
    static RunDirectory reopen(Path folder, TrainingConfig config, String plan, long step) {
        RunDirectory run = new RunDirectory(folder);
        boolean done = false;
        try {
            run.lock();
            AtomicFile.cleanStale(folder);
            AtomicFile.cleanStale(run.weights());
            CheckpointFiles.forgetAfter(run.weights(), step);
            AtomicFile.writeText(run.file("args.yaml"), config.toYaml());
            AtomicFile.writeText(run.file("plan.txt"), plan);
            done = true;
        } catch (IOException e) {
            throw new TrainingException(
                    "the run in " + folder + " cannot go on (" + reason(e)
                            + "); its folder must be one that a training made, and may be written to",
                    e);
        } finally {
            if (!done) run.close();
        }
        return run;
    }

    private void lock() throws IOException {
        locked = FileChannel.open(file("model.yaml"), StandardOpenOption.WRITE);
        FileLock lock;
        try {
            lock = locked.tryLock();
        } catch (OverlappingFileLockException e) {
            lock = null;
        } catch (IOException unsupported) {
            return; // Some network file systems have no locks.
        }
        if (lock == null) {
            throw new TrainingException("another process is training in " + folder
                    + "; wait for its end or stop it, or choose another --experiment");
        }
    }

    /** Lets others go on with the run. */
    @Override
    public void close() {
        if (locked == null) return;
        try {
            locked.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The run with this name, or of those that were given none the one that was written to last; none if there is none.
     *
     * @throws TrainingException if the output folder cannot be read
     */
    static Optional<Path> newest(Path output, Optional<String> experiment) {
        if (experiment.isPresent()) {
            return experiment.map(output::resolve).filter(Files::isDirectory);
        }
        if (!Files.isDirectory(output)) return Optional.empty();
        try (Stream<Path> all = Files.list(output)) {
            return all.filter(f -> NUMBERED.matcher(f.getFileName().toString()).matches() && Files.isDirectory(f))
                    .max(Comparator.comparing(RunDirectory::written).thenComparing(RunDirectory::number));
        } catch (IOException e) {
            throw new TrainingException(
                    "the runs in " + output + " cannot be listed (" + reason(e) + "); check its permissions", e);
        }
    }

    /** Each checkpoint is a new name in the folder of weights, which sets the folder's time. */
    private static FileTime written(Path run) {
        Path weights = run.resolve("weights");
        try {
            return Files.getLastModifiedTime(Files.isDirectory(weights) ? weights : run);
        } catch (IOException e) {
            return FileTime.fromMillis(0); // removed just now, or not ours to look at
        }
    }

    private static int number(Path run) {
        Matcher m = NUMBERED.matcher(run.getFileName().toString());
        return m.matches() && m.group(1) != null ? Integer.parseInt(m.group(1)) : 1;
    }

    /** A run that never wrote a checkpoint has nothing to lose. */
    private static boolean isAbandoned(Path folder) {
        Path weights = folder.resolve("weights");
        return Files.isDirectory(weights)
                && Files.isRegularFile(folder.resolve("model.yaml"))
                && CheckpointFiles.newest(weights).isEmpty();
    }

    private static Path numbered(Path output, int n) {
        return output.resolve(n == 1 ? DEFAULT_NAME : DEFAULT_NAME + "-" + n);
    }

    private static Path make(Path output, Optional<String> experiment) {
        try {
            Files.createDirectories(output);
            if (experiment.isPresent()) return Files.createDirectory(output.resolve(experiment.get()));
            for (int n = 1; n <= MOST_NUMBERS; n++) {
                Path folder = numbered(output, n);
                if (Files.exists(folder)) continue;
                try {
                    return Files.createDirectory(folder);
                } catch (FileAlreadyExistsException e) {
                    // Another run took it between the question and the answer.
                }
            }
            throw new TrainingException(output + " holds more than " + MOST_NUMBERS + " runs; choose another --output");
        } catch (FileAlreadyExistsException e) {
            Path there = Path.of(e.getFile());
            throw new TrainingException(
                    there
                            + (Files.isDirectory(there)
                                    ? " is there already, and runs are never overwritten; choose another --experiment"
                                    : " is a file where a folder is needed; choose another --output"),
                    e);
        } catch (IOException e) {
            throw impossible(output, e);
        }
    }

    private static TrainingException impossible(Path output, IOException e) {
        return new TrainingException(
                "a folder for the run cannot be made in " + output + " ("
                        + reason(e)
                        + "); choose another --output, on a disk with room that may be written to",
                e);
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException denied) return "no permission to write " + denied.getFile();
        if (e instanceof NoSuchFileException missing) return missing.getFile() + " is not there";
        if (e instanceof FileSystemException f && f.getReason() != null) return f.getFile() + ": " + f.getReason();
        return e.getMessage();
    }

    private void remove() {
        Path[] files = {results(), file("plan.txt"), file("model.yaml"), file("args.yaml"), weights(), folder};
        for (Path file : files) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                // The first failure is the one to tell.
            }
        }
    }

    Path folder() {
        return folder;
    }

    private Path file(String name) {
        return folder.resolve(name);
    }

    Path results() {
        return file("results.csv");
    }

    Path firstBatch() {
        return file("train_batch0.png");
    }

    Path skipped() {
        return file("skipped.csv");
    }

    Path last() {
        return CheckpointFiles.last(weights());
    }

    Path best() {
        return CheckpointFiles.best(weights());
    }

    Path weights() {
        return folder.resolve("weights");
    }
}
