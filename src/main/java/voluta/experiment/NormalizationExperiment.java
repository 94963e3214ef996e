package voluta.experiment;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeSet;
import voluta.data.Dataset;
import voluta.data.Split;
import voluta.model.Model;
import voluta.model.NetworkDescription;
import voluta.model.TextTable;
import voluta.nn.Initialization;
import voluta.train.Training;
import voluta.train.Trial;

/**
 * The same network without normalization and with batch, layer, instance and group normalization, at rising learning
 * rates; then what reaches the activations of each while it learns.
 */
final class NormalizationExperiment implements Experiment {
    /** What stands before each activation, what others are compared to first. */
    static final List<String> NORMS = List.of("none", "batch", "layer", "instance", "group");

    static final String NONE = NORMS.get(0);

    /** A rate works if it gives this share of the best accuracy that any network reached at any rate. */
    private static final double WORKS = 0.9;

    private static final List<Double> RATES = List.of(0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0);
    private static final List<Double> QUICK_RATES = List.of(0.05, 100.0);
    private static final int[] WIDTHS = {8, 8, 16, 16, 32, 32};
    private static final int GROUPS = 4, STEPS = 150, QUICK_STEPS = 4, SEEDS = 2;
    /** The layers that are looked at: first, middle and last. */
    private static final List<Integer> LOOKED_AT = List.of(1, 3, 6);

    /**
     * One training.
     *
     * @param norm one of {@link #NORMS}
     * @param rate the learning rate
     * @param steps that were done
     * @param accuracy share of right guesses on pictures that it did not see
     * @param loss there
     */
    record Row(String norm, double rate, long seed, long steps, boolean diverged, double accuracy, double loss) {}

    @Override
    public String name() {
        return "normalization";
    }

    @Override
    public String question() {
        return "Does normalization allow higher learning rates, and what does it do to what layers give?";
    }

    @Override
    public Outcome run(Laboratory lab) {
        List<Double> rates = lab.pick(RATES, QUICK_RATES);
        List<Long> seeds = lab.seeds(SEEDS);
        int steps = lab.steps(STEPS, QUICK_STEPS);
        Dataset learn = lab.carried(Split.TRAIN), measure = lab.carried(Split.TEST);
        lab.plan(NORMS.size() * (rates.size() * seeds.size() + 1));
        List<Row> rows = new ArrayList<>();
        for (long seed : seeds) {
            for (String norm : NORMS) {
                for (double rate : rates) {
                    Trial t = lab.train(
                            words(norm) + ", rate " + TextTable.number(rate) + ", seed " + seed,
                            training(lab, norm, rate, seed),
                            learn,
                            measure,
                            steps);
                    rows.add(new Row(
                            norm,
                            rate,
                            seed,
                            t.steps().size(),
                            t.diverged(),
                            t.evaluations().get(0).top1(),
                            t.evaluations().get(0).loss()));
                }
            }
        }
        double shown = largestWorking(rows, NONE).orElse(rates.get(0));
        LayerStatistics statistics = new LayerStatistics();
        for (String norm : NORMS) look(lab, norm, shown, seeds.get(0), steps, learn, measure, statistics);
        return outcome(lab, rows, statistics, seeds, steps, shown, learn, measure);
    }

    private static void look(
            Laboratory lab,
            String norm,
            double rate,
            long seed,
            int steps,
            Dataset learn,
            Dataset measure,
            LayerStatistics statistics) {
        String leaf = norm.equals(NONE) ? "conv" : "norm";
        TreeSet<Integer> when = new TreeSet<>(List.of(0));
        for (int part = 64; part >= 1; part /= 2) when.add(Math.max(1, steps / part));
        Trial.Look look = new Trial.Look(
                LOOKED_AT.stream().map(i -> leaf + i).toList(),
                List.copyOf(when),
                (step, layer, output) -> statistics.add(norm, layer.replace(leaf, "layer "), step, output));
        lab.train(
                words(norm) + ", looked at, rate " + TextTable.number(rate),
                training(lab, norm, rate, seed),
                learn,
                measure,
                new Trial.Plan(steps, List.of(), look));
    }

