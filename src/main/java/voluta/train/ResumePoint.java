package voluta.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.CheckpointException;
import voluta.checkpoint.RunState;
import voluta.data.Dataset;
import voluta.data.DatasetStatistics;
import voluta.model.Architectures;
import voluta.model.NetworkDescription;

/**
 * A checkpoint that a run goes on from, read and checked as a whole. A run that goes on does so as if it had never ended:
 * with the same options it ends with the same bits.
 *
 * <pre>{@code
 * Training.resume(ResumePoint.at(Path.of("runs/train"))).run();
 * }</pre>
 *
 * <p>Options that decide what a step does, or what its results mean, must be those that the run began with; {@link
 * #CHANGEABLE} lists the others. With more or fewer epochs, the schedule of the learning rate is from here on that of a
 * run of the new length.
 */
public final class ResumePoint {
    /** The options that may differ from those that the run began with. */
    public static final Set<String> CHANGEABLE = Set.of(
            "data-dir",
            "cache-dir",
            "max-bad",
            "workers",
            "epochs",
            "max-steps",
            "backend",
            "device",
            "threads",
            "deterministic",
            "tf32",
            "autotune",
            "device-data",
            "memory-limit",
            "patience",
            "output",
            "experiment",
            "log-interval",
            "checkpoint-hist",
            "recovery-interval",
            "time");

    static final String IMAGES = "training_images";
    /** Which images these were: {@link Dataset#fingerprint}. */
    static final String DATA = "training_data";

    private final Path file;
    private final Checkpoint checkpoint;
    private final TrainingConfig saved;

    private ResumePoint(Path file) {
        this.file = file;
        this.checkpoint = load(file);
        TrainingConfig written =
                TrainingConfig.DEFAULTS.withText(checkpoint.run().arguments(), file + " (its options)");
        // The folder of a run may have been moved since.
        Path folder = folder().map(Path::toAbsolutePath).orElse(null);
        boolean moved = folder != null && !inFolder(written, folder);
        this.saved = moved
                ? written.with("output", folder.getParent().toString())
                        .with("experiment", folder.getFileName().toString())
                : written;
    }

    /**
     * The newest checkpoint of a run's folder, or a checkpoint.
     *
     * @throws CheckpointException if it is missing or damaged: with the newest one before it that is whole
     */
    public static ResumePoint at(Path folderOrFile) {
        if (!Files.isDirectory(folderOrFile)) return new ResumePoint(folderOrFile);
        Path weights = folderOrFile.resolve("weights");
        List<Path> newest = CheckpointFiles.newest(Files.isDirectory(weights) ? weights : folderOrFile);
        if (newest.isEmpty()) {
            throw new CheckpointException(
                    folderOrFile,
                    "this folder holds no weights/last.safetensors, so there is no run to go on with; name the folder "
                            + "of a run, or a checkpoint");
        }
        return new ResumePoint(newest.get(0));
    }

    /**
     * The newest checkpoint of the run that these options name: the experiment's, else that of the newest run in the
     * output folder. None if there is no such run, or it ended before its first checkpoint.
     */
    public static Optional<ResumePoint> newest(TrainingConfig config) {
        Optional<Path> weights =
                RunDirectory.newest(config.output(), config.experiment()).map(f -> f.resolve("weights"));
        if (weights.isEmpty() || !Files.isDirectory(weights.get())) return Optional.empty();
        return CheckpointFiles.newest(weights.get()).stream().findFirst().map(ResumePoint::new);
    }

    private static Checkpoint load(Path file) {
        try {
            return Checkpoint.load(file);
        } catch (CheckpointException e) {
            throw new CheckpointException(file, e.problem() + wholeOneBeside(file), e);
        }
    }

