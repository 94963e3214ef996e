package voluta.experiment;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import voluta.data.Dataset;
import voluta.model.Model;
import voluta.model.ModelSummary;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.report.Charts;
import voluta.train.Trial;

/**
 * How far stacks of convolutions see: two points some pixels apart, and the question in which direction the bright one
 * lies. Who does not see both at once can only guess.
 */
final class DilationExperiment implements Experiment {
    /**
     * A stack of convolutions.
     *
     * @param kernel the side of each filter
     * @param dilations of each convolution
     */
    record Stack(String name, int kernel, int... dilations) {
        /** How many pixels a unit at the end sees along an axis, from the first to the last. */
        int field() {
            return 1 + IntStream.of(dilations).map(d -> d * (kernel - 1)).sum();
        }
    }

    private static final Stack PLAIN = new Stack("3x3", 3, 1, 1, 1);
    private static final Stack DILATED = new Stack("dilated 1-2-4", 3, 1, 2, 4);
    private static final List<Stack> STACKS = List.of(
            PLAIN,
            DILATED,
            new Stack("dilated 2-2-2", 3, 2, 2, 2),
            new Stack("5x5", 5, 1, 1, 1),
            new Stack("3x3 seven deep", 3, 1, 1, 1, 1, 1, 1, 1));
    private static final List<Integer> DISTANCES = List.of(2, 3, 5, 6, 8, 11, 14), QUICK_DISTANCES = List.of(2, 8);
    private static final int SIDE = 30, FILTERS = 8, LEARN = 4096, MEASURE = 512;
    private static final int STEPS = 120, QUICK_STEPS = 5, SEEDS = 1;
    private static final double RATE = 0.01, CHANCE = 1.0 / Pictures.DIRECTIONS.size();
    /** From this share of right guesses on, a network tells the directions. */
    private static final double TELLS = 0.9;
    /** A network below this share guesses at best half of them. */
    private static final double GUESSES = 0.6;

    /**
     * One training.
     *
     * @param field what a unit sees along an axis, in pixels
     * @param multiplyAdds for one picture
     * @param distance of the points
     * @param accuracy share of right guesses; guessing gives a quarter
     */
    record Row(
            String network, int field, long parameters, long multiplyAdds, int distance, long seed, double accuracy) {}

    @Override
    public String name() {
        return "dilation";
    }

    @Override
    public String question() {
        return "How far do dilated, undilated and larger filters see, and what does it cost?";
    }

    @Override
    public Outcome run(Laboratory lab) {
        List<Integer> distances = lab.pick(DISTANCES, QUICK_DISTANCES);
        List<Long> seeds = lab.seeds(SEEDS);
        int steps = lab.steps(STEPS, QUICK_STEPS);
        lab.plan(STACKS.size() * distances.size() * seeds.size());
        List<Row> rows = new ArrayList<>();
        for (long seed : seeds) {
            for (int distance : distances) {
                Dataset learn = Pictures.pairs("train", lab.pick(LEARN, 256), SIDE, distance, seed);
                Dataset measure = Pictures.pairs("test", lab.pick(MEASURE, 64), SIDE, distance, seed);
                for (Stack stack : STACKS) rows.add(train(lab, stack, distance, seed, steps, learn, measure));
            }
        }
        String caption = String.format(
                Locale.ROOT,
                "%d steps of %s; %d filters a layer; guessing gives %.0f %%",
                steps,
                lab.recipe("Adam", RATE),
                FILTERS,
                100 * CHANCE);
        return new Outcome(
                List.of(
                        String.format(
                                Locale.ROOT,
                                "Task: black squares of %dx%d pixels, closed to a torus, with a dim and a bright point;"
                                        + " in which of 4 directions lies the bright one? Circular padding, so that no"
                                        + " border tells a position; the largest over all positions of each filter goes"
                                        + " into a linear layer.",
                                SIDE,
                                SIDE),
                        "Training: " + caption + "; " + lab.pick(LEARN, 256)
                                + " pictures for each distance, measured on " + lab.pick(MEASURE, 64) + " others.",
                        lab.backend()),
                List.of(table(rows)),
                summary(rows).text(),
                conclusion(rows),
                Map.of("dilation", picture(Charts.withBaseline(lab.theme()), rows, caption)));
    }

