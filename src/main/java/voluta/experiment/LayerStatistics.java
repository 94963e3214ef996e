package voluta.experiment;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import voluta.model.TextTable;
import voluta.tensor.HostTensor;

/** Mean, variance and histogram of what reaches activations, over the course of trainings. */
final class LayerStatistics {
    /** What histograms reach from and to; what lies beyond is counted but not drawn. */
    static final double FROM = -6, TO = 6;

    static final int BINS = 60;

    /**
     * A layer at one time.
     *
     * @param mean of all numbers; not finite where one of them is not, as the variance
     * @param shares of the numbers that lie in each bin
     */
    record Row(String norm, String layer, long step, double mean, double variance, double[] shares) {}

    private final List<Row> rows = new ArrayList<>();

    void add(String norm, String layer, long step, HostTensor output) {
        double[] shares = new double[BINS];
        long n = output.type().elements();
        double sum = 0, squares = 0;
        for (long i = 0; i < n; i++) {
            double v = output.get(i);
            sum += v;
            squares += v * v;
            // What is no number lies in no bin: as a whole number it would be 0.
            int bin = Double.isNaN(v) ? -1 : (int) Math.floor((v - FROM) / (TO - FROM) * BINS);
            if (bin >= 0 && bin < BINS) shares[bin] += 1.0 / n;
        }
        double mean = sum / n;
        add(new Row(norm, layer, step, mean, Math.max(0, squares / n - mean * mean), shares));
    }

    void add(Row row) {
        rows.add(row);
    }

    List<Row> rows(String norm, String layer) {
        return rows.stream()
                .filter(r -> r.norm.equals(norm) && r.layer.equals(layer))
                .toList();
    }

    Set<String> layers() {
        Set<String> all = new LinkedHashSet<>();
        rows.forEach(r -> all.add(r.layer));
        return all;
    }

    Table moments() {
        return new Table(
                "moments",
                List.of("norm", "layer", "step", "mean", "variance"),
                rows.stream()
                        .map(r -> List.<Object>of(r.norm, r.layer, r.step, r.mean, r.variance))
                        .toList());
    }

    Table histograms() {
        List<List<Object>> lines = new ArrayList<>();
        double width = (TO - FROM) / BINS;
        for (Row r : rows) {
            for (int b = 0; b < BINS; b++) {
                double from = FROM + b * width;
                lines.add(List.of(
                        r.norm,
                        r.layer,
                        r.step,
                        String.format(Locale.ROOT, "%.1f", from),
                        String.format(Locale.ROOT, "%.1f", from + width),
                        r.shares[b]));
            }
        }
        return new Table("activations", List.of("norm", "layer", "step", "from", "to", "share"), lines);
    }

    /**
     * What the last time says of each norm.
     *
     * @param rate that the networks learnt with
     */
    List<String> conclusion(double rate) {
        List<String> sentences = new ArrayList<>(), lost = new ArrayList<>();
        for (String norm : NormalizationExperiment.NORMS) {
            String words = NormalizationExperiment.words(norm);
            boolean finite = true;
            double low = Double.POSITIVE_INFINITY, high = 0;
            for (String layer : layers()) {
                Optional<Row> last = rows(norm, layer).stream().reduce((a, b) -> b);
                if (last.isEmpty()) continue;
                finite &= Double.isFinite(last.get().variance);
                low = Math.min(low, Math.sqrt(last.get().variance));
                high = Math.max(high, Math.sqrt(last.get().variance));
            }
            if (!finite) lost.add(words);
            if (!finite || high == 0) continue;
            sentences.add(
                    sentences.isEmpty()
                            ? "At rate " + TextTable.number(rate) + ", with " + words
                                    + ", the standard deviations of what reached the"
                                    + " activations lay between " + TextTable.number(low) + " and "
                                    + TextTable.number(high)
                                    + " at the end"
                            : "with " + words + " between " + TextTable.number(low) + " and " + TextTable.number(high));
        }
        List<String> all = new ArrayList<>();
        if (!sentences.isEmpty()) all.add(String.join("; ", sentences) + ".");
        if (!lost.isEmpty()) {
            all.add("With " + String.join(" and ", lost) + ", not all "
                    + (all.isEmpty() ? "of what reached the activations" : "of it") + " was finite at the end.");
        }
        return all;
    }
}
