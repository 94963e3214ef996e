package voluta.data;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * A file or a resource on the class path, with its stored size, so that a reader can hold a header against what is
 * really there before it allocates.
 *
 * @param name what messages call it
 * @param bytes the stored size; for a compressed file the compressed one
 */
record ByteSource(String name, long bytes, Opener opener) {
    @FunctionalInterface
    interface Opener {
        InputStream open() throws IOException;
    }

    static ByteSource file(Path path) {
        try {
            if (!Files.isRegularFile(path)) {
                throw new DataException(path + " is not a file; check the path");
            }
            return new ByteSource(path.toString(), Files.size(path), () -> Files.newInputStream(path));
        } catch (IOException e) {
            throw unreadable(path.toString(), e);
        }
    }

    static ByteSource resource(String path) {
        String name = "the carried file " + path.substring(path.lastIndexOf('/') + 1);
        try (InputStream in = ByteSource.class.getResourceAsStream(path)) {
            if (in == null) {
                throw new DataException(
                        name + " is not on the class path; the installation is incomplete, build it again");
            }
            byte[] content = in.readAllBytes();
            return new ByteSource(name, content.length, () -> new ByteArrayInputStream(content));
        } catch (IOException e) {
            throw unreadable(name, e);
        }
    }

    InputStream open() throws IOException {
        return opener.open();
    }

    static DataException unreadable(String name, IOException e) {
        String reason = e instanceof NoSuchFileException ? "it is not there" : String.valueOf(e.getMessage());
        return new DataException(name + " cannot be read (" + reason + "); check that it exists and may be read", e);
    }
}
