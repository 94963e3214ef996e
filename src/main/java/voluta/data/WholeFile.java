package voluta.data;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

/**
 * Writes the files of a cache: under another name, which is changed when all is there. So a reader, also in another
 * process, finds the whole file or none, and of two that write the same the last one counts.
 */
final class WholeFile {
    private static final String UNFINISHED = ".part";
    /** Whoever writes a file does not pause for so long; what is older was left behind by a process that was killed. */
    private static final Duration ABANDONED = Duration.ofHours(1);

    @FunctionalInterface
    interface Content {
        void write(DataOutputStream out) throws IOException;
    }

    private WholeFile() {}

    static void write(Path file, Content content) throws IOException {
        Path folder = Files.createDirectories(file.getParent());
        cleanUp(folder);
        // Not createTempFile, whose files nobody else may read: a cache may be shared.
        Path unfinished = folder.resolve(file.getFileName() + "." + UUID.randomUUID() + UNFINISHED);
        boolean done = false;
        try {
            try (DataOutputStream out = new DataOutputStream(new BufferedOutputStream(
                    Files.newOutputStream(unfinished, StandardOpenOption.CREATE_NEW), 1 << 20))) {
                content.write(out);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            done = true;
        } finally {
            if (!done) Files.deleteIfExists(unfinished);
        }
    }

    private static void cleanUp(Path folder) throws IOException {
        Instant oldest = Instant.now().minus(ABANDONED);
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + UNFINISHED)) {
            for (Path file : files) if (changed(file).isBefore(oldest)) Files.deleteIfExists(file);
        }
    }

    private static Instant changed(Path file) throws IOException {
        try {
            return Files.getLastModifiedTime(file).toInstant();
        } catch (NoSuchFileException e) {
            // Finished in the meantime.
            return Instant.MAX;
        }
    }
}
