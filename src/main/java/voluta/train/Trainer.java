package voluta.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import voluta.data.BatchLoader;
import voluta.data.Dataset;
import voluta.data.LoaderOptions;
import voluta.model.NetworkDescription;

/**
 * Trains a network once: opens the data and a backend, compiles the graphs, makes the run's folder, and runs. Made by {@link
 * Training#trainer}.
 */
public final class Trainer {
    private final TrainingConfig config;
    private final NetworkDescription network;
    private final Dataset training;
    private final Dataset evaluation;
    private final List<TrainingListener> listeners;
    private final StopRequest stop = new StopRequest();

    Trainer(
            TrainingConfig config,
            NetworkDescription network,
            Dataset training,
            Dataset evaluation,
            List<TrainingListener> listeners) {
        this.config = config;
        this.network = network;
        this.training = training;
        this.evaluation = evaluation;
        this.listeners = listeners.isEmpty() ? List.of(new LogListener()) : List.copyOf(listeners);
    }

    /**
     * Lets the run end after the step or evaluation batch it is at, with a checkpoint of that step. From any thread, also
     * before {@link #run}, which then ends before its first step.
     */
    public void stop() {
        stop.request();
    }

    /**
     * Trains. The run's folder is made when everything else is ready, so a run that cannot start leaves nothing behind.
     *
     * @throws TrainingException if the options, the network and the data do not fit together, or the loss stops being a
     *     number: with the layer where that began
     * @throws voluta.tensor.VolutaException from the data, the network, the device or the disk
     */
    public TrainingResult run() {
        TrainingListener all = new Listeners(listeners);
        TrainingResult result;
        try {
            result = withData(this::run);
        } catch (RuntimeException | Error e) {
            all.runFailed(e);
            throw e;
        }
        all.runEnded(result);
        return result;
    }

    /**
     * Does everything that comes before the first step, but makes no folder: what is wrong with a run comes out here too.
     *
     * @throws voluta.tensor.VolutaException as {@link #run}
     */
    public Rehearsal rehearse() {
        return withData(this::rehearse);
    }

    /** Opens the data if they are not the caller's, and closes them again. */
    private <R> R withData(Function<RunData, R> action) {
        if (training != null) return action.apply(RunData.of(config, network, training, evaluation));
        RunData data = RunData.open(config, network);
        try {
            return action.apply(data);
        } finally {
            data.training().close();
            data.evaluation().close();
        }
    }

    private Rehearsal rehearse(RunData data) {
        int stepsPerEpoch = data.stepsPerEpoch(config.batchSize());
        long totalSteps = totalSteps(stepsPerEpoch);
        UpdateSettings update = UpdateSettings.of(config, stepsPerEpoch, totalSteps);
        try (TrainingProgram program = new TrainingProgram(config, data, update)) {
            config.initialCheckpoint().ifPresent(program::load);
            return new Rehearsal(
                    data.network(),
                    program.backend(),
                    data.training().size(),
                    data.evaluation().size(),
                    stepsPerEpoch,
                    totalSteps,
                    program.session().liveBytes(),
                    program.planText());
        }
    }

    private long totalSteps(int stepsPerEpoch) {
        return Math.min(config.maxSteps().orElse(Long.MAX_VALUE), (long) config.epochs() * stepsPerEpoch);
    }

    private TrainingResult run(RunData data) {
        int stepsPerEpoch = data.stepsPerEpoch(config.batchSize());
        long totalSteps = totalSteps(stepsPerEpoch);
        UpdateSettings update = UpdateSettings.of(config, stepsPerEpoch, totalSteps);
        LoaderOptions options = LoaderOptions.training(config.batchSize(), config.seed())
                .withAugmentation(config.augmentation(), data.statistics())
                .withWorkers(config.workers());
        try (TrainingProgram program = new TrainingProgram(config, data, update)) {
            config.initialCheckpoint().ifPresent(program::load);
            try (BatchLoader loader =
                    new BatchLoader(data.training(), TrainingProgram.slots(program.training()), options)) {
                RunDirectory directory =
                        RunDirectory.create(config, data.network().yaml(), program.planText());
                List<TrainingListener> all = new ArrayList<>(List.of(new ResultsWriter(directory.results())));
                all.addAll(listeners);
                TrainingListener listener = new Listeners(all);
                start(listener, directory, data, program, stepsPerEpoch, totalSteps);
                return new TrainingRun(config, data, program, update, loader, directory, listener, stop, totalSteps)
                        .run();
            }
        }
    }

    private void start(
            TrainingListener listener,
            RunDirectory directory,
            RunData data,
            TrainingProgram program,
            int stepsPerEpoch,
            long totalSteps) {
        int dropped = data.training().size() - stepsPerEpoch * config.batchSize();
        listener.runStarted(new RunStart(
                directory.folder(),
                config,
                data.network(),
                program.backend(),
                program.parameterCount(),
                data.training().size(),
                data.evaluation().size(),
                config.batchSize(),
                stepsPerEpoch,
                totalSteps,
                dropped,
                program.session().liveBytes()));
        notice(dropped, data).ifPresent(listener::notice);
    }

    private Optional<String> notice(int dropped, RunData data) {
        if (dropped == 0) return Optional.empty();
        return Optional.of(String.format(
                Locale.ROOT,
                "each epoch leaves out %,d of %,d images, others each time, since they do not fill a batch of %,d",
                dropped,
                data.training().size(),
                config.batchSize()));
    }
}
