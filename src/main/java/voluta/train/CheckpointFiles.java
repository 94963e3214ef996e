package voluta.train;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import voluta.checkpoint.AtomicFile;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;

/**
 * The checkpoints in a run's folder: {@code last}, some before it by their step ({@code step-00001248.safetensors}), and
 * {@code best}. The newest is always {@code last}; what that was before is kept under its step when a newer one comes.
 */
final class CheckpointFiles {
    static final String ENDING = ".safetensors";

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointFiles.class);
    private static final Pattern EARLIER = Pattern.compile("step-([0-9]{8,18})" + Pattern.quote(ENDING));

    private final Path folder;
    private final int kept;
    /** The step that {@code last} holds, or -1 if it is not there or of no use. */
    private long lastStep;

    /**
     * @param kept how many to keep besides the best
     * @param lastStep the step of the checkpoint that {@code last} holds and this run goes on from, or -1
     */
    CheckpointFiles(Path folder, int kept, long lastStep) {
        this.folder = folder;
        this.kept = kept;
        this.lastStep = lastStep;
    }

    static Path last(Path folder) {
        return folder.resolve("last" + ENDING);
    }

    static Path best(Path folder) {
        return folder.resolve("best" + ENDING);
    }

    /** All but the best, newest first. */
    static List<Path> newest(Path folder) {
        List<Path> all = new ArrayList<>(earlier(folder));
        if (Files.isRegularFile(last(folder))) all.add(0, last(folder));
        return all;
    }

    /** The ones before the last, newest first. */
    static List<Path> earlier(Path folder) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
            for (Path file : all) if (step(file) >= 0) found.add(file);
        } catch (IOException | DirectoryIteratorException e) {
            throw new CheckpointException(folder, "this folder cannot be listed; check its permissions", e);
        }
        found.sort(Comparator.comparingLong(CheckpointFiles::step).reversed());
        return found;
    }

    private static long step(Path file) {
        Matcher m = EARLIER.matcher(file.getFileName().toString());
        return m.matches() ? Long.parseLong(m.group(1)) : -1;
    }

    /**
     * Removes checkpoints of later steps than that a run goes on from: they are of a run that will not have been.
     *
     * @return how many
     */
    static int forgetAfter(Path folder, long step) {
        int removed = 0;
        for (Path file : earlier(folder)) {
            if (step(file) > step && remove(file)) removed++;
        }
        return removed;
    }

    /** Replaces the best one; comes before {@link #writeLast}, whose checkpoint says that it exists. */
    void writeBest(Checkpoint checkpoint) {
        checkpoint.save(best(folder));
    }

    /** Makes this the last one and keeps the one before. */
    void writeLast(Checkpoint checkpoint) {
        Path last = last(folder);
        if (kept > 1 && lastStep >= 0 && lastStep != checkpoint.run().step()) {
            AtomicFile.keep(last, folder.resolve(String.format(Locale.ROOT, "step-%08d%s", lastStep, ENDING)));
        }
        checkpoint.save(last);
        lastStep = checkpoint.run().step();
        List<Path> earlier = earlier(folder);
        earlier.subList(Math.min(kept - 1, earlier.size()), earlier.size()).forEach(CheckpointFiles::remove);
    }

    /** One too many is no reason to end a run. */
    private static boolean remove(Path file) {
        try {
            return Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warn("could not remove the old checkpoint {}: {}", file, e.toString());
            return false;
        }
    }
}