    private static Training training(Laboratory lab, String norm, double rate, long seed) {
        return lab.training(network(norm), rate, seed).set("momentum", 0);
    }

    /** Six convolutions, two poolings, a linear layer. */
    static NetworkDescription network(String norm) {
        Model m = Model.named("plain-" + norm)
                .input(1, 28, 28)
                .classes(10)
                .init(Initialization.of(Initialization.Scheme.HE_NORMAL));
        for (int i = 1; i <= WIDTHS.length; i++) {
            m.conv(WIDTHS[i - 1], 3).with("padding", 1).as("conv" + i);
            switch (norm) {
                case "batch" -> m.batchNorm();
                case "layer" -> m.layerNorm();
                case "instance" -> m.instanceNorm();
                case "group" -> m.groupNorm(GROUPS);
                default -> {}
            }
            if (!norm.equals(NONE)) m.as("norm" + i);
            m.relu();
            if (i % 2 == 1) m.maxPool(2);
        }
        return m.flatten().linear().build();
    }

    /** A normalization as sentences call it. */
    static String words(String norm) {
        return norm.equals(NONE) ? "no normalization" : norm + " norm";
    }

    private static Outcome outcome(
            Laboratory lab,
            List<Row> rows,
            LayerStatistics statistics,
            List<Long> seeds,
            int steps,
            double shown,
            Dataset learn,
            Dataset measure) {
        String how = "plain SGD, constant rate, batch " + lab.base().batchSize().images();
        List<String> setup = List.of(
                "Network: six 3x3 convolutions (8 to 32 filters, He's initialization), each followed by the"
                        + " normalization and ReLU; 2x2 max pooling after the first, third and fifth; a linear layer.",
                lab.describe(how, steps, seeds, learn, measure),
                lab.backend());
        List<String> conclusion = new ArrayList<>(conclusion(rows));
        conclusion.addAll(statistics.conclusion(shown));
        NormalizationPictures pictures = new NormalizationPictures(lab.theme());
        return new Outcome(
                setup,
                List.of(table(rows), statistics.moments(), statistics.histograms()),
                summary(rows).text(),
                conclusion,
                Map.of(
                        "normalization",
                        pictures.accuracy(rows, how + ", " + steps + " steps; " + Laboratory.means(seeds)),
                        "activations",
                        pictures.histograms(statistics, shown),
                        "moments",
                        pictures.moments(statistics, shown)));
    }

    private static Table table(List<Row> rows) {
        return new Table(
                "normalization",
                List.of("norm", "rate", "seed", "steps", "diverged", "accuracy", "loss"),
                rows.stream()
                        .map(r -> List.<Object>of(r.norm, r.rate, r.seed, r.steps, r.diverged, r.accuracy, r.loss))
                        .toList());
    }

    /** Mean accuracy in percent, a line a rate, a column a norm. */
    private static Table summary(List<Row> rows) {
        List<String> columns = new ArrayList<>(List.of("rate"));
        columns.addAll(NORMS);
        List<List<Object>> lines = new ArrayList<>();
        for (double rate : rates(rows)) {
            List<Object> line = new ArrayList<>(List.of(TextTable.number(rate)));
            for (String norm : NORMS) {
                double mean = means(rows, norm).getOrDefault(rate, Double.NaN);
                line.add(String.format(Locale.ROOT, "%.1f %%%s", 100 * mean, diverged(rows, norm, rate) ? " x" : ""));
            }
            lines.add(line);
        }
        return new Table("summary", columns, lines);
    }

    /** All rates, ascending. */
    static TreeSet<Double> rates(List<Row> rows) {
        TreeSet<Double> rates = new TreeSet<>();
        rows.forEach(r -> rates.add(r.rate));
        return rates;
    }

    /** The mean accuracy over the seeds at each rate. */
    static Map<Double, Double> means(List<Row> rows, String norm) {
        Map<Double, Double> means = new LinkedHashMap<>();
        for (double rate : rates(rows)) {
            OptionalDouble mean = rows.stream()
                    .filter(r -> r.norm.equals(norm) && r.rate == rate)
                    .mapToDouble(Row::accuracy)
                    .average();
            if (mean.isPresent()) means.put(rate, mean.getAsDouble());
        }
        return means;
    }

