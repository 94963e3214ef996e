package voluta.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import voluta.backend.BackendOptions;
import voluta.backend.Precision;
import voluta.data.Augmentation;
import voluta.data.BadShare;
import voluta.data.DataOptions;
import voluta.data.Framing;
import voluta.data.Interpolation;
import voluta.data.Mixing;
import voluta.data.ResidentDataset;
import voluta.data.Split;
import voluta.model.NetworkDescription;
import voluta.optim.LossScale;
import voluta.tensor.Bytes;
import voluta.tensor.VolutaException;

/**
 * Every option of a training run. Immutable; each component is an option of the same name in other letters ({@code
 * batchSize} is {@code batch-size} in files and on the command line). What each means, and what it is unless given, is
 * written in the resource {@code voluta/train/defaults.yaml}.
 *
 * <pre>{@code
 * TrainingConfig config = TrainingConfig.DEFAULTS.with("epochs", "3").with("lr", "0.1");
 * }</pre>
 */
public record TrainingConfig(
        String model,
        Optional<Path> initialCheckpoint,
        Optional<Integer> numClasses,
        Optional<Double> drop,
        Optional<String> imgSize,
        double cropPct,
        Interpolation interpolation,
        Optional<Path> dataDir,
        Split trainSplit,
        Split valSplit,
        double fraction,
        Optional<Path> classMap,
        BadShare maxBad,
        Optional<Path> cacheDir,
        BatchSize batchSize,
        int gradAccumSteps,
        int workers,
        Augmentation augmentation,
        double reprob,
        double mixup,
        double cutmix,
        int epochs,
        Optional<Long> maxSteps,
        String opt,
        double lr,
        Optional<Double> momentum,
        boolean nesterov,
        Optional<List<Double>> optBetas,
        Optional<Double> optEps,
        Optional<Double> weightDecay,
        String sched,
        double warmupEpochs,
        double minLr,
        double decayEpochs,
        Optional<List<Double>> decayMilestones,
        double decayRate,
        double decayPower,
        Optional<Double> clipGrad,
        String clipMode,
        String loss,
        double smoothing,
        long seed,
        boolean amp,
        String ampDtype,
        double lossScale,
        long lossScaleInterval,
        String backend,
        int device,
        int threads,
        boolean deterministic,
        boolean tf32,
        boolean autotune,
        boolean deviceData,
        Optional<String> memoryLimit,
        Optional<Integer> patience,
        EvalMetric evalMetric,
        Path output,
        Optional<String> experiment,
        int logInterval,
        int checkpointHist,
        Optional<Integer> recoveryInterval,
        Optional<String> time,
        Optional<String> freeze,
        Optional<LayerGroups> paramGroup,
        Optional<Double> layerDecay,
        Optional<Double> modelEma) {

    private static final Pattern DURATION = Pattern.compile("([0-9]{1,12}(?:\\.[0-9]{1,9})?)([smh])?");

    /** What a run does when nothing is said. */
    public static final TrainingConfig DEFAULTS = Settings.defaults();

    /** Checks what can be checked without data and network. */
    public TrainingConfig {
        atLeast("num-classes", numClasses.orElse(2), 2);
        within("drop", drop.orElse(0.0), 0, 1);
        atLeast("grad-accum-steps", gradAccumSteps, 1);
        atLeast("workers", workers, 1);
        atLeast("epochs", epochs, 1);
        atLeast("max-steps", maxSteps.orElse(1L), 1);
        within("lr", lr, 0, Double.POSITIVE_INFINITY);
        within("momentum", momentum.orElse(0.0), 0, 1);
        optBetas.ifPresent(TrainingConfig::checkBetas);
        within("opt-eps", optEps.orElse(0.0), 0, 1);
        if (optEps.isPresent() && (float) (double) optEps.get() == 0)
            throw new TrainingException("opt-eps is " + optEps.get() + "; use more than 0, such as 1e-8");
        within("weight-decay", weightDecay.orElse(0.0), 0, Double.POSITIVE_INFINITY);
        within("warmup-epochs", warmupEpochs, 0, Double.POSITIVE_INFINITY);
        within("min-lr", minLr, 0, Double.POSITIVE_INFINITY);
        if (!(decayRate >= 0 && decayRate <= 1))
            throw new TrainingException("decay-rate is " + decayRate + "; use 0 to 1, such as 0.1");
        within("decay-power", decayPower, 0, Double.POSITIVE_INFINITY);
        if (!(decayEpochs > 0)) throw new TrainingException("decay-epochs is " + decayEpochs + "; use more than 0");
        decayMilestones.ifPresent(TrainingConfig::checkMilestones);
        if (clipGrad.isPresent() && !(clipGrad.get() > 0 && Double.isFinite(clipGrad.get()))) {
            throw new TrainingException("clip-grad is " + clipGrad.get() + "; use a number above 0, or leave it out");
        }
        if (!(reprob >= 0 && reprob <= 1)) throw new TrainingException("reprob is " + reprob + "; use 0 to 1");
        if (!(mixup >= 0 && mixup <= 100)) throw new TrainingException("mixup is " + mixup + "; use 0 (off) to 100");
        if (!(cutmix >= 0 && cutmix <= 100))
            throw new TrainingException("cutmix is " + cutmix + "; use 0 (off) to 100");
        if (!(fraction > 0 && fraction <= 1)) {
            throw new TrainingException("fraction is " + fraction + "; use a share above 0, up to 1");
        }
        within("smoothing", smoothing, 0, 1);
        atLeast("device", device, 0);
        atLeast("threads", threads, 0);
        atLeast("patience", patience.orElse(1), 1);
        atLeast("log-interval", logInterval, 1);
        atLeast("checkpoint-hist", checkpointHist, 1);
        atLeast("recovery-interval", recoveryInterval.orElse(1), 1);
        within("model-ema", modelEma.orElse(0.0), 0, 1);
        if (deviceData) ResidentDataset.check(changes(augmentation, interpolation, reprob), new Mixing(mixup, cutmix));
        time.ifPresent(TrainingConfig::nanos);
        freeze.ifPresent(text -> new LayerPatterns("freeze", text));
        layerDecay.ifPresent(TrainingConfig::checkLayerDecay);
        imgSize.ifPresent(TrainingConfig::size);
        checkMixed(ampDtype);
        atLeast("loss-scale-interval", lossScaleInterval, 1);
        lossScaling(lossScale, lossScaleInterval);
        new Framing(cropPct, interpolation);
        memoryLimit.ifPresent(TrainingConfig::checkMemoryLimit);
        experiment.ifPresent(TrainingConfig::checkName);
    }

    private static void atLeast(String option, long value, long least) {
        if (value < least) throw new TrainingException(option + " is " + value + "; use " + least + " or more");
    }

    /** From {@code least} on, below {@code limit}. */
    private static void within(String option, double value, double least, double limit) {
        if (value >= least && value < limit) return;
        String range = limit == Double.POSITIVE_INFINITY ? " or more, and finite" : " or more, below " + (long) limit;
        throw new TrainingException(option + " is " + value + "; use " + (long) least + range);
    }

    private static void checkBetas(List<Double> betas) {
        if (betas.size() != 2) {
            throw new TrainingException("opt-betas expects two numbers such as 0.9,0.999, got " + betas);
        }
        for (double beta : betas) within("opt-betas", beta, 0, 1);
    }

    private static void checkMilestones(List<Double> epochs) {
        double before = 0;
        for (double epoch : epochs) {
            if (!(epoch > before && epoch < Double.POSITIVE_INFINITY)) {
                throw new TrainingException(
                        "decay-milestones is " + epochs + "; use epochs above 0 that ascend, such as 30,60,80");
            }
            before = epoch;
        }
    }

    private static void checkLayerDecay(double decay) {
        if (decay > 0 && decay < 1) return;
        throw new TrainingException("layer-decay is " + decay + "; use a number above 0 and below 1, such as 0.75");
    }

    private static void checkName(String name) {
        if (name.isBlank() || name.contains("/") || name.contains("\\") || name.startsWith(".")) {
            throw new TrainingException(
                    "the experiment '" + name
                            + "' cannot be the name of a folder; use letters, digits, '-' and '_' (--output says where it goes)");
        }
    }

    /** Height and width from {@code 32} or {@code 32x48}. */
    static int[] size(String text) {
        String[] parts = text.split("x", -1);
        try {
            int height = Integer.parseInt(parts[0]);
            int width = parts.length == 1 ? height : Integer.parseInt(parts[1]);
            if (parts.length <= 2 && height > 0 && width > 0) return new int[] {height, width};
        } catch (NumberFormatException e) {
            // The same sentence as for other nonsense.
        }
        throw new TrainingException("img-size is '" + text + "'; use a number of pixels such as 32, or 32x48");
    }

    /** Nanoseconds from {@code 90s}, {@code 45m}, {@code 1.5h}, or hours from a number alone. */
    static long nanos(String time) {
        Matcher m = DURATION.matcher(time);
        if (!m.matches()) {
            throw new TrainingException(
                    "time is '" + time + "'; use hours such as 1.5, or an amount such as 90s, 45m or 1.5h");
        }
        double unit =
                m.group(2) == null ? 3600 : Map.of("s", 1, "m", 60, "h", 3600).get(m.group(2));
        double nanos = Double.parseDouble(m.group(1)) * unit * 1e9;
        if (!(nanos > 0)) throw new TrainingException("time is '" + time + "'; use more than 0");
        return (long) nanos;
    }

    private static void checkMemoryLimit(String limit) {
        try {
            Bytes.parse(limit);
        } catch (VolutaException e) {
            throw new TrainingException("memory-limit: " + e.getMessage(), e);
        }
    }

    /**
     * The images that a step learns from: a batch, or several whose gradients are accumulated.
     *
     * @throws IllegalStateException if the memory decides about the batch and has not been asked yet
     */
    public int stepImages() {
        return Math.multiplyExact(batchSize.images(), gradAccumSteps);
    }

    /** The network with what the options change in it. */
    NetworkDescription adapted(NetworkDescription network) {
        return drop.map(network::withDropout).orElse(network);
    }

    /** How the data of a split is opened. */
    public DataOptions dataOptions(Split split) {
        return DataOptions.of(dataDir.orElse(null), split)
                .withClassMap(classMap)
                .withMaxBad(maxBad)
                .withCacheDir(cacheDir);
    }

    /** All that is done to single training images. */
    public Augmentation imageChanges() {
        return changes(augmentation, interpolation, reprob);
    }

    private static Augmentation changes(Augmentation augmentation, Interpolation interpolation, double reprob) {
        Augmentation changes = augmentation.interpolating(interpolation);
        return reprob > 0 ? changes.then(Augmentation.erasing(reprob)) : changes;
    }

    /** How pictures are brought to the network's size where no crop is drawn. */
    public Framing framing() {
        return new Framing(cropPct, interpolation);
    }

    /** How training images are mixed. */
    public Mixing mixing() {
        return new Mixing(mixup, cutmix);
    }

    /** How the backend is opened. */
    public BackendOptions backendOptions() {
        long limit = memoryLimit.map(Bytes::parse).orElse(0L);
        return new BackendOptions(threads, device, deterministic, limit, tf32, autotune);
    }

    /** How activations are stored. */
    public Precision precision() {
        return amp ? Precision.mixed(ampDtype) : Precision.F32;
    }

    /** By what the loss is multiplied while gradients are computed: only f16 needs it. */
    public Optional<LossScale> lossScaling() {
        return precision() == Precision.F16 ? Optional.of(lossScaling(lossScale, lossScaleInterval)) : Optional.empty();
    }

    private static LossScale lossScaling(double initial, long interval) {
        try {
            return new LossScale(initial, interval);
        } catch (VolutaException e) {
            throw new TrainingException("loss-scale: " + e.getMessage(), e);
        }
    }

    private static void checkMixed(String dtype) {
        try {
            Precision.mixed(dtype);
        } catch (VolutaException e) {
            throw new TrainingException(e.getMessage(), e);
        }
    }

    /**
     * The same with one option set.
     *
     * @param option its name, for instance {@code batch-size}
     * @param value as a user writes it; {@code null} as a word or as a reference removes an option that may be missing
     * @throws TrainingException if there is no such option, or the value is not one of its values
     */
    public TrainingConfig with(String option, String value) {
        return Settings.with(this, option, value);
    }

    /** The same with the options that a YAML file gives. */
    public TrainingConfig withFile(Path file) {
        return Settings.withFile(this, file);
    }

    /**
     * The same with the options that a text gives, such as those of a checkpoint.
     *
     * @param source where it is from, for messages
     */
    public TrainingConfig withText(String yaml, String source) {
        return Settings.withText(this, yaml, source);
    }

    /** The names of all options, in order. */
    public static List<String> options() {
        return Settings.names();
    }

    /** All options and their values as text; an option that is not set has the value {@code null}. */
    public Map<String, String> values() {
        return Settings.values(this);
    }

    /** All options as YAML, which {@link #withFile} reads to an equal configuration. */
    public String toYaml() {
        return Settings.toYaml(this);
    }
}