    private static Row train(
            Laboratory lab, Stack stack, int distance, long seed, int steps, Dataset learn, Dataset measure) {
        NetworkDescription network = network(stack);
        Trial t = lab.train(
                stack.name + ", distance " + distance,
                lab.training(network, RATE, seed).set("opt", "adam"),
                learn,
                measure,
                steps);
        ModelSummary summary = ModelSummary.of(Network.of(network));
        return new Row(
                stack.name,
                stack.field(),
                summary.parameters(),
                summary.multiplyAdds(),
                distance,
                seed,
                t.evaluations().get(0).top1());
    }

    static NetworkDescription network(Stack stack) {
        Model m = Model.named("stack").input(1, SIDE, SIDE).classes(Pictures.DIRECTIONS.size());
        for (int dilation : stack.dilations) {
            m.conv(FILTERS, stack.kernel)
                    .with("dilation", dilation)
                    .with("padding", dilation * (stack.kernel - 1) / 2)
                    .with("padding_mode", "circular")
                    .batchNorm()
                    .relu();
        }
        return m.globalMaxPool().flatten().linear().build();
    }

    private static Table table(List<Row> rows) {
        return new Table(
                "dilation",
                List.of("network", "receptive_field", "parameters", "multiply_adds", "distance", "seed", "accuracy"),
                rows.stream()
                        .map(r -> List.<Object>of(
                                r.network,
                                (long) r.field,
                                r.parameters,
                                r.multiplyAdds,
                                (long) r.distance,
                                r.seed,
                                r.accuracy))
                        .toList());
    }

    /** A line a network, a column a distance. */
    private static Table summary(List<Row> rows) {
        List<Integer> distances = distances(rows);
        List<String> columns = new ArrayList<>(List.of("network", "field", "parameters", "multiply-adds"));
        distances.forEach(d -> columns.add(d + " apart"));
        List<List<Object>> lines = new ArrayList<>();
        means(rows).forEach((network, means) -> {
            Row r = first(rows, network);
            List<Object> line = new ArrayList<>(List.of(network, (long) r.field, r.parameters, r.multiplyAdds));
            distances.forEach(d -> line.add(String.format(Locale.ROOT, "%.1f %%", 100 * means.get(d))));
            lines.add(line);
        });
        return new Table("summary", columns, lines);
    }

    private static List<Integer> distances(List<Row> rows) {
        return rows.stream().map(Row::distance).distinct().sorted().toList();
    }

    private static Row first(List<Row> rows, String network) {
        return rows.stream().filter(r -> r.network.equals(network)).findFirst().orElseThrow();
    }

    /** Mean accuracy by network, then by distance. */
    private static Map<String, Map<Integer, Double>> means(List<Row> rows) {
        Map<String, Map<Integer, Double>> means = new LinkedHashMap<>();
        for (Row r : rows) {
            means.computeIfAbsent(r.network, n -> new LinkedHashMap<>())
                    .put(
                            r.distance,
                            rows.stream()
                                    .filter(o -> o.network.equals(r.network) && o.distance == r.distance)
                                    .mapToDouble(Row::accuracy)
                                    .average()
                                    .orElseThrow());
        }
        return means;
    }

