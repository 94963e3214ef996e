package voluta.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import voluta.train.EpochReport;
import voluta.train.StepReport;

/** {@code results.png}: loss, accuracy, learning rate and gradient norm over the epochs. */
final class Curves {
    private static final int WIDTH = 720, HEIGHT = 440, GAP = 12;
    private static final int MARKED = 40;
    private static final Color[] COLOURS = {Colours.BLUE, Colours.VERMILION, Colours.GREEN};
    private static final BasicStroke[] LINES = {
        new BasicStroke(2.2f), stroke(9, 5), stroke(2, 4),
    };
    private static final Marker[] MARKERS = {SeriesMarkers.CIRCLE, SeriesMarkers.SQUARE, SeriesMarkers.TRIANGLE_UP};

    private final Findings findings;

    private Curves(Findings findings) {
        this.findings = findings;
    }

    private static BasicStroke stroke(float... dash) {
        return new BasicStroke(2.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dash, 0);
    }

    /** One line of a chart. */
    private record Line(String name, double[] x, double[] y) {}

    /** @return null if nothing was trained yet */
    static BufferedImage draw(Findings findings) {
        if (findings.epochs().isEmpty() && findings.steps().isEmpty()) return null;
        return new Curves(findings).draw();
    }

    private BufferedImage draw() {
        List<XYChart> charts = List.of(
                chart(
                        "Loss",
                        training("training", EpochReport::loss, StepReport::loss),
                        epochs("validation", e -> e.evaluation().loss())),
                chart(
                        "Accuracy (%)",
                        training("training", e -> 100 * e.top1(), s -> 100 * s.top1()),
                        epochs("validation", e -> 100 * e.evaluation().top1()),
                        epochs("validation, top 5", e -> 100 * e.evaluation().top5())),
                chart("Learning rate", training("", EpochReport::learningRate, StepReport::learningRate)),
                chart(
                        "Gradient norm",
                        epochs("mean", EpochReport::gradientNorm),
                        epochs("largest", EpochReport::maxGradientNorm)));
        BufferedImage all = new BufferedImage(2 * WIDTH + 3 * GAP, 2 * HEIGHT + 3 * GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = all.createGraphics();
        g.setColor(Color.WHITE);
        g.fillRect(0, 0, all.getWidth(), all.getHeight());
        for (int i = 0; i < charts.size(); i++) {
            BufferedImage one = BitmapEncoder.getBufferedImage(charts.get(i));
            g.drawImage(one, GAP + i % 2 * (WIDTH + GAP), GAP + i / 2 * (HEIGHT + GAP), null);
        }
        g.dispose();
        return all;
    }

    /** Between epochs too, where that is known. */
    private Line training(String name, ToDoubleFunction<EpochReport> epoch, ToDoubleFunction<StepReport> step) {
        List<StepReport> steps = findings.steps();
        if (steps.size() <= findings.epochs().size()) return epochs(name, epoch);
        double[] x = steps.stream()
                .mapToDouble(s -> s.epoch() - 1 + (double) s.stepInEpoch() / s.stepsPerEpoch())
                .toArray();
        return new Line(name, x, steps.stream().mapToDouble(step).toArray());
    }

    private Line epochs(String name, ToDoubleFunction<EpochReport> value) {
        List<EpochReport> epochs = findings.epochs();
        return new Line(
                name,
                epochs.stream().mapToDouble(EpochReport::epoch).toArray(),
                epochs.stream().mapToDouble(value).toArray());
    }

    private static XYChart chart(String title, Line... lines) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("epoch")
                .build();
        style(chart, lines.length > 1);
        if (lines.length == 1) chart.getStyler().setYAxisDecimalPattern("0.########");
        List<Line> drawn = new ArrayList<>();
        for (Line line : lines) {
            Line finite = finite(line);
            if (finite.x().length > 0) drawn.add(finite);
        }
        for (int i = 0; i < drawn.size(); i++) {
            Line line = drawn.get(i);
            String name = line.name().isEmpty() ? title : line.name();
            XYSeries series = chart.addSeries(name, line.x(), line.y());
            series.setLineColor(COLOURS[i]).setLineStyle(LINES[i]);
            series.setMarker(line.x().length <= MARKED ? MARKERS[i] : SeriesMarkers.NONE);
            series.setMarkerColor(COLOURS[i]);
        }
        return chart;
    }

    /** A loss that is no number has no place in a chart. */
    private static Line finite(Line line) {
        int[] kept = IntStream.range(0, line.x().length)
                .filter(i -> Double.isFinite(line.y()[i]))
                .toArray();
        return new Line(
                line.name(),
                Arrays.stream(kept).mapToDouble(i -> line.x()[i]).toArray(),
                Arrays.stream(kept).mapToDouble(i -> line.y()[i]).toArray());
    }

    /** How all charts look. */
    static void style(XYChart chart, boolean legend) {
        var s = chart.getStyler();
        Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 15);
        s.setChartBackgroundColor(Color.WHITE);
        s.setPlotBackgroundColor(Color.WHITE);
        s.setPlotBorderColor(Colours.LINE);
        s.setPlotGridLinesColor(Colours.LINE);
        s.setPlotGridLinesStroke(new BasicStroke(1));
        s.setChartFontColor(Colours.TEXT);
        s.setChartTitleFont(plain.deriveFont(Font.BOLD, 18));
        s.setAxisTitleFont(plain);
        s.setAxisTickLabelsFont(plain.deriveFont(14f));
        s.setLegendFont(plain);
        s.setLegendPosition(Styler.LegendPosition.OutsideS);
        s.setLegendLayout(Styler.LegendLayout.Horizontal);
        s.setLegendBorderColor(Color.WHITE);
        s.setLegendVisible(legend);
        s.setMarkerSize(7);
        s.setLocale(Locale.ROOT);
        s.setXAxisMaxLabelCount(12);
    }
}
