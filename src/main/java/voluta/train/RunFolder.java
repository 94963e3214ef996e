package voluta.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import voluta.model.NetworkDescription;
import voluta.tensor.VolutaException;

/**
 * What the folder of a run tells about it, finished, stopped, broken or still going on. Only {@code args.yaml} must be
 * readable: it makes the folder a run's.
 *
 * @param folder the run's folder
 * @param config all options
 * @param network what was trained; none if its description is missing or damaged
 * @param epochs the rows of {@code results.csv}, in order; of their evaluations, the number of images and the time are not
 *     known
 * @param progress what it wrote while it went on; of runs of earlier versions, nothing
 * @param problems what is missing or damaged, as sentences
 */
public record RunFolder(
        Path folder,
        TrainingConfig config,
        Optional<NetworkDescription> network,
        List<EpochReport> epochs,
        RunProgress progress,
        List<String> problems) {
    private static final String OPTIONS = "args.yaml";

    public RunFolder {
        epochs = List.copyOf(epochs);
        problems = List.copyOf(problems);
    }

    /** Whether this is the folder of a run, whatever state it is in. */
    public static boolean isRun(Path folder) {
        return Files.isRegularFile(folder.resolve(OPTIONS));
    }

    /**
     * The folder of a run that a path means: itself, or the newest run in it.
     *
     * @throws TrainingException if there is none
     */
    public static Path find(Path folder) {
        if (isRun(folder)) return folder;
        Optional<Path> newest = RunDirectory.newest(folder, Optional.empty());
        if (newest.isPresent() && isRun(newest.get())) return newest.get();
        throw none(folder);
    }

    private static TrainingException none(Path folder) {
        return new TrainingException(
                Files.exists(folder)
                        ? folder + " is no folder of a run (it holds no " + OPTIONS
                                + "); name one that voluta train has made, such as runs/train"
                        : "there is no folder " + folder + "; name one that voluta train has made, such as runs/train");
    }

    /**
     * Reads all of it.
     *
     * @throws TrainingException if there is no such folder, it is none of a run, or its options cannot be read
     */
    public static RunFolder read(Path run) {
        if (!isRun(run)) throw none(run);
        TrainingConfig config = TrainingConfig.DEFAULTS.withFile(run.resolve(OPTIONS));
        List<String> problems = new ArrayList<>();
        RunProgress progress = new RunProgress();
        try {
            RunProgress.in(run).forEach(progress::accept);
        } catch (VolutaException e) {
            problems.add(e.getMessage());
        }
        return new RunFolder(run, config, network(run, problems), epochs(run, config, problems), progress, problems);
    }

    private static Optional<NetworkDescription> network(Path run, List<String> problems) {
        Path file = run.resolve("model.yaml");
        try {
            return Optional.of(NetworkDescription.parse(Files.readString(file), file.toString()));
        } catch (VolutaException e) {
            problems.add(e.getMessage());
        } catch (IOException e) {
            problems.add(unreadable(file, e));
        }
        return Optional.empty();
    }

    private static List<EpochReport> epochs(Path run, TrainingConfig config, List<String> problems) {
        Path file = run.resolve("results.csv");
        List<EpochReport> epochs = new ArrayList<>();
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException e) {
            problems.add(unreadable(file, e));
            return epochs;
        }
        if (lines.isEmpty()) return epochs;
        String[] names = lines.get(0).split(",", -1);
        BestEpoch best = new BestEpoch(config.evalMetric(), Optional.empty());
        for (int i = 1; i < lines.size(); i++) {
            String[] fields = lines.get(i).split(",", -1);
            try {
                if (fields.length != names.length) throw new NumberFormatException(fields.length + " fields");
                epochs.add(row(names, fields, best));
            } catch (NumberFormatException e) {
                problems.add(String.format(
                        Locale.ROOT,
                        "%s:%d is no row of results (%s), so the rows from there on are left out; the run's checkpoint has"
                                + " them, and voluta train --resume writes them again",
                        file,
                        i + 1,
                        e.getMessage()));
                break;
            }
        }
        return epochs;
    }

    private static EpochReport row(String[] names, String[] fields, BestEpoch best) {
        Map<String, Double> row = new HashMap<>();
        for (int i = 0; i < names.length; i++) row.put(names[i], Double.valueOf(fields[i]));
        int epoch = (int) known(row, "epoch");
        Evaluation evaluation = new Evaluation(
                0,
                known(row, "val_loss"),
                known(row, "val_top1"),
                row.getOrDefault("val_top5", Double.NaN),
                Double.NaN);
        return new EpochReport(
                epoch,
                (long) known(row, "step"),
                row.getOrDefault("lr", Double.NaN),
                known(row, "train_loss"),
                row.getOrDefault("train_top1", Double.NaN),
                evaluation,
                row.getOrDefault("gradient_norm", Double.NaN),
                row.getOrDefault("gradient_norm_max", Double.NaN),
                row.getOrDefault("clipped_share", Double.NaN),
                row.getOrDefault("loss_scale", 1.0),
                row.getOrDefault("skipped_steps", 0.0).longValue(),
                row.getOrDefault("images_per_second", Double.NaN),
                row.getOrDefault("wait_share", Double.NaN),
                row.getOrDefault("seconds", Double.NaN),
                best.offer(epoch, evaluation));
    }

    private static double known(Map<String, Double> row, String name) {
        Double value = row.get(name);
        if (value == null) throw new NumberFormatException("no column " + name);
        return value;
    }

    private static String unreadable(Path file, IOException e) {
        return file
                + (e instanceof NoSuchFileException ? " is missing" : " cannot be read (" + e.getMessage() + ")")
                + "; what it would say is left out";
    }

    /** The epoch with the best evaluation, by the run's own metric. */
    public Optional<EpochReport> best() {
        return epochs.stream().filter(EpochReport::best).reduce((a, b) -> b);
    }
}
