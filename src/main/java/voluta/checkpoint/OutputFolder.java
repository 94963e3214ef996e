package voluta.checkpoint;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.BiFunction;
import voluta.tensor.VolutaException;

/** Folders for results. */
public final class OutputFolder {
    private OutputFolder() {}

    /**
     * Makes a folder, and those it lies in, if there is none.
     *
     * @param refused makes the caller's exception of a sentence and what lies beneath
     */
    public static void make(Path folder, BiFunction<String, Throwable, ? extends VolutaException> refused) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            String problem = "the folder " + folder + " cannot be made (" + why(e)
                    + "); choose another one, where you may" + " write";
            throw refused.apply(problem, e);
        }
    }

    private static String why(IOException e) {
        if (e instanceof FileAlreadyExistsException) return e.getMessage() + " is a file";
        if (e instanceof AccessDeniedException) return e.getMessage() + " may not be written";
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
