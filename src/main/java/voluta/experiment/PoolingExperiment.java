package voluta.experiment;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.knowm.xchart.XYChart;
import voluta.data.Dataset;
import voluta.data.Split;
import voluta.model.Model;
import voluta.model.ModelSummary;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.model.TextTable;
import voluta.report.Charts;
import voluta.train.Evaluation;
import voluta.train.Trial;

/** The same convolutions with max pooling, average pooling, strides or none of them; then pictures that are moved. */
final class PoolingExperiment implements Experiment {
    static final String MAX = "max", AVERAGE = "average", STRIDE = "stride", NONE = "none";

    /** How maps are made smaller. */
    static final List<String> KINDS = List.of(NONE, MAX, AVERAGE, STRIDE);

    private static final int[] WIDTHS = {8, 16, 16};
    private static final int[][] DIRECTIONS = {{1, 0}, {-1, 0}, {0, 1}, {0, -1}};
    private static final int FURTHEST = 4, QUICK_FURTHEST = 1, STEPS = 300, QUICK_STEPS = 5, SEEDS = 3;
    private static final double RATE = 0.003;
    /** The shift that the conclusion speaks of, in pixels. */
    private static final int SHIFT = 2;

    /**
     * A network on moved pictures.
     *
     * @param multiplyAdds for one picture
     * @param shift by how many pixels, each time in one of the four directions
     * @param accuracy share of right guesses, over all directions
     */
    record Row(String kind, long parameters, long multiplyAdds, long seed, int shift, double accuracy) {}

    @Override
    public String name() {
        return "pooling";
    }

    @Override
    public String question() {
        return "What do max pooling, average pooling and strides cost and give, also on pictures that are moved?";
    }

    @Override
    public Outcome run(Laboratory lab) {
        List<Long> seeds = lab.seeds(SEEDS);
        int steps = lab.steps(STEPS, QUICK_STEPS), furthest = lab.pick(FURTHEST, QUICK_FURTHEST);
        Dataset learn = lab.carried(Split.TRAIN), measure = lab.carried(Split.TEST);
        List<Dataset> moved = new ArrayList<>(List.of(measure));
        for (int shift = 1; shift <= furthest; shift++) {
            for (int[] d : DIRECTIONS) moved.add(Pictures.shifted(measure, shift * d[0], shift * d[1]));
        }
        lab.plan(KINDS.size() * seeds.size());
        List<Row> rows = new ArrayList<>();
        Map<String, Double> milliseconds = new LinkedHashMap<>();
        for (long seed : seeds) {
            for (String kind : KINDS) {
                NetworkDescription network = network(kind);
                Trial t = lab.train(
                        kind + ", seed " + seed,
                        lab.training(network, RATE, seed).set("opt", "adam"),
                        learn,
                        measure,
                        new Trial.Plan(steps, moved));
                milliseconds.merge(kind, 1000 * t.seconds() / t.steps().size(), Math::min);
                ModelSummary summary = ModelSummary.of(Network.of(network));
                for (int shift = 0; shift <= furthest; shift++) {
                    rows.add(new Row(
                            kind,
                            summary.parameters(),
                            summary.multiplyAdds(),
                            seed,
                            shift,
                            accuracy(t.evaluations(), shift)));
                }
            }
        }
        String how = lab.recipe("Adam", RATE);
        return new Outcome(
                List.of(
                        "Network: three 3x3 convolutions (8, 16, 16 filters) with batch norm and ReLU, a linear layer. max"
                                + " and average pool 2x2 after the first two; stride moves the second and the third by"
                                + " two pixels instead; none keeps 28x28.",
                        lab.describe(how, steps, seeds, learn, measure),
                        "Moved pictures: by 1 " + (furthest == 1 ? "pixel" : "to " + furthest + " pixels")
                                + " in each of four directions, black coming in.",
                        lab.backend()),
                List.of(table(rows)),
                summary(rows, milliseconds).text(),
                conclusion(rows),
                Map.of(
                        "pooling",
                        picture(Charts.withBaseline(lab.theme()), rows, how + "; " + Laboratory.means(seeds))));
    }

    private static double accuracy(List<Evaluation> evaluations, int shift) {
        int n = DIRECTIONS.length;
        List<Evaluation> of =
                shift == 0 ? evaluations.subList(0, 1) : evaluations.subList(1 + n * (shift - 1), 1 + n * shift);
        return of.stream().mapToDouble(Evaluation::top1).average().orElseThrow();
    }

    static NetworkDescription network(String kind) {
        Model m = Model.named("pooling-" + kind).input(1, 28, 28).classes(10);
        for (int i = 0; i < WIDTHS.length; i++) {
            m.conv(WIDTHS[i], 3).with("padding", 1);
            if (kind.equals(STRIDE) && i > 0) m.with("stride", 2);
            m.batchNorm().relu();
            if (kind.equals(MAX) && i < 2) m.maxPool(2);
            if (kind.equals(AVERAGE) && i < 2) m.avgPool(2);
        }
        return m.flatten().linear().build();
    }

    private static Table table(List<Row> rows) {
        return new Table(
                "pooling",
                List.of("kind", "parameters", "multiply_adds", "seed", "shift", "accuracy"),
                rows.stream()
                        .map(r -> List.<Object>of(
                                r.kind, r.parameters, r.multiplyAdds, r.seed, (long) r.shift, r.accuracy))
                        .toList());
    }

