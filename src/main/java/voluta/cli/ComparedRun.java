package voluta.cli;

import java.math.BigDecimal;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import voluta.model.ModelSummary;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.tensor.Bytes;
import voluta.train.EpochReport;
import voluta.train.RunFolder;
import voluta.train.RunProgress;

/**
 * A run as a column of a comparison.
 *
 * @param name how it is called in the table
 */
record ComparedRun(String name, RunFolder folder) {
    private static final String UNKNOWN = "-";
    static final String BEST = " *";
    /** Numbers that Java writes with an exponent and people without. */
    private static final Pattern SMALL = Pattern.compile("[0-9.]+E-[1-6]");

    Map<String, String> options() {
        return folder.config().values();
    }

    /** An option's value as it is written; a dash where it is not set. */
    String option(String name) {
        String value = options().get(name);
        if (value == null) return UNKNOWN;
        return SMALL.matcher(value).matches()
                ? new BigDecimal(value).stripTrailingZeros().toPlainString()
                : value;
    }

    private double ofBest(ToDoubleFunction<EpochReport> value) {
        return folder.best().stream().mapToDouble(value).findFirst().orElse(Double.NaN);
    }

    private double top1() {
        return ofBest(e -> e.evaluation().top1());
    }

    private double top5() {
        return ofBest(e -> e.evaluation().top5());
    }

    private double loss() {
        return ofBest(e -> e.evaluation().loss());
    }

    private double seconds() {
        return folder.epochs().stream().mapToDouble(EpochReport::seconds).sum();
    }

    /** What it is trained on: images or samples. */
    private String samples() {
        return folder.network()
                .map(NetworkDescription::samples)
                .orElse(folder.progress().samples());
    }

    /** One word for what all of these are trained on. */
    static String samples(List<ComparedRun> runs) {
        Set<String> words = runs.stream().map(ComparedRun::samples).collect(Collectors.toSet());
        return words.size() == 1 ? words.iterator().next() : "samples";
    }

    private double imagesPerSecond() {
        return folder.epochs().stream()
                .mapToDouble(EpochReport::imagesPerSecond)
                .average()
                .orElse(Double.NaN);
    }

    private double gradientNorm() {
        return folder.epochs().stream()
                .mapToDouble(EpochReport::gradientNorm)
                .average()
                .orElse(Double.NaN);
    }

    private double clippedShare() {
        return folder.epochs().stream()
                .mapToDouble(EpochReport::clippedShare)
                .average()
                .orElse(Double.NaN);
    }

    /** By what the run wrote when it began, else by its network; NaN if neither is there. */
    private double parameters() {
        double written = folder.progress().startNumber("parameters");
        if (!Double.isNaN(written) || folder.network().isEmpty()) return written;
        return ModelSummary.of(Network.of(folder.network().get())).parameters();
    }

    private double memory() {
        return folder.progress().startNumber("memory_bytes");
    }

    private int epochsDone() {
        return folder.epochs().size();
    }

    /** How it ended, or that it goes on. */
    private String state() {
        RunProgress progress = folder.progress();
        if (!progress.begun()) return epochsDone() >= folder.config().epochs() ? "complete" : UNKNOWN;
        return switch (progress.phase()) {
            case ENDED -> progress.ending().replace('_', ' ');
            case FAILED -> "failed";
            default -> progress.processGone() ? "killed" : "running";
        };
    }

    /**
     * The rows of the table, the same for all runs.
     *
     * @param samples what the runs are trained on
     * @param longest characters of a value; of longer ones the end is shown
     */
    Map<String, String> column(List<String> differing, String samples, int longest) {
        Map<String, String> column = new LinkedHashMap<>();
        column.put("", shortened(name, longest));
        column.put("model", shortened(folder.network().map(n -> n.name()).orElse(option("model")), longest));
        column.put(
                "classes",
                folder.network().map(n -> Integer.toString(n.classes())).orElse(UNKNOWN));
        column.put("parameters", text("%,.0f", parameters()));
        for (String option : differing) column.put("--" + option, shortened(option(option), longest));
        column.put("state", state());
        column.put("epochs done", epochsDone() + "/" + folder.config().epochs());
        column.put("best epoch", text("%.0f", ofBest(EpochReport::epoch)));
        column.put("top1", text("%.2f %%", 100 * top1()));
        column.put("top5", text("%.2f %%", 100 * top5()));
        column.put("loss", text("%.4f", loss()));
        column.put("training loss", text("%.4f", ofBest(EpochReport::loss)));
        column.put("time", epochsDone() == 0 ? UNKNOWN : LiveView.duration(seconds()));
        column.put(samples + "/s", text("%,.0f", imagesPerSecond()));
        column.put("memory", Double.isNaN(memory()) ? UNKNOWN : Bytes.text((long) memory()));
        column.put("gradient norm", text("%.3g", gradientNorm()));
        column.put("clipped steps", text("%.1f %%", 100 * clippedShare()));
        return column;
    }

    private static String text(String format, double value) {
        return Double.isNaN(value) ? UNKNOWN : String.format(Locale.ROOT, format, value);
    }

    private static String shortened(String text, int longest) {
        return text.length() <= longest ? text : "..." + text.substring(text.length() - longest + 3);
    }

    /** Marks the best of each figure that has a best, where it is not the same for all. */
    static void markBest(List<ComparedRun> runs, List<Map<String, String>> columns, String samples) {
        mark(runs, columns, "top1", ComparedRun::top1);
        mark(runs, columns, "top5", ComparedRun::top5);
        mark(runs, columns, "loss", r -> -r.loss());
        mark(runs, columns, samples + "/s", ComparedRun::imagesPerSecond);
    }

    private static void mark(
            List<ComparedRun> runs,
            List<Map<String, String>> columns,
            String row,
            ToDoubleFunction<ComparedRun> better) {
        double[] values = runs.stream()
                .mapToDouble(better)
                .filter(v -> !Double.isNaN(v))
                .sorted()
                .toArray();
        if (values.length < 2 || values[0] == values[values.length - 1]) return;
        for (int i = 0; i < runs.size(); i++) {
            boolean best = better.applyAsDouble(runs.get(i)) == values[values.length - 1];
            columns.get(i).merge(row, best ? BEST : "  ", String::concat);
        }
    }

    JsonLine record(List<String> differing) {
        Map<String, String> settings = new LinkedHashMap<>();
        differing.forEach(option -> settings.put(option, options().get(option)));
        return new JsonLine()
                .put("event", "run")
                .put("folder", folder.folder())
                .put("model", folder.network().map(n -> n.name()).orElse(null))
                .put("classes", folder.network().map(n -> n.classes()).orElse(null))
                .put("parameters", number(parameters()))
                .put("settings", settings)
                .put("state", Objects.equals(state(), UNKNOWN) ? null : state())
                .put("epochs_done", epochsDone())
                .put("epochs", folder.config().epochs())
                .put("best_epoch", folder.best().map(EpochReport::epoch).orElse(null))
                .put("top1", number(top1()))
                .put("top5", number(top5()))
                .put("loss", number(loss()))
                .put("training_loss", number(ofBest(EpochReport::loss)))
                .put("seconds", epochsDone() == 0 ? null : seconds())
                .put("images_per_s", number(imagesPerSecond()))
                .put("memory_bytes", number(memory()))
                .put("gradient_norm", number(gradientNorm()))
                .put("clipped_share", number(clippedShare()))
                .put("problems", folder.problems());
    }

    private static Number number(double value) {
        if (Double.isNaN(value)) return null;
        return value == Math.rint(value) && Math.abs(value) < 1L << 53 ? (Number) (long) value : (Number) value;
    }
}
