package voluta.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import voluta.data.Dataset;
import voluta.tensor.Bytes;
import voluta.tensor.VolutaException;
import voluta.train.EpochReport;
import voluta.train.Evaluation;
import voluta.train.RunFolder;
import voluta.train.RunProgress;
import voluta.train.RunStart;
import voluta.train.StepReport;
import voluta.train.TrainingListener;
import voluta.train.TrainingResult;
import voluta.train.Validator;

/**
 * Writes {@code report.html} and {@code results.png} into a run's folder when it ends or fails. {@link #judge} then adds what
 * takes the weights and the images: the confusion matrix, the errors, {@code predictions.csv}.
 *
 * <pre>{@code
 * RunReport report = new RunReport();
 * TrainingResult run = Training.of("lenet5").listener(report).run();
 * try (Validator validator = Validator.open(run.weights())) {
 *     report.judge(validator, Datasets.carried(Split.TEST));
 * }
 * }</pre>
 *
 * <p>For one run. What cannot be written is told in a sentence and ends nothing.
 */
public final class RunReport implements TrainingListener {
    /** The page's name in the folder of a run. */
    public static final String FILE = ReportFiles.REPORT;

    private static final Logger LOG = LoggerFactory.getLogger(RunReport.class);
    /** Reports between epochs that are kept; beyond that every other one is dropped. */
    private static final int MOST_STEPS = 2_000;

    private final Consumer<String> notices;
    private final List<EpochReport> epochs = new ArrayList<>();
    private final List<MemorySample> memory = new ArrayList<>();
    private final List<StepReport> steps = new ArrayList<>();
    private int every = 1;
    private int seen;
    private RunStart run;
    private TrainingResult result;

    /** Tells in the log what cannot be written. */
    public RunReport() {
        this(LOG::warn);
    }

    /** @param notices is told, in sentences, what cannot be written */
    public RunReport(Consumer<String> notices) {
        this.notices = notices;
    }

    /** Whether there is a run to report: one that was finished before does not begin. */
    public boolean begun() {
        return run != null;
    }

    @Override
    public void runStarted(RunStart started) {
        run = started;
        if (started.firstStep() > 0) earlier(started);
    }

