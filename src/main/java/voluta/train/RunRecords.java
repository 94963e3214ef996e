package voluta.train;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The events of a run as flat records: names and texts, numbers or truth values, in a fixed order. They are what {@code
 * train --json} prints, what a run writes to its {@code progress.jsonl} ({@link RunProgress} reads it), and what {@code
 * watch --json} prints.
 */
public final class RunRecords {
    /** The field that says what a record is about. */
    public static final String EVENT = "event";

    static final String STARTED = "run_started";
    static final String STEPS = "steps";
    static final String EVALUATION = "evaluation_started";
    static final String EPOCH = "epoch";
    static final String NOTICE = "notice";
    static final String ENDED = "run_ended";
    static final String FAILED = "run_failed";

    private RunRecords() {}

    private static Map<String, Object> event(String name) {
        Map<String, Object> record = new LinkedHashMap<>();
        record.put(EVENT, name);
        return record;
    }

    /** A run begins or goes on. */
    public static Map<String, Object> started(RunStart run) {
        Map<String, Object> record = event(STARTED);
        record.put("folder", run.folder().toString());
        record.put("model", run.network().name());
        record.put("samples", run.network().samples());
        record.put("backend", run.backend());
        record.put("parameters", run.parameters());
        record.put("training_images", run.trainingImages());
        record.put("evaluation_images", run.evaluationImages());
        record.put("batch", run.batchSize());
        record.put("grad_accum_steps", run.config().gradAccumSteps());
        record.put("epochs", run.config().epochs());
        record.put("steps_per_epoch", run.stepsPerEpoch());
        record.put("first_step", run.firstStep());
        record.put("total_steps", run.totalSteps());
        record.put("dropped_per_epoch", run.droppedPerEpoch());
        record.put("memory_bytes", run.memoryBytes());
        return record;
    }

    /** Some steps were done. */
    public static Map<String, Object> steps(StepReport s) {
        Map<String, Object> record = event(STEPS);
        record.put("epoch", s.epoch());
        record.put("step", s.step());
        record.put("step_in_epoch", s.stepInEpoch());
        record.put("lr", s.learningRate());
        record.put("loss", s.loss());
        record.put("top1", s.top1());
        record.put("gradient_norm", s.gradientNorm());
        record.put("loss_scale", s.lossScale());
        record.put("images_per_s", s.imagesPerSecond());
        record.put("ms_per_step", 1e3 * s.secondsPerStep());
        record.put("wait_share", s.waitShare());
        return record;
    }

    /** An evaluation begins. */
    public static Map<String, Object> evaluation(int epoch, int batches) {
        Map<String, Object> record = event(EVALUATION);
        record.put("epoch", epoch);
        record.put("batches", batches);
        return record;
    }

    /** An epoch and its evaluation are done. */
    public static Map<String, Object> epoch(EpochReport e) {
        Evaluation v = e.evaluation();
        Map<String, Object> record = event(EPOCH);
        record.put("epoch", e.epoch());
        record.put("step", e.step());
        record.put("lr", e.learningRate());
        record.put("train_loss", e.loss());
        record.put("train_top1", e.top1());
        record.put("val_loss", v.loss());
        record.put("val_top1", v.top1());
        record.put("val_top5", v.top5());
        record.put("gradient_norm", e.gradientNorm());
        record.put("gradient_norm_max", e.maxGradientNorm());
        record.put("clipped_share", e.clippedShare());
        record.put("loss_scale", e.lossScale());
        record.put("skipped_steps", e.skippedSteps());
        record.put("images_per_s", e.imagesPerSecond());
        record.put("wait_share", e.waitShare());
        record.put("seconds", e.seconds());
        record.put("best", e.best());
        return record;
    }

    /** Something that the user should know. */
    public static Map<String, Object> notice(String sentence) {
        Map<String, Object> record = event(NOTICE);
        record.put("text", sentence);
        return record;
    }

    /** The run is over. */
    public static Map<String, Object> ended(TrainingResult result) {
        Map<String, Object> record = event(ENDED);
        record.put("end", result.end().name().toLowerCase(Locale.ROOT));
        record.put("steps", result.steps());
        record.put("epochs", result.epochs().size());
        record.put("folder", result.folder().toString());
        record.put("last", result.last().toString());
        record.put("best", result.best().map(Object::toString).orElse(null));
        record.put("best_epoch", result.bestEpoch().map(EpochReport::epoch).orElse(null));
        record.put(
                "best_top1", result.bestEpoch().map(e -> e.evaluation().top1()).orElse(null));
        record.put(
                "best_loss", result.bestEpoch().map(e -> e.evaluation().loss()).orElse(null));
        return record;
    }

    /** The run failed. */
    public static Map<String, Object> failed(Throwable failure) {
        Map<String, Object> record = event(FAILED);
        record.put("message", failure.getMessage() == null ? failure.toString() : failure.getMessage());
        return record;
    }
}
