package voluta.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import voluta.checkpoint.AtomicFile;
import voluta.data.DataException;

/** A file that a command makes: whole or not at all, in a folder that is made if there is none. */
final class ResultFile {
    private ResultFile() {}

    static void write(Path file, byte[] content) {
        Path folder = file.toAbsolutePath().getParent();
        try {
            Files.createDirectories(folder);
        } catch (FileAlreadyExistsException e) {
            throw new DataException(e.getMessage() + " is a file, not a folder; write to another one", e);
        } catch (IOException e) {
            throw new DataException(
                    "the folder " + folder + " cannot be made (" + e.getMessage() + "); write to another one", e);
        }
        AtomicFile.write(file, content.length, sink -> sink.write(ByteBuffer.wrap(content)));
    }
}