    private static BufferedImage picture(Charts charts, List<Row> rows, String caption) {
        XYChart chart = charts.chart(
                "In which direction is the bright point?",
                "distance of the two points (pixels)",
                "accuracy (%)",
                Charts.WIDTH,
                Charts.HEIGHT,
                true);
        chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
        int i = 0;
        for (Map.Entry<String, Map<Integer, Double>> e : means(rows).entrySet()) {
            double[] x = e.getValue().keySet().stream().mapToDouble(d -> d).toArray();
            double[] y =
                    e.getValue().values().stream().mapToDouble(a -> 100 * a).toArray();
            charts.line(chart, i++, e.getKey() + " (" + first(rows, e.getKey()).field + ")", x, y);
        }
        return charts.picture(chart, caption + "; in brackets: pixels that a unit sees");
    }

    /** What the rows say. */
    static List<String> conclusion(List<Row> rows) {
        List<String> sentences = new ArrayList<>();
        Map<String, Map<Integer, Double>> means = means(rows);
        Map<String, Integer> reach = new LinkedHashMap<>();
        means.forEach((network, accuracy) -> {
            Row r = first(rows, network);
            reach.put(network, reach(accuracy));
            String far = reach.get(network) == 0
                    ? "told the direction at no distance"
                    : "told the direction up to " + reach.get(network) + " pixels";
            sentences.add(String.format(
                    Locale.ROOT,
                    "%s: sees %d pixels, %s; %,d parameters, %,d multiply-adds.%s",
                    network,
                    r.field,
                    far,
                    r.parameters,
                    r.multiplyAdds,
                    holes(r.field, reach.get(network), accuracy)));
        });
        double beyond = rows.stream()
                .filter(r -> r.distance > r.field - 1)
                .mapToDouble(Row::accuracy)
                .max()
                .orElse(Double.NaN);
        if (!Double.isNaN(beyond)) {
            sentences.add(String.format(
                    Locale.ROOT,
                    "Where the points lie further apart than a network sees, no network had more than %.1f %% right;"
                            + " guessing gives %.0f %%.",
                    100 * beyond,
                    100 * CHANCE));
        }
        if (reach.containsKey(PLAIN.name) && reach.containsKey(DILATED.name)) {
            sentences.add(verdict(first(rows, PLAIN.name), first(rows, DILATED.name), reach));
        }
        return sentences;
    }

    /** The largest distance up to which it tells the direction at each that was tried; 0 if not even at the first. */
    private static int reach(Map<Integer, Double> accuracy) {
        int reach = 0;
        for (int d : accuracy.keySet().stream().sorted().toList()) {
            if (accuracy.get(d) < TELLS) return reach;
            reach = d;
        }
        return reach;
    }

    /** Distances within the field at which it guesses. */
    private static String holes(int field, int reach, Map<Integer, Double> accuracy) {
        List<Integer> holes = accuracy.keySet().stream()
                .filter(d -> d <= field - 1 && accuracy.get(d) < GUESSES)
                .sorted()
                .toList();
        List<Integer> beside = accuracy.keySet().stream()
                .filter(d -> d > reach && d <= field - 1 && accuracy.get(d) >= TELLS)
                .sorted()
                .toList();
        if (holes.isEmpty()) return "";
        return " At " + joined(holes) + " it guessed, though that is within its field"
                + (beside.isEmpty() ? "." : ", while it told it at " + joined(beside) + ": its filters leave holes.");
    }

    private static String joined(List<Integer> numbers) {
        return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private static String verdict(Row plain, Row dilated, Map<String, Integer> reach) {
        int near = reach.get(plain.network), far = reach.get(dilated.network);
        boolean same = plain.parameters == dilated.parameters && plain.multiplyAdds == dilated.multiplyAdds;
        String cost = same ? "with the same parameters and multiply-adds" : "with other parameters or multiply-adds";
        if (far == 0 && near == 0) {
            return "This says nothing about dilation: neither with it nor without did a network tell directions; use"
                    + " more --steps, and no --quick.";
        }
        if (far > near && same) {
            return "This agrees with the lecture: " + cost + ", dilation told directions up to " + far
                    + " pixels instead of " + near + ".";
        }
        return "This does not agree with the lecture: " + cost + ", dilation told directions up to " + far
                + " pixels, no dilation up to " + near + ".";
    }
}
