package voluta.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import voluta.data.Dataset;
import voluta.model.Model;
import voluta.model.NetworkDescription;

/**
 * A training run to be, in a few calls:
 *
 * <pre>{@code
 * TrainingResult result = Training.of("lenet5").epochs(3).learningRate(0.01).run();
 * }</pre>
 *
 * <p>What is not said is as {@link TrainingConfig#DEFAULTS} has it: without data, the subset of Fashion-MNIST that comes
 * with the program. {@link #set} reaches every option by its name.
 */
public final class Training {
    private final NetworkDescription network;
    private TrainingConfig config;
    private Dataset training;
    private Dataset evaluation;
    private ResumePoint resumed;
    private boolean reuse;
    private boolean profile;
    private final List<TrainingListener> listeners = new ArrayList<>();

    private Training(TrainingConfig config, NetworkDescription network) {
        this.config = config;
        this.network = network;
    }

    /** Of a network built in Java. */
    public static Training of(Model model) {
        return of(model.build());
    }

    /** Of a network. */
    public static Training of(NetworkDescription network) {
        return new Training(TrainingConfig.DEFAULTS, network);
    }

    /** Of a shipped network, or of a description in a file. */
    public static Training of(String model) {
        return of(TrainingConfig.DEFAULTS.with("model", model));
    }

    /** Of whatever these options say. */
    public static Training of(TrainingConfig config) {
        return new Training(config, null);
    }

    /**
     * Of the run that a checkpoint is from, with its options and its network; it goes on in its folder. Data sets that were
     * given as objects have to be given again.
     */
    public static Training resume(ResumePoint from) {
        return of(from.config()).resuming(from);
    }

    /** Goes on from a checkpoint of an earlier run, which must have had the same options: see {@link ResumePoint}. */
    public Training resuming(ResumePoint from) {
        this.resumed = from;
        return this;
    }

    /**
     * Goes on with the newest run that the output folder or the experiment holds, or begins a new one where there is none:
     * for jobs that are started with the same words again and again. Set the other options before.
     */
    public Training resumingNewest() {
        this.resumed = ResumePoint.newest(config).orElse(null);
        this.reuse = true;
        return this;
    }

    /** On the data in a folder. */
    public Training data(Path folder) {
        return set("data-dir", folder);
    }

    /** On these data sets, which stay the caller's. */
    public Training data(Dataset training, Dataset evaluation) {
        this.training = training;
        this.evaluation = evaluation;
        return this;
    }

    public Training epochs(int epochs) {
        return set("epochs", epochs);
    }

    public Training batchSize(int images) {
        return set("batch-size", images);
    }

    /**
     * Accumulates the gradients of so many batches before each update, as if they were one large batch. Batches, not steps,
     * are what {@link #batchSize} is of; everything else counts steps.
     */
    public Training gradAccumSteps(int batches) {
        return set("grad-accum-steps", batches);
    }

    public Training learningRate(double rate) {
        return set("lr", rate);
    }

    /** {@code sgd}, {@code adam}, {@code adamw}, {@code rmsprop} or {@code adagrad}. */
    public Training optimizer(String name) {
        return set("opt", name);
    }

    /**
     * Trains some layers at another rate than the rest: names and patterns with commas between, and what the learning rate
     * is multiplied by. Each call adds a group; a layer belongs to the first that names it.
     */
    public Training parameterGroup(String layers, double rate) {
        return parameterGroup(new LayerGroups.Group(layers, rate, OptionalDouble.empty()));
    }

    /** The same with a weight decay of their own. */
    public Training parameterGroup(String layers, double rate, double weightDecay) {
        return parameterGroup(new LayerGroups.Group(layers, rate, OptionalDouble.of(weightDecay)));
    }

    private Training parameterGroup(LayerGroups.Group group) {
        List<LayerGroups.Group> groups =
                new ArrayList<>(config.paramGroup().map(LayerGroups::groups).orElse(List.of()));
        groups.add(group);
        return set(LayerGroups.OPTION, new LayerGroups(groups));
    }

    /** How training images are changed at random, for instance {@code shift=4,flip}. */
    public Training augmentation(String steps) {
        return set("augmentation", steps);
    }

    public Training seed(long seed) {
        return set("seed", seed);
    }

    /** {@code auto} or the name of a backend. */
    public Training backend(String name) {
        return set("backend", name);
    }

    /** The folder in which the run gets a folder of its own. */
    public Training output(Path folder) {
        return set("output", folder);
    }

    /** Any option by its name on the command line. */
    public Training set(String option, Object value) {
        config = config.with(option, String.valueOf(value));
        return this;
    }

    /** Someone to be told what happens. Without any, there is a line in the log for each epoch. */
    public Training listener(TrainingListener listener) {
        listeners.add(listener);
        return this;
    }

    /** Measures the kernels of some steps, and tells the listeners where the time went: {@link TrainingListener#profiled}. */
    public Training profile() {
        this.profile = true;
        return this;
    }

    /** Where the run goes on from; none if it is a new one. */
    public Optional<ResumePoint> resumePoint() {
        return Optional.ofNullable(resumed);
    }

    /** All options as they are now. */
    public TrainingConfig config() {
        return config;
    }

    /** The run, to be started, and stopped, by the caller. */
    public Trainer trainer() {
        return new Trainer(config, network, training, evaluation, resumed, reuse, profile, listeners);
    }

    /** Trains; see {@link Trainer#run}. */
    public TrainingResult run() {
        return trainer().run();
    }
}
