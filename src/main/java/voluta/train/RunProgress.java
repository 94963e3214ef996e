package voluta.train;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Where a run stands, by the records of its events ({@link RunRecords}): those of a listener of the run itself, or those that
 * it writes to its folder. The same records give the same state.
 *
 * <p>Not for several threads.
 */
public final class RunProgress {
    /** Losses that are kept for a picture of their course; beyond that, neighbours are averaged. */
    private static final int MOST_LOSSES = 1024;

    /** The file in the folder of a run that its records are in. */
    public static final String FILE = ProgressLog.FILE;

    private static final JsonFactory JSON = new JsonFactory();

    /** What a run is doing. */
    public enum Phase {
        /** Nothing was reported yet. */
        STARTING,
        TRAINING,
        EVALUATING,
        /** Over, for the reason in {@link RunProgress#ending}. */
        ENDED,
        FAILED
    }

    private Map<String, Object> start = Map.of();
    private Map<String, Object> steps = Map.of();
    private Map<String, Object> epoch = Map.of();
    private Map<String, Object> best = Map.of();
    private Map<String, Object> end = Map.of();
    private Phase phase = Phase.STARTING;
    private int evaluated;
    private final List<Double> losses = new ArrayList<>();
    private int lossesAveraged = 1;
    private double lossSum;
    private int lossCount;

    /**
     * The records in the folder of a run, oldest first; a last line that is not finished yet is left out. Empty if there are
     * none: the run has not begun, or an older version trained it.
     *
     * @throws TrainingException if the folder cannot be read
     */
    public static List<Map<String, Object>> in(Path folder) {
        return records(folder.resolve(ProgressLog.FILE));
    }

    /**
     * The reports of steps among the records in the folder of a run, oldest first; of a long run, not all are kept.
     *
     * @throws TrainingException if the folder cannot be read
     */
    public static List<StepReport> stepsIn(Path folder) {
        List<StepReport> steps = new ArrayList<>();
        RunProgress run = new RunProgress();
        for (Map<String, Object> record : in(folder)) {
            run.accept(record);
            boolean reported = RunRecords.STEPS.equals(record.get(RunRecords.EVENT)) && run.stepsPerEpoch() > 0;
            if (reported) steps.add(run.lastSteps());
        }
        return steps;
    }

    private StepReport lastSteps() {
        return new StepReport(
                (int) number(steps, "epoch"),
                stepInEpoch(),
                stepsPerEpoch(),
                (long) number(steps, "step"),
                (long) startNumber("total_steps"),
                number(steps, "lr"),
                number(steps, "loss"),
                number(steps, "top1"),
                number(steps, "gradient_norm"),
                number(steps, "loss_scale", 1),
                number(steps, "images_per_s"),
                number(steps, "ms_per_step") / 1e3,
                number(steps, "wait_share"));
    }

    static List<Map<String, Object>> records(Path file) {
        String text;
        try {
            text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new TrainingException(
                    file + " cannot be read (" + e.getMessage() + "); check its permissions and the disk", e);
        }
        List<Map<String, Object>> records = new ArrayList<>();
        for (int from = 0, to; (to = text.indexOf('\n', from)) >= 0; from = to + 1) {
            parse(text.substring(from, to)).ifPresent(records::add);
        }
        return records;
    }

