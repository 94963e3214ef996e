package voluta.train;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import voluta.data.BatchLoader;
import voluta.data.BatchSlot;
import voluta.data.Dataset;
import voluta.data.LoaderOptions;
import voluta.model.NetworkDescription;
import voluta.optim.Schedule;

/**
 * Trains a network once: opens the data and a backend, compiles the graphs, makes the run's folder, and runs. Made by {@link
 * Training#trainer}.
 */
public final class Trainer {
    /** With the number of images in a step, once that is known. */
    private TrainingConfig config;

    private final NetworkDescription network;
    private final Dataset training;
    private final Dataset evaluation;
    private final ResumePoint resumed;
    private final boolean reuse;
    private final boolean profile;
    private final List<TrainingListener> listeners;
    private final StopRequest stop = new StopRequest();
    private final ProgressLog progress;

    /**
     * @param resumed where to go on from, or null
     * @param reuse whether the folder of a run that ended before its first checkpoint may be used again
     * @param profile whether some steps are measured
     */
    Trainer(
            TrainingConfig config,
            NetworkDescription network,
            Dataset training,
            Dataset evaluation,
            ResumePoint resumed,
            boolean reuse,
            boolean profile,
            List<TrainingListener> listeners) {
        this.config = config;
        this.network = network;
        this.training = training;
        this.evaluation = evaluation;
        this.resumed = resumed;
        this.reuse = reuse;
        this.profile = profile;
        this.listeners = listeners.isEmpty() ? List.of(new LogListener()) : List.copyOf(listeners);
        this.progress = new ProgressLog(new Listeners(this.listeners)::notice);
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
        stop.limit(config.time());
        try {
            return withData(this::run);
        } catch (RuntimeException | Error e) {
            progress.runFailed(e);
            new Listeners(listeners).runFailed(e);
            throw e;
        }
    }

    /**
     * Does everything that comes before the first step, but makes no folder: what is wrong with a run comes out here too.
     *
     * @throws voluta.tensor.VolutaException as {@link #run}
     */
    public Rehearsal rehearse() {
        return withData(this::rehearse);
    }

    /**
     * Takes steps at rising learning rates and looks at the loss. Everything else is as in the run; nothing is written.
     *
     * @throws voluta.tensor.VolutaException as {@link #run}
     */
    public RateTest testRates(RateTest.Range range) {
        return withData(data -> {
            LoaderOptions options = loading(data);
            try (TrainingProgram program = new TrainingProgram(config, data)) {
                fill(program, data).forEach(new Listeners(listeners)::notice);
                List<BatchSlot> slots = TrainingProgram.slots(program.training());
                try (BatchLoader loader = new BatchLoader(program.trainingData(), slots, options)) {
                    StepLoop loop = new StepLoop(
                            program,
                            config,
                            loader,
                            range.schedule(),
                            range.first(),
                            true,
                            new EpochTotals(),
                            Position.START);
                    return RateTest.run(range, loop, stop::requested, program.backend());
                }
            }
        });
    }

    /**
     * Trains for some steps and measures the result; nothing is written. Everything else is as in the run, with the
     * learning-rate schedule that of a run of so many steps, and the data on the host, which gives the same.
     *
     * @throws voluta.tensor.VolutaException as {@link #run}; but numbers that are not finite end a trial without one
     */
    public Trial trial(Trial.Plan plan) {
        return withData(
                data -> Trial.run(plan, config.with("device-data", "false"), data, loading(data), stop::requested));
    }

    private LoaderOptions loading(RunData data) {
        return LoaderOptions.training(config.batchSize().images(), config.seed())
                .withAugmentation(config.imageChanges(), data.statistics())
                .withMixing(config.mixing())
                .withTogether(config.gradAccumSteps())
                .withWorkers(config.workers());
    }

    /** Opens the data if they are not the caller's, and closes them again. */
    private <R> R withData(Function<RunData, R> action) {
        if (resumed != null) {
            resumed.check(config);
            if (config.batchSize().automatic())
                size(resumed.config().batchSize().images());
        }
        NetworkDescription trained = resumed == null ? network : resumed.network(config, network);
        if (training != null) return action.apply(prepared(RunData.of(config, trained, training, evaluation, resumed)));
        RunData data = RunData.open(config, trained, resumed);
        try {
            return action.apply(prepared(data));
        } finally {
            data.training().close();
            data.evaluation().close();
        }
    }

