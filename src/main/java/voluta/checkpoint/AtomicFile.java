package voluta.checkpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Replaces a file in one step: whoever opens it, now or after a crash, finds the old content or the new, each whole.
 *
 * <p>The new content goes into a temporary file in the same folder, named {@code .NAME.RANDOM.voluta.tmp}; it is forced
 * to the disk, renamed over the old file, and the folder is forced. If anything fails before the renaming, the temporary
 * file is removed and the old file is untouched. A process that is killed leaves its temporary file behind;
 * {@link #cleanStale} removes such files. If the target is a symbolic link, the file it points to is replaced, and the
 * link stays.
 */
public final class AtomicFile {
    /** Bytes per write to the disk: large enough to be cheap, small enough that copies do not matter. */
    static final int CHUNK = 1 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(AtomicFile.class);
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final String SUFFIX = ".voluta.tmp";
    private static final Pattern TEMPORARY =
            Pattern.compile("\\..*\\.[0-9a-f]{16}" + Pattern.quote(SUFFIX), Pattern.DOTALL);
    private static final Duration UNLOCKABLE_AGE = Duration.ofDays(1);
    private static final int NAME_ATTEMPTS = 100;

    private AtomicFile() {}

    /** Produces the content. */
    @FunctionalInterface
    public interface Body {
        /** Writes all of the content to {@code sink}; what it throws abandons the replacement. */
        void write(Sink sink) throws IOException;
    }

    /** Where a {@link Body} writes. */
    public static final class Sink {
        private final Disk.Output out;

        private Sink(Disk.Output out) {
            this.out = out;
        }

        /** Writes all remaining bytes. */
        public void write(ByteBuffer bytes) throws IOException {
            ByteBuffer rest = bytes.duplicate();
            while (rest.hasRemaining()) {
                int n = Math.min(rest.remaining(), CHUNK);
                ByteBuffer chunk = rest.slice(rest.position(), n);
                int written = out.write(chunk);
                if (written <= 0) throw new IOException("the file system accepts no more bytes");
                rest.position(rest.position() + written);
            }
            bytes.position(bytes.limit());
        }
    }

    /**
     * Replaces {@code file} by what {@code body} writes.
     *
     * @param bytes how many bytes that will be, for messages
     * @throws CheckpointException if the folder is missing, not writable or full, or the disk fails
     */
    public static void write(Path file, long bytes, Body body) {
        write(Disk.LOCAL, file, bytes, body);
    }

    /** Replaces {@code file} by these bytes. */
    public static void writeBytes(Path file, byte[] bytes) {
        write(file, bytes.length, sink -> sink.write(ByteBuffer.wrap(bytes)));
    }

    /** Replaces {@code file} by a text in UTF-8. */
    public static void writeText(Path file, String text) {
        writeBytes(file, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Keeps a file's present content under a second name too, whatever becomes of the first: as a second link, or as a copy
     * where the file system has no links. Nothing happens if the second name is taken.
     *
     * @throws CheckpointException if the file is not there, or the folder cannot be written to
     */
    public static void keep(Path file, Path as) {
        if (Files.exists(as)) return;
        try {
            Files.createLink(as, file);
            Disk.LOCAL.forceFolder(as.toAbsolutePath().getParent());
        } catch (UnsupportedOperationException | IOException e) {
            copy(file, as);
        }
    }

    /**
     * Replaces a file by a copy of another.
     *
     * @throws CheckpointException if the one cannot be read, or the folder of the other cannot be written to
     */
    public static void copy(Path file, Path as) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] chunk = new byte[CHUNK];
            write(as, Files.size(file), sink -> {
                for (int n = in.read(chunk); n >= 0; n = in.read(chunk)) sink.write(ByteBuffer.wrap(chunk, 0, n));
            });
        } catch (IOException e) {
            throw new CheckpointException(
                    file, "could not be read to be copied to " + as + " (" + reason(e) + "); check the disk", e);
        }
    }

    static void write(Disk disk, Path file, long bytes, Body body) {
        Path target = target(file);
        Replacement replacement = new Replacement(disk, target);
        try {
            replacement.run(body);
        } catch (IOException e) {
            replacement.abandon(e);
            throw failure(target, bytes, replacement.renamed, e);
        } catch (RuntimeException | Error e) {
            replacement.abandon(e);
            throw e;
        }
    }

    /** One attempt at replacing a file, and what has to be undone if it fails. */
    private static final class Replacement {
        private final Disk disk;
        private final Path target;
        private Path temporary;
        private Disk.Output out;
        private boolean renamed;

        Replacement(Disk disk, Path target) {
            this.disk = disk;
            this.target = target;
        }

        void run(Body body) throws IOException {
            open();
            body.write(new Sink(out));
            out.force();
            // Renamed while still open, for closing gives up the lock that tells cleaners to keep away.
            disk.move(temporary, target);
            renamed = true;
            close();
            disk.forceFolder(target.getParent());
        }

        private void open() throws IOException {
            for (int attempt = 1; ; attempt++) {
                byte[] random = new byte[8];
                RANDOM.nextBytes(random);
                String name = "." + target.getFileName() + "." + HexFormat.of().formatHex(random) + SUFFIX;
                Path candidate = target.resolveSibling(name);
                try {
                    out = disk.create(candidate);
                    temporary = candidate;
                    return;
                } catch (FileAlreadyExistsException e) {
                    if (attempt == NAME_ATTEMPTS) throw e;
                }
            }
        }

        private void close() throws IOException {
            Disk.Output closing = out;
            out = null;
            if (closing != null) closing.close();
        }

        void abandon(Throwable reason) {
            try {
                close();
            } catch (IOException e) {
                reason.addSuppressed(e);
            }
            if (renamed || temporary == null) return;
            try {
                disk.delete(temporary);
            } catch (IOException e) {
                reason.addSuppressed(e);
                LOG.warn(
                        "could not remove the temporary file {}: {}; it is removed at the next start",
                        temporary,
                        e.toString());
            }
        }
    }

    private static Path target(Path file) {
        Path absolute = file.toAbsolutePath();
        if (Files.isDirectory(absolute)) {
            throw new CheckpointException(
                    file, "this is a folder, not a file; choose another name or remove the folder");
        }
        if (absolute.getFileName() == null) throw new CheckpointException(file, "this is not the name of a file");
        if (!Files.isSymbolicLink(absolute)) return absolute;
        try {
            return absolute.toRealPath();
        } catch (IOException e) {
            throw new CheckpointException(
                    file, "this symbolic link leads nowhere; remove it or create what it points to", e);
        }
    }

    private static CheckpointException failure(Path file, long bytes, boolean renamed, IOException cause) {
        String problem = renamed
                ? "the new content is in place, but the disk did not confirm it (" + reason(cause)
                        + "), so a power failure may undo it; check the disk and save again"
                : "could not write " + bytes + " bytes: " + obstacle(file.getParent(), bytes, cause);
        return new CheckpointException(file, problem, cause);
    }

    /** Finds out, by looking at the folder, why nothing could be written there, and what to do. */
    private static String obstacle(Path folder, long bytes, IOException cause) {
        if (Files.notExists(folder)) return "the folder " + folder + " does not exist; create it or choose another";
        if (!Files.isDirectory(folder)) return folder + " is not a folder; choose another";
        String space = "";
        try {
            FileStore store = Files.getFileStore(folder);
            if (store.isReadOnly()) {
                return "the file system of " + folder
                        + " is read-only; choose a folder on a writable one or mount it writable";
            }
            long usable = store.getUsableSpace();
            if (usable < bytes) {
                return "only " + usable + " bytes are usable in " + folder + "; free at least " + (bytes - usable)
                        + " bytes or choose a folder on another disk";
            }
            space = "; " + usable + " bytes are usable there";
        } catch (IOException e) {
            cause.addSuppressed(e);
        }
        if (cause instanceof AccessDeniedException || !Files.isWritable(folder)) {
            return "user " + System.getProperty("user.name") + " may not write in " + folder
                    + "; change its permissions or choose another folder";
        }
        return reason(cause) + space + "; check the disk and its quota, or choose another folder";
    }

    private static String reason(IOException e) {
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }

    /**
     * Removes the temporary files that killed processes left in a folder, and only those: files of living writers, in
     * this process or another, stay. Call it at the start of a run. A missing folder is no error.
     *
     * @return how many files were removed
     */
    public static int cleanStale(Path folder) {
        if (!Files.isDirectory(folder)) return 0;
        int removed = 0;
        try (DirectoryStream<Path> names = Files.newDirectoryStream(folder.toAbsolutePath())) {
            for (Path file : names) {
                if (isTemporary(file) && removeIfAbandoned(file)) removed++;
            }
        } catch (IOException | DirectoryIteratorException e) {
            throw new CheckpointException(
                    folder, "could not list this folder to remove stale temporary files; check its permissions", e);
        }
        return removed;
    }

    /** Whether a file's name is that of a temporary file of this class. */
    static boolean isTemporary(Path file) {
        return TEMPORARY.matcher(file.getFileName().toString()).matches()
                && Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS);
    }

    private static boolean removeIfAbandoned(Path file) {
        try {
            if (!LocalDisk.deleteIfAbandoned(file, UNLOCKABLE_AGE.toMillis())) return false;
            LOG.info("removed {}, which a process that ended while saving had left", file);
            return true;
        } catch (NoSuchFileException e) {
            return false; // Its writer has finished, or another cleaner was faster.
        } catch (IOException e) {
            LOG.warn("could not remove the stale temporary file {}: {}", file, e.toString());
            return false;
        }
    }
}