    /** What a run which goes on has done before: its epochs, and its steps as far as they were kept. */
    private void earlier(RunStart started) {
        try {
            epochs.addAll(RunFolder.read(started.folder()).epochs());
            List<StepReport> kept = RunProgress.stepsIn(started.folder());
            for (EpochReport e : epochs) {
                if (kept.stream().noneMatch(s -> s.epoch() == e.epoch())) stepsLogged(asOne(e, started));
                else kept.stream().filter(s -> s.epoch() == e.epoch()).forEach(this::stepsLogged);
            }
            int last = epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1).epoch();
            kept.stream().filter(s -> s.epoch() > last).forEach(this::stepsLogged);
        } catch (VolutaException e) {
            LOG.debug("the report begins at step {}", started.firstStep(), e);
        }
    }

    /** The steps of an epoch as one report. */
    private static StepReport asOne(EpochReport e, RunStart run) {
        return new StepReport(
                e.epoch(),
                run.stepsPerEpoch(),
                run.stepsPerEpoch(),
                e.step(),
                run.totalSteps(),
                e.learningRate(),
                e.loss(),
                e.top1(),
                e.gradientNorm(),
                e.lossScale(),
                e.imagesPerSecond(),
                e.seconds() / run.stepsPerEpoch(),
                e.waitShare());
    }

    @Override
    public void stepsLogged(StepReport report) {
        if (seen++ % every == 0) steps.add(report);
        if (steps.size() < MOST_STEPS) return;
        every *= 2;
        List<StepReport> half = new ArrayList<>();
        for (int i = 0; i < steps.size(); i += 2) half.add(steps.get(i));
        steps.clear();
        steps.addAll(half);
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        epochs.removeIf(e -> e.epoch() >= epoch.epoch());
        epochs.add(epoch);
        memory.add(MemorySample.now(epoch.epoch()));
    }

    @Override
    public void runEnded(TrainingResult ended) {
        result = ended;
        if (run != null) write(findings(Optional.empty(), ""), true);
    }

    @Override
    public void runFailed(Throwable failure) {
        if (run != null) write(findings(Optional.empty(), ""), true);
    }

    /**
     * Asks the network about every image, and writes the report once more with what it says. After {@link
     * voluta.train.Trainer#run} has returned, when the device is free again. Nothing happens for a run that had nothing to do.
     *
     * @param validator with the weights to show
     * @param data the images to ask about
     * @throws VolutaException if data and network do not fit together
     */
    public void judge(Validator validator, Dataset data) {
        if (run == null) return;
        Judgements judgements = new Judgements(validator.classNames());
        validator.validate(data, judgements);
        if (!judgements.rows().isEmpty()) write(findings(Optional.of(judgements), data.name()), false);
    }

    private void write(Findings findings, boolean curves) {
        try {
            new ReportFiles(run.folder(), notices).write(findings, curves);
        } catch (VolutaException e) {
            notices.accept("the report is not complete: " + e.getMessage());
        }
    }

    private Findings findings(Optional<Judgements> judgements, String data) {
        return new Findings(
                run.network().name() + " (" + run.folder().getFileName() + ")",
                facts(judgements),
                List.copyOf(epochs),
                List.copyOf(steps),
                List.copyOf(memory),
                run.config().toYaml(),
                run.network(),
                data,
                judgements);
    }

    private Map<String, String> facts(Optional<Judgements> judgements) {
        Map<String, String> facts = new LinkedHashMap<>();
        if (result == null) facts.put("Ended by", "an error");
        else facts.put("Ended", ending(result));
        if (result != null) result.bestEpoch().ifPresent(e -> best(facts, e));
        judgements.ifPresent(j -> facts.put("Accuracy of these weights", percent(j.accuracy())));
        String samples = run.network().samples();
        facts.put("Training " + samples, count(run.trainingImages()));
        facts.put("Validation " + samples, count(run.evaluationImages()));
        facts.put("Parameters", count(run.parameters()));
        int batches = run.config().gradAccumSteps();
        facts.put(
                "Batch", run.batchSize() + " " + samples + (batches == 1 ? "" : ", " + batches + " of them in a step"));
        facts.put("Memory on the device", Bytes.text(run.memoryBytes()));
        if (!epochs.isEmpty()) {
            double rate = epochs.stream()
                    .mapToDouble(EpochReport::imagesPerSecond)
                    .average()
                    .orElse(0);
            double seconds = epochs.stream().mapToDouble(EpochReport::seconds).sum();
            facts.put(
                    Character.toUpperCase(samples.charAt(0)) + samples.substring(1) + " per second",
                    count(Math.round(rate)));
            facts.put("Time", String.format(Locale.ROOT, seconds < 120 ? "%.1f s" : "%.0f s", seconds));
        }
        facts.put("Backend", run.backend());
        return facts;
    }

    private static String ending(TrainingResult result) {
        String why = switch (result.end()) {
            case COMPLETE -> "complete";
            case NO_IMPROVEMENT -> "no improvement";
            case TIME -> "time was up";
            case STOPPED -> "stopped";
        };
        return why + ", " + count(result.steps()) + " steps";
    }

    private static void best(Map<String, String> facts, EpochReport best) {
        Evaluation e = best.evaluation();
        facts.put("Best epoch", Integer.toString(best.epoch()));
        facts.put("Validation accuracy", percent(e.top1()));
        facts.put("Top 5", percent(e.top5()));
        facts.put("Validation loss", String.format(Locale.ROOT, "%.4f", e.loss()));
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }

    private static String count(long n) {
        return String.format(Locale.ROOT, "%,d", n);
    }
}