    private RunData prepared(RunData data) {
        if (resumed != null) resumed.check(data);
        if (config.batchSize().automatic()) {
            BatchFit fit = BatchFit.of(config, data);
            size(fit.images());
            new Listeners(listeners).notice(fit.reason());
        }
        return data;
    }

    private void size(int images) {
        config = config.with("batch-size", Integer.toString(images));
    }

    private Rehearsal rehearse(RunData data) {
        int stepsPerEpoch = data.stepsPerEpoch(config.stepImages());
        long totalSteps = totalSteps(stepsPerEpoch);
        UpdateSettings.of(config, stepsPerEpoch, totalSteps);
        try (TrainingProgram program = new TrainingProgram(config, data)) {
            fill(program, data).forEach(new Listeners(listeners)::notice);
            return new Rehearsal(
                    data.network(),
                    program.backend(),
                    data.training().size(),
                    data.evaluation().size(),
                    config.batchSize().images(),
                    config.gradAccumSteps(),
                    stepsPerEpoch,
                    totalSteps,
                    program.session().liveBytes(),
                    program.planText());
        }
    }

    private long totalSteps(int stepsPerEpoch) {
        return Math.min(config.maxSteps().orElse(Long.MAX_VALUE), (long) config.epochs() * stepsPerEpoch);
    }

    /** Gives the weights their first values; what the user should know of that. */
    private List<String> fill(TrainingProgram program, RunData data) {
        List<String> notices = new ArrayList<>();
        program.groupNotice().ifPresent(notices::add);
        if (resumed != null) program.restore(resumed.file(), resumed.checkpoint());
        else if (config.initialCheckpoint().isPresent()) {
            List<String> head = program.load(config.initialCheckpoint().get());
            if (!head.isEmpty()) {
                notices.add(config.initialCheckpoint().get() + " is for another number of classes than the "
                        + data.training().classNames().size() + " of the data, so " + String.join(" and ", head)
                        + " begin anew");
            }
        }
        return notices;
    }

    private TrainingResult run(RunData data) {
        int stepsPerEpoch = data.stepsPerEpoch(config.stepImages());
        long totalSteps = totalSteps(stepsPerEpoch);
        Position from = Position.START;
        RunHistory history = new RunHistory(config);
        if (resumed != null) {
            history.restore(resumed.file(), resumed.checkpoint().run());
            from = Position.of(resumed.checkpoint().run(), config.batchSize().images());
            Optional<TrainingResult> finished = finished(from, history, totalSteps);
            if (finished.isPresent()) return finished.get();
            history.reopen(from.epoch() + 1);
        }
        UpdateSettings update = UpdateSettings.of(config, stepsPerEpoch, totalSteps);
        LoaderOptions options = loading(data);
        try (TrainingProgram program = new TrainingProgram(config, data)) {
            List<String> notices = fill(program, data);
            List<BatchSlot> slots = TrainingProgram.slots(program.training());
            Dataset samples = program.trainingData();
            try (EvaluationLoop evaluation = new EvaluationLoop(program, program.evaluationData(), config.workers());
                    BatchLoader loader = new BatchLoader(samples, slots, options, from.epoch(), from.batch());
                    RunDirectory directory = directory(data, program)) {
                if (resumed == null) BatchPicture.write(directory.firstBatch(), data.training(), options);
                else settleBest(directory, history).ifPresent(notices::add);
                ResultsWriter results = new ResultsWriter(directory.results());
                results.begin(history.epochs());
                SkippedWriter skipped = new SkippedWriter(directory.skipped(), data, new Listeners(listeners)::notice);
                List<TrainingListener> all = new ArrayList<>(List.of(results, progress));
                all.addAll(listeners);
                all.add(skipped);
                TrainingListener listener = new Listeners(all);
                start(listener, directory, data, program, stepsPerEpoch, totalSteps);
                program.dataNotice().ifPresent(listener::notice);
                notices.forEach(listener::notice);
                TrainingResult result;
                try (skipped;
                        CheckpointWriter checkpoints =
                                new CheckpointWriter(program, config, data, directory, resumed, listener)) {
                    StepLoop loop = loop(program, loader, update.schedule(), history.totals(), from);
                    StepProfiler profiler = new StepProfiler(program, config.gradAccumSteps(), from.step(), totalSteps);
                    if (profile) loop.profile(profiler);
                    TrainingRun run = new TrainingRun(
                            config,
                            program,
                            loader,
                            loop,
                            evaluation,
                            directory,
                            checkpoints,
                            history,
                            listener,
                            stop,
                            totalSteps);
                    result = run.run(from);
                    if (profile) listener.profiled(run.profile(profiler));
                }
                // Before the data are closed, which takes as long as reading an image does.
                listener.runEnded(result);
                return result;
            }
        }
    }