    /** None if it is no record: a line that a killed process left, or a disk has spoilt. */
    private static Optional<Map<String, Object>> parse(String line) {
        Map<String, Object> record = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(line)) {
            if (json.nextToken() != JsonToken.START_OBJECT) return Optional.empty();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                Object value = value(json);
                record.put(name, value);
            }
            return json.currentToken() == JsonToken.END_OBJECT ? Optional.of(record) : Optional.empty();
        } catch (JsonProcessingException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new IllegalStateException("a string refused to be read", e);
        }
    }

    /** Numbers that are none stand in quotes, as JSON lacks them. */
    private static Object value(JsonParser json) throws IOException {
        JsonToken token = json.nextToken();
        if (token == null || token.isStructStart()) {
            json.skipChildren();
            return null;
        }
        return switch (token) {
            case VALUE_NUMBER_INT -> json.getLongValue();
            case VALUE_NUMBER_FLOAT -> json.getDoubleValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_STRING -> word(json.getText());
            default -> null;
        };
    }

    private static Object word(String text) {
        return switch (text) {
            case "NaN" -> Double.NaN;
            case "Infinity" -> Double.POSITIVE_INFINITY;
            case "-Infinity" -> Double.NEGATIVE_INFINITY;
            default -> text;
        };
    }

    /** Takes the next event; what is unknown is ignored. */
    public void accept(Map<String, Object> record) {
        if (!(record.get(RunRecords.EVENT) instanceof String event)) return;
        switch (event) {
            case RunRecords.STARTED -> {
                start = record;
                end = Map.of();
                phase = Phase.STARTING;
            }
            case RunRecords.STEPS -> {
                steps = record;
                phase = Phase.TRAINING;
                loss(number(record, "loss"));
            }
            case RunRecords.EVALUATION -> {
                phase = Phase.EVALUATING;
                evaluated = (int) number(record, "epoch", 0);
            }
            case RunRecords.EPOCH -> {
                epoch = record;
                if (Boolean.TRUE.equals(record.get("best"))) best = record;
                phase = Phase.TRAINING;
            }
            case RunRecords.ENDED -> {
                end = record;
                phase = Phase.ENDED;
            }
            case RunRecords.FAILED -> {
                end = record;
                phase = Phase.FAILED;
            }
            default -> {}
        }
    }

    private void loss(double loss) {
        if (!Double.isFinite(loss)) return;
        lossSum += loss;
        if (++lossCount < lossesAveraged) return;
        losses.add(lossSum / lossCount);
        lossSum = 0;
        lossCount = 0;
        if (losses.size() < MOST_LOSSES) return;
        for (int i = 0; i < MOST_LOSSES / 2; i++) losses.set(i, (losses.get(2 * i) + losses.get(2 * i + 1)) / 2);
        losses.subList(MOST_LOSSES / 2, losses.size()).clear();
        lossesAveraged *= 2;
    }

    private static double number(Map<String, Object> record, String name) {
        return number(record, name, Double.NaN);
    }

    private static double number(Map<String, Object> record, String name, double otherwise) {
        return record.get(name) instanceof Number n ? n.doubleValue() : otherwise;
    }

    private static String text(Map<String, Object> record, String name) {
        return record.get(name) instanceof String s ? s : "";
    }

    public Phase phase() {
        return phase;
    }

    /** Whether anything is known. */
    public boolean begun() {
        return !start.isEmpty();
    }

    /** Whether no more comes, unless someone goes on with the run. */
    public boolean over() {
        return phase == Phase.ENDED || phase == Phase.FAILED;
    }

    /** Whether it can be seen from here that the process of the run has ended: false on another machine. */
    public boolean processGone() {
        return start.get("pid") instanceof Number pid
                && new RunProcess(text(start, "host"), text(start, "pid_space"), pid.longValue()).gone();
    }

    /** A text that the run began with, such as {@code model} or {@code host}; empty if it is not known. */
    public String startText(String name) {
        return text(start, name);
    }

    /** What it is trained on: images or samples; older versions did not say. */
    public String samples() {
        String word = text(start, "samples");
        return word.isEmpty() ? "images" : word;
    }

    /** A number that the run began with, such as {@code parameters}; NaN if it is not known. */
    public double startNumber(String name) {
        return number(start, name);
    }

    /** A number of the last report of steps, such as {@code images_per_s}; NaN before the first. */
    public double latest(String name) {
        return number(steps, name);
    }

    /** A number of the last epoch that is done, such as {@code val_top1}; NaN before the first. */
    public double lastEpoch(String name) {
        return number(epoch, name);
    }

    /** A number of the best epoch so far. */
    public double bestEpoch(String name) {
        return number(best, name);
    }

    /** Why an ended run ended: {@code complete}, {@code no_improvement}, {@code time}, {@code stopped}; else empty. */
    public String ending() {
        return text(end, "end");
    }

    /** What a failed run failed of; else empty. */
    public String failure() {
        return text(end, "message");
    }

    /** The epoch that goes on, counted from 1. */
    public int epoch() {
        if (phase == Phase.EVALUATING) return evaluated;
        return (int) Math.max(number(steps, "epoch", 1), number(epoch, "epoch", 0));
    }

    /** How many epochs the run has. */
    public int epochs() {
        return (int) number(start, "epochs", 0);
    }

    public int stepInEpoch() {
        return (int) number(steps, "step_in_epoch", 0);
    }

    public int stepsPerEpoch() {
        return (int) number(start, "steps_per_epoch", 0);
    }

    /** Steps done. */
    public long step() {
        return (long) Math.max(number(steps, "step", 0), number(start, "first_step", 0));
    }

    /** The course of the training loss: means of equally many reports each, oldest first. */
    public List<Double> losses() {
        return List.copyOf(losses);
    }

    /** The share of the steps that is done, 0 to 1. */
    public double done() {
        double total = number(start, "total_steps", 0);
        return total > 0 ? Math.min(1, step() / total) : 0;
    }

    /**
     * Seconds that are left if it goes on as before: as long as the last epoch took with its evaluation, before that as long
     * as the last steps took. NaN if nothing is known.
     */
    public double secondsLeft() {
        double left = number(start, "total_steps", 0) - step();
        double perEpoch = number(epoch, "seconds");
        boolean whole = !Double.isNaN(perEpoch) && stepsPerEpoch() > 0;
        double perStep = whole ? perEpoch / stepsPerEpoch() : number(steps, "ms_per_step") / 1e3;
        return Math.max(0, left) * perStep;
    }
}
