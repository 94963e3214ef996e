package voluta.report;

import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import voluta.explain.Theme;
import voluta.train.EpochReport;

/** Charts of lines over the epochs, two in a row. */
final class EpochCharts {
    private static final int WIDTH = 720, HEIGHT = 440;

    private final Charts charts;

    EpochCharts(Theme theme) {
        this.charts = Charts.of(theme);
    }

    /** One line of a chart; of points that are no numbers nothing is drawn. */
    record Line(String name, double[] x, double[] y) {
        /** A line with a point for each epoch. */
        static Line of(String name, List<EpochReport> epochs, ToDoubleFunction<EpochReport> value) {
            return new Line(
                    name,
                    epochs.stream().mapToDouble(EpochReport::epoch).toArray(),
                    epochs.stream().mapToDouble(value).toArray());
        }

        private Line finite() {
            int[] kept = IntStream.range(0, x.length)
                    .filter(i -> Double.isFinite(y[i]))
                    .toArray();
            return new Line(
                    name,
                    Arrays.stream(kept).mapToDouble(i -> x[i]).toArray(),
                    Arrays.stream(kept).mapToDouble(i -> y[i]).toArray());
        }
    }

    /** Lines that have no point at all are left out; the others keep the colours of their places. */
    XYChart chart(String title, List<Line> lines) {
        XYChart chart = charts.chart(title, "epoch", "", WIDTH, HEIGHT, lines.size() > 1);
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i).finite();
            if (line.x.length == 0) continue;
            charts.line(chart, i, line.name.isEmpty() ? title : line.name, line.x, line.y);
        }
        return chart;
    }

    BufferedImage sheet(List<XYChart> all) {
        return charts.sheet("", "", 2, all);
    }
}
