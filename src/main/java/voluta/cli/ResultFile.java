package voluta.cli;

import java.nio.file.Path;
import voluta.checkpoint.AtomicFile;
import voluta.checkpoint.OutputFolder;
import voluta.data.DataException;

/** A file that a command makes: whole or not at all, in a folder that is made if there is none. */
final class ResultFile {
    private ResultFile() {}

    static void write(Path file, byte[] content) {
        OutputFolder.make(file.toAbsolutePath().getParent(), DataException::new);
        AtomicFile.writeBytes(file, content);
    }
}