    /** A line a kind; times are here alone, since they are not the same twice. */
    private static Table summary(List<Row> rows, Map<String, Double> milliseconds) {
        List<String> columns = new ArrayList<>(List.of("kind", "parameters", "multiply-adds", "ms a step"));
        List<Integer> shifts = rows.stream().map(Row::shift).distinct().sorted().toList();
        shifts.forEach(s -> columns.add(s == 0 ? "not moved" : "by " + s));
        List<List<Object>> lines = new ArrayList<>();
        for (String kind : KINDS) {
            Row r = first(rows, kind);
            List<Object> line = new ArrayList<>(List.of(kind, r.parameters, r.multiplyAdds, milliseconds.get(kind)));
            shifts.forEach(s -> line.add(percent(mean(rows, kind, s))));
            lines.add(line);
        }
        return new Table("summary", columns, lines);
    }

    private static Row first(List<Row> rows, String kind) {
        return rows.stream().filter(r -> r.kind.equals(kind)).findFirst().orElseThrow();
    }

    /** Over the seeds. */
    private static double mean(List<Row> rows, String kind, int shift) {
        return rows.stream()
                .filter(r -> r.kind.equals(kind) && r.shift == shift)
                .mapToDouble(Row::accuracy)
                .average()
                .orElseThrow();
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.1f %%", 100 * share);
    }

    private static BufferedImage picture(Charts charts, List<Row> rows, String caption) {
        XYChart chart = charts.chart(
                "Accuracy on pictures that are moved",
                "moved by (pixels)",
                "accuracy (%)",
                Charts.WIDTH,
                Charts.HEIGHT,
                true);
        chart.getStyler().setYAxisMax(100.0).setXAxisDecimalPattern("0");
        double[] shifts = rows.stream()
                .mapToInt(Row::shift)
                .distinct()
                .sorted()
                .asDoubleStream()
                .toArray();
        for (int i = 0; i < KINDS.size(); i++) {
            String kind = KINDS.get(i);
            double[] y = Arrays.stream(shifts)
                    .map(s -> 100 * mean(rows, kind, (int) s))
                    .toArray();
            charts.line(chart, i, kind, shifts, y);
        }
        return charts.picture(chart, caption);
    }

    /** What the rows say. */
    static List<String> conclusion(List<Row> rows) {
        double best = KINDS.stream().mapToDouble(k -> mean(rows, k, 0)).max().orElseThrow();
        if (best < Laboratory.LEARNT) return List.of(Laboratory.nothing(best));
        List<String> sentences = new ArrayList<>();
        int shift = Math.min(SHIFT, rows.stream().mapToInt(Row::shift).max().orElse(0));
        Map<String, Double> lost = new LinkedHashMap<>(), accuracy = new LinkedHashMap<>();
        for (String kind : KINDS) {
            double still = mean(rows, kind, 0), moved = mean(rows, kind, shift);
            accuracy.put(kind, still);
            lost.put(kind, still - moved);
            sentences.add(String.format(
                    Locale.ROOT,
                    "%s: %s right; %s on pictures moved by %d pixel%s, %.1f points less; %,d parameters, %,d"
                            + " multiply-adds.",
                    words(kind),
                    percent(still),
                    percent(moved),
                    shift,
                    shift == 1 ? "" : "s",
                    100 * (still - moved),
                    first(rows, kind).parameters,
                    first(rows, kind).multiplyAdds));
        }
        Row none = first(rows, NONE), max = first(rows, MAX);
        sentences.add(String.format(
                Locale.ROOT,
                "Max pooling takes %s times fewer parameters and %s times fewer multiply-adds than no pooling.",
                TextTable.number(round(none.parameters / (double) max.parameters)),
                TextTable.number(round(none.multiplyAdds / (double) max.multiplyAdds))));
        sentences.add(verdict(lost, accuracy, shift));
        return sentences;
    }

    private static double round(double factor) {
        return Math.round(10 * factor) / 10.0;
    }

    private static String words(String kind) {
        return switch (kind) {
            case MAX -> "Max pooling";
            case AVERAGE -> "Average pooling";
            case STRIDE -> "Strided convolution";
            default -> "No pooling";
        };
    }

    private static String verdict(Map<String, Double> lost, Map<String, Double> still, int shift) {
        double gain = still.get(MAX) - still.get(NONE);
        String least = lost.entrySet().stream()
                .min(Map.Entry.comparingByValue())
                .orElseThrow()
                .getKey();
        String accuracy = String.format(
                Locale.ROOT,
                "; on pictures that are not moved it had %.1f points %s",
                Math.abs(100 * gain),
                gain >= 0 ? "more" : "less");
        boolean learnt = still.get(MAX) >= Laboratory.LEARNT && still.get(NONE) >= Laboratory.LEARNT;
        if (!learnt) return "This says nothing about shifts: one of the two, max pooling and none, learnt too little.";
        boolean robust = lost.get(MAX) < lost.get(NONE);
        return (robust ? "This agrees with the lecture: " : "This does not agree with the lecture: ")
                + String.format(
                        Locale.ROOT,
                        "a shift by %d cost max pooling %.1f points and no pooling %.1f%s. The shift cost least with: %s.",
                        shift,
                        100 * lost.get(MAX),
                        100 * lost.get(NONE),
                        accuracy,
                        least);
    }
}