    /** What else a run could go on from. */
    private static String wholeOneBeside(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.exists(file)) return "";
        for (Path other : CheckpointFiles.newest(folder)) {
            if (other.equals(file.toAbsolutePath())) continue;
            try {
                RunState run = Checkpoint.load(other).run();
                Path shown = file.resolveSibling(other.getFileName());
                return "; the one before it is whole: go on from step " + run.step() + " with --resume " + shown;
            } catch (CheckpointException e) {
                // Damaged too: an older one may not be.
            }
        }
        return "; no other checkpoint beside it can be read";
    }

    /** The checkpoint. */
    public Path file() {
        return file;
    }

    /** Optimizer steps that were done. */
    public long step() {
        return checkpoint.run().step();
    }

    /** The options of the run; begin with these and change what may differ. */
    public TrainingConfig config() {
        return saved;
    }

    Checkpoint checkpoint() {
        return checkpoint;
    }

    /** The folder of the run, if the checkpoint lies in one. */
    Optional<Path> folder() {
        Path weights = file.toAbsolutePath().getParent();
        Path run = weights == null ? null : weights.getParent();
        boolean inRun = run != null
                && weights.getFileName().toString().equals("weights")
                && Files.isRegularFile(run.resolve("args.yaml"))
                && Files.isRegularFile(run.resolve("model.yaml"));
        if (!inRun) return Optional.empty();
        Path given = file.getParent();
        return Optional.of(given == null || given.getParent() == null ? run : given.getParent());
    }

    /** The folder that the run goes on in: its own, unless the options name another; none if that is a new one. */
    Optional<Path> folder(TrainingConfig asked) {
        boolean elsewhere =
                !asked.output().equals(saved.output()) || !asked.experiment().equals(saved.experiment());
        Optional<Path> own = folder();
        if (!elsewhere || own.isPresent() && inFolder(asked, own.get().toAbsolutePath())) return own;
        return Optional.empty();
    }

    private static boolean inFolder(TrainingConfig config, Path folder) {
        Path output = config.output().toAbsolutePath().normalize();
        if (!output.equals(folder.getParent().normalize())) return false;
        return config.experiment().isEmpty()
                || config.experiment().get().equals(folder.getFileName().toString());
    }

    /** Whether this is the newest checkpoint of the run in whose {@code weights} folder it lies. */
    boolean isLastOf(Path weights) {
        return file.toAbsolutePath()
                .normalize()
                .equals(CheckpointFiles.last(weights).toAbsolutePath().normalize());
    }

    /**
     * Refuses options with which this would be another run.
     *
     * @throws TrainingException with each option, its value in the run and the one asked for
     */
    public void check(TrainingConfig asked) {
        Map<String, String> before = saved.values();
        List<String> differences = new ArrayList<>();
        asked.values().forEach((name, value) -> {
            if (CHANGEABLE.contains(name) || Objects.equals(value, before.get(name))) return;
            // What fitted when the run began is what it goes on with, whatever would fit now.
            if (name.equals("batch-size") && asked.batchSize().automatic()) return;
            differences.add(name + " was " + word(before.get(name)) + " and is now " + word(value));
        });
        if (differences.isEmpty()) return;
        throw new TrainingException("the run of " + file + " cannot go on with other options: "
                + String.join("; ", differences)
                + "; leave them out, or begin a new run with its weights: --initial-checkpoint " + file);
    }

    private static String word(String value) {
        return value == null ? "not set" : value;
    }

    /**
     * The network that goes on.
     *
     * @param given a description to train, or null for the one that the options name
     * @throws TrainingException if a file that describes it has changed
     */
    NetworkDescription network(TrainingConfig asked, NetworkDescription given) {
        NetworkDescription network = NetworkDescription.parse(checkpoint.model().network(), file + " (its network)");
        NetworkDescription now = given;
        boolean file = !Architectures.names().contains(asked.model()) && Files.isRegularFile(Path.of(asked.model()));
        if (given == null && file) now = Architectures.find(asked.model());
        if (now != null && !asked.adapted(now).yaml().equals(network.yaml())) {
            throw new TrainingException("the network " + now.name() + " is not as it was when the run of " + this.file
                    + " began; give it as it was, or begin a new run with its weights: --initial-checkpoint "
                    + this.file);
        }
        return network;
    }

    /** The statistics that the run began with, if the images are known to be the same. */
    Optional<DatasetStatistics> statistics(Dataset training) {
        String before = checkpoint.run().extra().get(DATA);
        if (before == null || !training.fingerprint().equals(Optional.of(before))) return Optional.empty();
        return Optional.of(DatasetStatistics.of(
                checkpoint.model().mean().stream().mapToDouble(d -> d).toArray(),
                checkpoint.model().std().stream().mapToDouble(d -> d).toArray()));
    }

    /**
     * Refuses other data than the run began with, wherever they lie now.
     *
     * @throws TrainingException with what differs
     */
    void check(RunData data) {
        List<String> names = data.training().classNames();
        if (!names.equals(checkpoint.model().classNames())) {
            throw otherData(data, "the classes " + checkpoint.model().classNames(), names.toString());
        }
        String images = checkpoint.run().extra().get(IMAGES);
        if (images != null && !images.equals(Integer.toString(data.training().size()))) {
            throw otherData(
                    data, images + " images", Integer.toString(data.training().size()));
        }
        boolean same = data.pixels().mean().equals(checkpoint.model().mean())
                && data.pixels().std().equals(checkpoint.model().std());
        if (!same) {
            throw otherData(
                    data,
                    "pixels of mean " + checkpoint.model().mean() + " and deviation "
                            + checkpoint.model().std(),
                    data.pixels().mean() + " and " + data.pixels().std());
        }
    }

    private TrainingException otherData(RunData data, String before, String now) {
        return new TrainingException("the run of " + file + " began with " + before + ", "
                + data.training().name() + " has " + now
                + "; go on with the data that it began with, or begin a new run with its weights: --initial-checkpoint "
                + file);
    }
}
