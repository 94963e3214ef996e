package voluta.experiment;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Comparator;
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
import voluta.report.Charts;
import voluta.train.Trial;

/** Blocks of one 3x3 convolution, bottlenecks around one between two 1x1, and 1x1 alone; and a 1x1 convolution as an MLP. */
final class OneByOneExperiment implements Experiment {
    static final String PLAIN = "plain 3x3", BOTTLENECK = "bottleneck", POINTWISE = "1x1 alone";

    static final List<String> BLOCKS = List.of(PLAIN, BOTTLENECK, POINTWISE);

    private static final List<Integer> WIDTHS = List.of(8, 16, 32), QUICK_WIDTHS = List.of(8);
    private static final int NARROWER = 4, STEPS = 500, QUICK_STEPS = 5, SEEDS = 3;
    private static final double RATE = 0.05;
    /** A bottleneck keeps up if it loses no more accuracy than this. */
    private static final double KEEPS_UP = 0.02;

    /**
     * One training.
     *
     * @param width channels between the blocks
     * @param multiplyAdds for one picture
     * @param accuracy share of right guesses on pictures that it did not see
     */
    record Row(String block, int width, long parameters, long multiplyAdds, long seed, double accuracy) {}

    @Override
    public String name() {
        return "1x1";
    }

    @Override
    public String question() {
        return "What do 1x1 convolutions save, what do they not see, and are they an MLP at each pixel?";
    }

    @Override
    public Outcome run(Laboratory lab) {
        PixelMlp.Comparison same = PixelMlp.compare(lab.base(), lab.pick(64, 8));
        List<Integer> widths = lab.pick(WIDTHS, QUICK_WIDTHS);
        List<Long> seeds = lab.seeds(SEEDS);
        int steps = lab.steps(STEPS, QUICK_STEPS);
        Dataset learn = lab.carried(Split.TRAIN), measure = lab.carried(Split.TEST);
        lab.plan(BLOCKS.size() * widths.size() * seeds.size());
        List<Row> rows = new ArrayList<>();
        for (long seed : seeds) {
            for (String block : BLOCKS) {
                for (int width : widths) {
                    NetworkDescription network = network(block, width);
                    Trial t = lab.train(
                            block + ", " + width + " channels, seed " + seed,
                            lab.training(network, RATE, seed),
                            learn,
                            measure,
                            steps);
                    ModelSummary s = ModelSummary.of(Network.of(network));
                    rows.add(new Row(
                            block,
                            width,
                            s.parameters(),
                            s.multiplyAdds(),
                            seed,
                            t.evaluations().get(0).top1()));
                }
            }
        }
        String how = lab.recipe("SGD with momentum 0.9", RATE);
        List<String> conclusion = new ArrayList<>(List.of(same.sentence()));
        conclusion.addAll(conclusion(rows));
        return new Outcome(
                List.of(
                        "Network: a 1x1 convolution to the width, 2x2 max pooling, then two blocks, pooling, a third block,"
                                + " global average pooling and a linear layer; batch norm and ReLU after each convolution."
                                + " A bottleneck is 1x1 to a quarter of the channels, 3x3, and 1x1 back.",
                        lab.describe(how, steps, seeds, learn, measure),
                        lab.backend()),
                List.of(table(rows)),
                summary(rows).text(),
                conclusion,
                Map.of(
                        "1x1",
                        picture(
                                Charts.withBaseline(lab.theme()),
                                rows,
                                how + "; " + Laboratory.means(seeds) + "; the numbers: channels")));
    }

    static NetworkDescription network(String block, int width) {
        Model m = Model.named("one-by-one").input(1, 28, 28).classes(10);
        add(m, width, 1);
        m.maxPool(2);
        for (int i = 0; i < 3; i++) {
            if (block.equals(BOTTLENECK)) {
                add(m, width / NARROWER, 1);
                add(m, width / NARROWER, 3);
                add(m, width, 1);
            } else {
                add(m, width, block.equals(PLAIN) ? 3 : 1);
            }
            if (i == 1) m.maxPool(2);
        }
        return m.globalAvgPool().flatten().linear().build();
    }

    private static void add(Model m, int filters, int kernel) {
        m.conv(filters, kernel).with("padding", kernel / 2).batchNorm().relu();
    }

    private static Table table(List<Row> rows) {
        return new Table(
                "1x1",
                List.of("block", "width", "parameters", "multiply_adds", "seed", "accuracy"),
                rows.stream()
                        .map(r -> List.<Object>of(
                                r.block, (long) r.width, r.parameters, r.multiplyAdds, r.seed, r.accuracy))
                        .toList());
    }

