package voluta.experiment;

import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import voluta.data.Dataset;
import voluta.data.Split;
import voluta.model.ModelSummary;
import voluta.model.Network;
import voluta.model.TextTable;
import voluta.report.Charts;
import voluta.train.Training;
import voluta.train.Trial;

/** A training whose gradients explode, and the same with each way of clipping them. */
final class ClippingExperiment implements Experiment {
    /** The way without clipping. */
    static final String NONE = "none";

    private static final double RATE = 1;
    private static final int STEPS = 150, QUICK_STEPS = 12, SEEDS = 3;
    /** How many times the largest number of a run that did not explode the picture shows. */
    private static final double ROOM = 10;

    /**
     * A way of clipping.
     *
     * @param mode as {@code --clip-mode} names it
     * @param limit as {@code --clip-grad} takes it; 0 without clipping
     */
    record Way(String mode, double limit) {
        String words() {
            return switch (mode) {
                case NONE -> "no clipping";
                case "norm" -> "clipping by norm at " + TextTable.number(limit);
                case "value" -> "clipping by value at " + TextTable.number(limit);
                case "parameter-norm" -> "clipping by the norm of each parameter at " + TextTable.number(limit);
                default -> "adaptive clipping (agc) at " + TextTable.number(limit);
            };
        }
    }

    private static final List<Way> WAYS = List.of(
            new Way(NONE, 0),
            new Way("value", 0.02),
            new Way("norm", 1),
            new Way("parameter-norm", 0.5),
            new Way("agc", 0.05));

    /**
     * One training.
     *
     * @param steps that were done
     * @param largestNorm of all gradients, before clipping, in the steps where it was a number
     * @param clipped share of steps that clipped
     * @param accuracy share of right guesses on pictures that it did not see
     */
    record Row(
            String mode,
            double limit,
            long seed,
            long steps,
            boolean diverged,
            double largestNorm,
            double clipped,
            double accuracy) {}

    @Override
    public String name() {
        return "clipping";
    }

    @Override
    public String question() {
        return "Does clipping the gradients save a training that explodes?";
    }

    @Override
    public Outcome run(Laboratory lab) {
        int steps = lab.steps(STEPS, QUICK_STEPS);
        List<Long> seeds = lab.seeds(SEEDS);
        Dataset learn = lab.carried(Split.TRAIN), measure = lab.carried(Split.TEST);
        lab.plan(WAYS.size() * seeds.size());
        List<Row> rows = new ArrayList<>();
        Map<Way, Trial> shown = new LinkedHashMap<>();
        for (long seed : seeds) {
            for (Way way : WAYS) {
                Training training = lab.training(
                                NormalizationExperiment.network(NormalizationExperiment.NONE), RATE, seed)
                        .set("momentum", 0);
                if (way.limit > 0) training.set("clip-mode", way.mode).set("clip-grad", way.limit);
                Trial t = lab.train(way.words() + ", seed " + seed, training, learn, measure, steps);
                shown.putIfAbsent(way, t);
                rows.add(row(way, seed, t));
            }
        }
        String caption = lab.recipe("plain SGD", RATE);
        List<String> setup = List.of(
                String.format(
                        Locale.ROOT,
                        "Network: six 3x3 convolutions (8 to 32 filters, He's initialization), each followed by ReLU and no"
                                + " normalization; 2x2 max pooling after the first, third and fifth; a linear layer; %,d"
                                + " parameters.",
                        ModelSummary.of(Network.of(NormalizationExperiment.network(NormalizationExperiment.NONE)))
                                .parameters()),
                lab.describe(caption, steps, seeds, learn, measure),
                lab.backend());
        return new Outcome(
                setup,
                List.of(table(rows), steps(shown)),
                table(rows).text(),
                conclusion(rows),
                Map.of(
                        "clipping",
                        picture(Charts.withBaseline(lab.theme()), shown, caption + ", seed " + seeds.get(0))));
    }

