package voluta.train;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import voluta.checkpoint.AtomicFile;

/**
 * The folder of one run, new each time:
 *
 * <pre>
 * args.yaml                  all options; -c repeats the run
 * model.yaml                 the network
 * plan.txt                   what runs in which order, and where everything lies
 * results.csv                a row per epoch
 * weights/last.safetensors   the newest checkpoint
 * weights/best.safetensors   the one with the best evaluation
 * </pre>
 */
final class RunDirectory {
    private static final String DEFAULT_NAME = "train";
    private static final int MOST_NUMBERS = 100_000;

    private final Path folder;

    private RunDirectory(Path folder) {
        this.folder = folder;
    }

    /**
     * Makes the folder and writes what is known before the first step.
     *
     * @throws TrainingException if the folder is there already or cannot be made
     * @throws voluta.checkpoint.CheckpointException if the disk is full; the folder is then gone again
     */
    static RunDirectory create(TrainingConfig config, String network, String plan) {
        RunDirectory run = new RunDirectory(make(config.output(), config.experiment()));
        boolean done = false;
        try {
            Files.createDirectory(run.weights());
            AtomicFile.writeText(run.file("args.yaml"), config.toYaml());
            AtomicFile.writeText(run.file("model.yaml"), network);
            AtomicFile.writeText(run.file("plan.txt"), plan);
            AtomicFile.writeText(run.results(), ResultsWriter.HEADER);
            done = true;
        } catch (IOException e) {
            throw impossible(config.output(), e);
        } finally {
            if (!done) run.remove();
        }
        return run;
    }

    private static Path make(Path output, Optional<String> experiment) {
        try {
            Files.createDirectories(output);
            if (experiment.isPresent()) return Files.createDirectory(output.resolve(experiment.get()));
            for (int n = 1; n <= MOST_NUMBERS; n++) {
                Path folder = output.resolve(n == 1 ? DEFAULT_NAME : DEFAULT_NAME + "-" + n);
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

    Path last() {
        return weights().resolve("last.safetensors");
    }

    Path best() {
        return weights().resolve("best.safetensors");
    }

    private Path weights() {
        return folder.resolve("weights");
    }
}