    /** Whether the training with any seed ended in numbers that are not finite. */
    static boolean diverged(List<Row> rows, String norm, double rate) {
        return rows.stream().anyMatch(r -> r.norm.equals(norm) && r.rate == rate && r.diverged);
    }

    /** The best mean accuracy of any network at any rate. */
    private static double best(List<Row> rows) {
        return NORMS.stream()
                .flatMap(n -> means(rows, n).values().stream())
                .mapToDouble(d -> d)
                .max()
                .orElseThrow();
    }

    /** The largest rate that works; empty if none does. */
    static OptionalDouble largestWorking(List<Row> rows, String norm) {
        double enough = WORKS * best(rows);
        return means(rows, norm).entrySet().stream()
                .filter(e -> e.getValue() >= enough)
                .mapToDouble(Map.Entry::getKey)
                .max();
    }

    /** What the rows say. */
    static List<String> conclusion(List<Row> rows) {
        if (best(rows) < Laboratory.LEARNT) return List.of(Laboratory.nothing(best(rows)));
        List<String> sentences = new ArrayList<>();
        sentences.add(String.format(
                Locale.ROOT,
                "A rate works where the mean accuracy is at least %.1f %%: %.0f %% of the best of all, %.1f %%.",
                100 * WORKS * best(rows),
                100 * WORKS,
                100 * best(rows)));
        OptionalDouble without = largestWorking(rows, NONE);
        sentences.add(
                without.isPresent()
                        ? "Without normalization, rates up to " + TextTable.number(without.getAsDouble()) + " worked; "
                                + peak(rows, NONE) + "."
                        : "Without normalization no rate worked; " + peak(rows, NONE) + ".");
        LinkedHashSet<String> higher = new LinkedHashSet<>();
        for (String norm : NORMS.subList(1, NORMS.size())) {
            if (means(rows, norm).isEmpty()) continue;
            OptionalDouble with = largestWorking(rows, norm);
            if (with.isPresent() && with.getAsDouble() > without.orElse(0)) higher.add(norm);
            sentences.add(capital(words(norm)) + " "
                    + allowed(with, without, rates(rows).last()) + "; " + peak(rows, norm) + ".");
        }
        sentences.add(verdict(higher, rows));
        return sentences;
    }

    private static String allowed(OptionalDouble with, OptionalDouble without, double largest) {
        if (with.isEmpty()) return "worked at no rate";
        double rate = with.getAsDouble();
        String open = rate == largest ? ", the largest that was tried" : "";
        if (without.isEmpty()) return "worked up to " + TextTable.number(rate) + open;
        double base = without.getAsDouble();
        if (rate > base) {
            return "allowed a rate " + TextTable.number(rate / base) + " times higher than none: "
                    + TextTable.number(rate) + open;
        }
        if (rate == base) return "allowed no higher rate than none" + open;
        return "allowed only a lower rate than none: " + TextTable.number(rate);
    }

    private static String peak(List<Row> rows, String norm) {
        Map.Entry<Double, Double> best = means(rows, norm).entrySet().stream()
                .max(Map.Entry.comparingByValue())
                .orElseThrow();
        return String.format(
                Locale.ROOT, "its best was %.1f %% at %s", 100 * best.getValue(), TextTable.number(best.getKey()));
    }

    private static String verdict(LinkedHashSet<String> higher, List<Row> rows) {
        long tried = NORMS.stream()
                .filter(n -> !n.equals(NONE) && !means(rows, n).isEmpty())
                .count();
        String lecture = "the lecture's statement that normalization allows higher learning rates";
        if (higher.size() == tried) return "This agrees with " + lecture + ".";
        if (higher.isEmpty()) return "This does not agree with " + lecture + ": here none of them did.";
        return "This agrees with " + lecture + " for " + String.join(", ", higher) + " only.";
    }

    private static String capital(String s) {
        return s.substring(0, 1).toUpperCase(Locale.ROOT) + s.substring(1);
    }
}
