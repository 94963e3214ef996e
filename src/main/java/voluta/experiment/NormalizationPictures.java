package voluta.experiment;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import voluta.explain.Theme;
import voluta.model.TextTable;
import voluta.report.Charts;

/** The pictures of {@link NormalizationExperiment}. */
final class NormalizationPictures {
    private static final List<String> NORMS = NormalizationExperiment.NORMS;
    private static final int PANEL_WIDTH = 400, PANEL_HEIGHT = 300;
    /** How far a ridge rises, in distances of two ridges. */
    private static final double RISE = 1.8;
    /** Where the number of steps stands beside a ridge. */
    private static final double LABELS_AT = -5.4;

    private final Theme theme;
    private final Charts charts;

    NormalizationPictures(Theme theme) {
        this.theme = theme;
        this.charts = Charts.withBaseline(theme);
    }

    /** Accuracy over the learning rate, a line a norm; crosses where a run diverged. */
    BufferedImage accuracy(List<NormalizationExperiment.Row> rows, String caption) {
        XYChart chart = charts.chart(
                "Accuracy over the learning rate", "learning rate", "accuracy (%)", Charts.WIDTH, Charts.HEIGHT, true);
        Charts.logarithmicX(chart);
        chart.getStyler().setYAxisMin(0.0).setYAxisMax(100.0);
        for (String norm : NORMS) {
            Map<Double, Double> means = NormalizationExperiment.means(rows, norm);
            if (means.isEmpty()) continue;
            charts.line(chart, NORMS.indexOf(norm), norm, doubles(means.keySet(), 1), doubles(means.values(), 100));
        }
        boolean any = false;
        for (String norm : NORMS) {
            Map<Double, Double> means = NormalizationExperiment.means(rows, norm);
            means.keySet().removeIf(rate -> !NormalizationExperiment.diverged(rows, norm, rate));
            any |= !means.isEmpty();
            means.forEach((rate, mean) -> Charts.note(chart, rate, 100 * mean + 3, "×"));
        }
        return charts.picture(chart, caption + (any ? "; × a run diverged" : ""));
    }

    private static double[] doubles(java.util.Collection<Double> values, double factor) {
        return values.stream().mapToDouble(v -> factor * v).toArray();
    }

    /** A ridge of histograms for each norm and layer: time goes down. */
    BufferedImage histograms(LayerStatistics statistics, double rate) {
        List<XYChart> panels = new ArrayList<>();
        for (String norm : NORMS) {
            for (String layer : statistics.layers()) {
                panels.add(ridges(
                        NormalizationExperiment.words(norm) + ", " + layer,
                        statistics.rows(norm, layer),
                        charts.colour(NORMS.indexOf(norm))));
            }
        }
        return charts.sheet(
                "What reaches the activations, while the network learns at rate " + TextTable.number(rate),
                "Histograms, each as high as the others, one below the other as training goes on (the numbers: steps done);"
                        + " the same batch of pictures each time",
                statistics.layers().size(),
                panels);
    }

    private XYChart ridges(String title, List<LayerStatistics.Row> rows, Color colour) {
        XYChart chart = charts.chart(title, "", "", PANEL_WIDTH, PANEL_HEIGHT, false);
        var s = chart.getStyler();
        s.setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        s.setXAxisMin(LayerStatistics.FROM).setXAxisMax(LayerStatistics.TO);
        s.setYAxisMin(-0.3).setYAxisMax(rows.size() - 1 + RISE);
        s.setPlotGridHorizontalLinesVisible(false);
        s.setAxisTitlesVisible(false);
        s.setYAxisTicksVisible(false);
        double width = (LayerStatistics.TO - LayerStatistics.FROM) / LayerStatistics.BINS;
        for (int i = 0; i < rows.size(); i++) {
            double[] shares = rows.get(i).shares();
            double high = 1e-12;
            for (double share : shares) high = Math.max(high, share);
            double base = rows.size() - 1.0 - i;
            double[] x = new double[shares.length + 2], y = new double[shares.length + 2];
            for (int b = 0; b < shares.length; b++) {
                x[b + 1] = LayerStatistics.FROM + (b + 0.5) * width;
                y[b + 1] = base + RISE * shares[b] / high;
            }
            x[0] = LayerStatistics.FROM;
            x[shares.length + 1] = LayerStatistics.TO;
            y[0] = base;
            y[shares.length + 1] = base;
            double part = rows.size() == 1 ? 1 : (double) i / (rows.size() - 1);
            XYSeries ridge = chart.addSeries("step " + rows.get(i).step(), x, y);
            ridge.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.PolygonArea);
            ridge.setFillColor(mixed(theme.background(), colour, 0.25 + 0.6 * part));
            ridge.setLineColor(theme.background()).setLineStyle(new BasicStroke(1.2f));
            ridge.setMarker(SeriesMarkers.NONE);
            Charts.note(chart, LABELS_AT, base + 0.4, Long.toString(rows.get(i).step()));
        }
        return chart;
    }

    private static Color mixed(Color from, Color to, double part) {
        return new Color(
                (int) Math.round(from.getRed() + part * (to.getRed() - from.getRed())),
                (int) Math.round(from.getGreen() + part * (to.getGreen() - from.getGreen())),
                (int) Math.round(from.getBlue() + part * (to.getBlue() - from.getBlue())));
    }

    /** Mean above, standard deviation below, a column a layer, a line a norm. */
    BufferedImage moments(LayerStatistics statistics, double rate) {
        List<XYChart> panels = new ArrayList<>();
        for (String layer : statistics.layers())
            panels.add(curves(statistics, layer, "mean", LayerStatistics.Row::mean));
        for (String layer : statistics.layers())
            panels.add(curves(statistics, layer, "standard deviation", r -> Math.sqrt(r.variance())));
        return charts.sheet(
                String.format(
                        Locale.ROOT,
                        "Mean and standard deviation of what reaches the activations, at rate %s",
                        TextTable.number(rate)),
                "",
                statistics.layers().size(),
                panels);
    }

    private XYChart curves(
            LayerStatistics statistics, String layer, String what, ToDoubleFunction<LayerStatistics.Row> value) {
        XYChart chart = charts.chart(layer + ": " + what, "steps", "", 480, 400, true);
        chart.getStyler().setChartTitleFont(new Font(Font.SANS_SERIF, Font.BOLD, 15));
        for (String norm : NORMS) {
            List<LayerStatistics.Row> rows = statistics.rows(norm, layer).stream()
                    .filter(r -> Double.isFinite(value.applyAsDouble(r)))
                    .toList();
            if (rows.isEmpty()) continue;
            charts.line(
                    chart,
                    NORMS.indexOf(norm),
                    norm,
                    rows.stream().mapToDouble(LayerStatistics.Row::step).toArray(),
                    rows.stream().mapToDouble(value).toArray());
        }
        return chart;
    }
}