    private Optional<String> settleBest(RunDirectory directory, RunHistory history) {
        return history.bestReport().flatMap(best -> BestWeights.settle(directory.weights(), resumed.file(), best));
    }

    private StepLoop loop(
            TrainingProgram program, BatchLoader loader, Schedule schedule, EpochTotals totals, Position from) {
        boolean cheap = program.readsAreCheap();
        return new StepLoop(program, config, loader, schedule, config.lr(), cheap, totals, from);
    }

    private RunDirectory directory(RunData data, TrainingProgram program) {
        Optional<Path> own = resumed == null ? Optional.empty() : resumed.folder(config);
        if (own.isPresent()) return RunDirectory.reopen(own.get(), config, program.planText(), resumed.step());
        return RunDirectory.create(config, data.network().yaml(), program.planText(), reuse);
    }

    /** What a run that has nothing left to do has done. */
    private Optional<TrainingResult> finished(Position from, RunHistory history, long totalSteps) {
        boolean impatient = history.best().exhausted();
        boolean unmeasured = from.batch() > 0 && !history.isDone(from.epoch() + 1);
        if (!impatient && (from.step() < totalSteps || unmeasured)) return Optional.empty();
        Path weights = resumed.file().toAbsolutePath().getParent();
        Path best = CheckpointFiles.best(weights);
        TrainingResult result = new TrainingResult(
                resumed.folder().orElse(weights),
                resumed.file(),
                Files.exists(best) ? Optional.of(resumed.file().resolveSibling(best.getFileName())) : Optional.empty(),
                history.epochs(),
                history.bestReport(),
                from.step(),
                impatient ? TrainingResult.End.NO_IMPROVEMENT : TrainingResult.End.COMPLETE);
        TrainingListener listener = new Listeners(listeners);
        listener.notice(String.format(
                Locale.ROOT,
                "the run is finished: %,d of %,d steps are done%s",
                from.step(),
                totalSteps,
                impatient
                        ? ", and the last epochs were no better; a larger --patience goes on with it"
                        : "; more --epochs, or --max-steps, go on with it"));
        listener.runEnded(result);
        return Optional.of(result);
    }

    private void start(
            TrainingListener listener,
            RunDirectory directory,
            RunData data,
            TrainingProgram program,
            int stepsPerEpoch,
            long totalSteps) {
        int dropped = data.training().size() - stepsPerEpoch * config.stepImages();
        listener.runStarted(new RunStart(
                directory.folder(),
                config,
                data.network(),
                program.backend(),
                program.parameterCount(),
                data.training().size(),
                data.evaluation().size(),
                config.batchSize().images(),
                stepsPerEpoch,
                resumed == null ? 0 : resumed.step(),
                totalSteps,
                dropped,
                program.session().liveBytes()));
        if (dropped > 0) listener.notice(left(dropped, data));
        if (!program.differences().isEmpty()) listener.notice(differs(program.differences()));
    }

    private String left(int dropped, RunData data) {
        return String.format(
                Locale.ROOT,
                "each epoch leaves out %,d of %,d %s, others each time, since they do not fill a %sbatch%s of %,d",
                dropped,
                data.training().size(),
                data.network().samples(),
                config.gradAccumSteps() == 1 ? "" : "step of " + config.gradAccumSteps() + " ",
                config.gradAccumSteps() == 1 ? "" : "es",
                config.batchSize().images());
    }

    private String differs(List<String> differences) {
        return String.format(
                Locale.ROOT,
                "%d batches of %,d in a step are not quite one of %,d: %s",
                config.gradAccumSteps(),
                config.batchSize().images(),
                config.stepImages(),
                String.join("; ", differences));
    }
}