    private static Row row(Way way, long seed, Trial t) {
        return new Row(
                way.mode,
                way.limit,
                seed,
                t.steps().size(),
                t.diverged(),
                t.steps().stream()
                        .mapToDouble(Trial.Step::gradientNorm)
                        .filter(Double::isFinite)
                        .max()
                        .orElse(Double.NaN),
                t.steps().stream().filter(Trial.Step::clipped).count()
                        / (double) t.steps().size(),
                t.evaluations().get(0).top1());
    }

    private static Table table(List<Row> rows) {
        return new Table(
                "clipping",
                List.of("mode", "limit", "seed", "steps", "diverged", "largest_norm", "clipped", "accuracy"),
                rows.stream()
                        .map(r -> List.<Object>of(
                                r.mode, r.limit, r.seed, r.steps, r.diverged, r.largestNorm, r.clipped, r.accuracy))
                        .toList());
    }

    /** Every step of the trainings of the picture. */
    private static Table steps(Map<Way, Trial> shown) {
        List<List<Object>> lines = new ArrayList<>();
        shown.forEach((way, t) -> {
            for (int i = 0; i < t.steps().size(); i++) {
                Trial.Step s = t.steps().get(i);
                lines.add(List.of(way.mode, (long) i + 1, s.loss(), s.gradientNorm(), s.clipped()));
            }
        });
        return new Table("steps", List.of("mode", "step", "loss", "gradient_norm", "clipped"), lines);
    }

    private static BufferedImage picture(Charts charts, Map<Way, Trial> shown, String caption) {
        XYChart loss = chart(charts, "Loss of each batch", "loss", shown, Trial.Step::loss);
        XYChart norm = chart(
                charts, "Norm of all gradients, before clipping", "gradient norm", shown, Trial.Step::gradientNorm);
        return charts.sheet("An exploding training, with and without clipping", caption, 1, List.of(loss, norm));
    }

    /** A curve a way. What explodes leaves the picture at the top, or the others would be flat. */
    private static XYChart chart(
            Charts charts, String title, String y, Map<Way, Trial> shown, ToDoubleFunction<Trial.Step> value) {
        XYChart chart = charts.chart(title, "step", y, Charts.WIDTH, 420, true);
        Charts.logarithmicY(chart);
        double top = ROOM
                * shown.values().stream()
                        .filter(t -> !t.diverged())
                        .flatMap(t -> t.steps().stream())
                        .mapToDouble(value)
                        .max()
                        .orElse(Double.MAX_VALUE);
        chart.getStyler().setYAxisMax(top).setAxisTickLabelsFont(new Font(Font.SANS_SERIF, Font.PLAIN, 11));
        double longest =
                shown.values().stream().mapToInt(t -> t.steps().size()).max().orElse(1);
        int i = 0;
        for (Map.Entry<Way, Trial> e : shown.entrySet()) {
            Trial trial = e.getValue();
            double[][] points =
                    drawable(trial.steps().stream().mapToDouble(value).toArray());
            double[] steps = points[0], values = points[1];
            if (values.length == 0) continue;
            charts.line(
                    chart,
                    i++,
                    e.getKey().mode,
                    steps,
                    Arrays.stream(values).map(v -> Math.min(v, top)).toArray());
            if (!trial.diverged()) continue;
            double last = steps[steps.length - 1];
            String words = e.getKey().mode + ": " + TextTable.number(values[values.length - 1]) + " in step "
                    + Math.round(last) + ", no number in step " + trial.steps().size();
            Charts.note(chart, last + longest / 5, top / 2, words);
        }
        return chart;
    }

    /** The steps, counted from 1, whose number has a place on a logarithmic axis; and those numbers. */
    static double[][] drawable(double[] all) {
        int[] kept = IntStream.range(0, all.length)
                .filter(i -> Double.isFinite(all[i]) && all[i] > 0)
                .toArray();
        return new double[][] {
            Arrays.stream(kept).mapToDouble(i -> i + 1).toArray(),
            Arrays.stream(kept).mapToDouble(i -> all[i]).toArray()
        };
    }