    private static Table summary(List<Row> rows) {
        List<List<Object>> lines = new ArrayList<>();
        for (String block : BLOCKS) {
            for (int width : widths(rows)) {
                Row r = first(rows, block, width);
                lines.add(List.of(
                        block,
                        (long) width,
                        r.parameters,
                        r.multiplyAdds,
                        String.format(Locale.ROOT, "%.1f %%", 100 * mean(rows, block, width))));
            }
        }
        return new Table("summary", List.of("block", "width", "parameters", "multiply-adds", "accuracy"), lines);
    }

    private static List<Integer> widths(List<Row> rows) {
        return rows.stream().map(Row::width).distinct().sorted().toList();
    }

    private static Row first(List<Row> rows, String block, int width) {
        return rows.stream()
                .filter(r -> r.block.equals(block) && r.width == width)
                .findFirst()
                .orElseThrow();
    }

    /** Over the seeds. */
    private static double mean(List<Row> rows, String block, int width) {
        return rows.stream()
                .filter(r -> r.block.equals(block) && r.width == width)
                .mapToDouble(Row::accuracy)
                .average()
                .orElseThrow();
    }

    private static BufferedImage picture(Charts charts, List<Row> rows, String caption) {
        XYChart chart = charts.chart(
                "Accuracy over parameters", "parameters", "accuracy (%)", Charts.WIDTH, Charts.HEIGHT, true);
        Charts.logarithmicX(chart);
        for (int i = 0; i < BLOCKS.size(); i++) {
            String block = BLOCKS.get(i);
            List<Integer> widths = widths(rows);
            double[] x = widths.stream()
                    .mapToDouble(w -> first(rows, block, w).parameters)
                    .toArray();
            double[] y =
                    widths.stream().mapToDouble(w -> 100 * mean(rows, block, w)).toArray();
            charts.line(chart, i, block, x, y);
            for (int w = 0; w < x.length; w++)
                Charts.note(chart, x[w], y[w] + 1.2, widths.get(w).toString());
        }
        return charts.picture(chart, caption);
    }

    /** What the rows say, of the largest width. */
    static List<String> conclusion(List<Row> rows) {
        int width = widths(rows).get(widths(rows).size() - 1);
        Row plain = first(rows, PLAIN, width), bottleneck = first(rows, BOTTLENECK, width);
        double of = mean(rows, PLAIN, width),
                with = mean(rows, BOTTLENECK, width),
                alone = mean(rows, POINTWISE, width);
        if (of < Laboratory.LEARNT) return List.of(Laboratory.nothing(of));
        boolean keepsUp = with >= of - KEEPS_UP, fewer = bottleneck.parameters < plain.parameters;
        return List.of(
                String.format(
                        Locale.ROOT,
                        "With %d channels, bottlenecks take %,d parameters instead of %,d (%.1f times fewer) and %,d"
                                + " multiply-adds instead of %,d (%.1f times fewer): %.1f %% right instead of %.1f %%.",
                        width,
                        bottleneck.parameters,
                        plain.parameters,
                        plain.parameters / (double) bottleneck.parameters,
                        bottleneck.multiplyAdds,
                        plain.multiplyAdds,
                        plain.multiplyAdds / (double) bottleneck.multiplyAdds,
                        100 * with,
                        100 * of),
                alike(rows, bottleneck, with),
                String.format(
                        Locale.ROOT,
                        "1x1 convolutions alone, which see one pixel but for the pooling, had %.1f %% right: %.1f points %s"
                                + " than 3x3.",
                        100 * alone,
                        100 * Math.abs(of - alone),
                        alone <= of ? "less" : "more"),
                keepsUp && fewer
                        ? String.format(
                                Locale.ROOT,
                                "This agrees with the lecture: 1x1 convolutions save parameters and lose no more than %.0f"
                                        + " points.",
                                100 * KEEPS_UP)
                        : String.format(
                                Locale.ROOT,
                                "This does not agree with the lecture: here bottlenecks cost %.1f points of accuracy.",
                                100 * (of - with)));
    }

    /** The bottlenecks beside the plain network of the nearest size. */
    private static String alike(List<Row> rows, Row bottleneck, double with) {
        Row nearest = rows.stream()
                .filter(r -> r.block.equals(PLAIN))
                .min(Comparator.comparingDouble(r -> Math.abs(Math.log(r.parameters / (double) bottleneck.parameters))))
                .orElseThrow();
        double of = mean(rows, PLAIN, nearest.width);
        return String.format(
                Locale.ROOT,
                "The plain network of the nearest size, %,d parameters and %,d multiply-adds, had %.1f %% right: %.1f points"
                        + " %s than those bottlenecks.",
                nearest.parameters,
                nearest.multiplyAdds,
                100 * of,
                100 * Math.abs(of - with),
                of <= with ? "less" : "more");
    }
}