    /** What the rows say. */
    static List<String> conclusion(List<Row> rows) {
        List<String> sentences = new ArrayList<>();
        List<String> saved = new ArrayList<>(), lost = new ArrayList<>();
        List<Way> ways =
                rows.stream().map(r -> new Way(r.mode, r.limit)).distinct().toList();
        boolean exploded = false;
        for (Way way : ways) {
            List<Row> of = rows.stream().filter(r -> r.mode.equals(way.mode)).toList();
            long diverged = of.stream().filter(Row::diverged).count();
            double accuracy = of.stream().mapToDouble(Row::accuracy).average().orElseThrow();
            if (way.mode.equals(NONE)) {
                exploded = diverged > 0;
                sentences.add(without(of, diverged, accuracy));
                continue;
            }
            boolean fine = diverged == 0 && accuracy >= Laboratory.LEARNT;
            (fine ? saved : lost).add(way.mode);
            sentences.add(with(way, of, diverged, accuracy, fine));
        }
        sentences.add(verdict(exploded, saved, lost));
        return sentences;
    }

    private static String without(List<Row> of, long diverged, double accuracy) {
        if (diverged == 0) {
            return String.format(
                    Locale.ROOT,
                    "Without clipping the training did not explode: %.1f %% right, largest gradient norm %s.",
                    100 * accuracy,
                    TextTable.number(largest(of)));
        }
        List<Row> whole = of.stream().filter(r -> !r.diverged).toList();
        return String.format(
                Locale.ROOT,
                "Without clipping %d of %d trainings exploded: loss or gradient was no number in step %s; the largest"
                        + " gradient norm before was %s.%s",
                diverged,
                of.size(),
                String.join(
                        ", ",
                        of.stream()
                                .filter(Row::diverged)
                                .map(r -> Long.toString(r.steps))
                                .toList()),
                TextTable.number(largest(of)),
                whole.isEmpty()
                        ? ""
                        : String.format(
                                Locale.ROOT,
                                " What stayed finite had %.1f %% right.",
                                100
                                        * whole.stream()
                                                .mapToDouble(Row::accuracy)
                                                .average()
                                                .orElseThrow()));
    }

    private static String with(Way way, List<Row> of, long diverged, double accuracy, boolean fine) {
        String beginning = way.words().substring(0, 1).toUpperCase(Locale.ROOT)
                + way.words().substring(1);
        if (diverged > 0) {
            return String.format(
                    Locale.ROOT, "%s: %d of %d trainings exploded all the same.", beginning, diverged, of.size());
        }
        return String.format(
                Locale.ROOT,
                "%s kept it finite%s: %.1f %% right; %.0f %% of the steps were clipped, the largest norm before that was"
                        + " %s.",
                beginning,
                fine ? "" : ", but it learnt little",
                100 * accuracy,
                100 * of.stream().mapToDouble(Row::clipped).average().orElse(0),
                TextTable.number(largest(of)));
    }

    private static double largest(List<Row> rows) {
        return rows.stream()
                .mapToDouble(Row::largestNorm)
                .filter(Double::isFinite)
                .max()
                .orElse(Double.NaN);
    }

    private static String verdict(boolean exploded, List<String> saved, List<String> lost) {
        if (!exploded) return "This says nothing about clipping: without it the training did not explode either.";
        if (lost.isEmpty())
            return "This agrees with the lecture: clipping saved the training, " + String.join(", ", saved) + " alike.";
        if (saved.isEmpty()) return "This does not agree with the lecture: no clipping saved the training.";
        return "This agrees with the lecture in part: " + String.join(", ", saved) + " saved the training, "
                + String.join(", ", lost) + " did not.";
    }
}
