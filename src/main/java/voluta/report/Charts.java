package voluta.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import voluta.train.EpochReport;

/** Charts of lines over the epochs, which colour, dash and marker tell apart, and sheets of such charts. */
final class Charts {
    private static final int WIDTH = 720, HEIGHT = 440, GAP = 12;
    /** Points up to which each has a marker. */
    private static final int MARKED = 40;

    private static final BasicStroke[] STROKES = {new BasicStroke(2.2f), stroke(9, 5), stroke(2, 4), stroke(12, 4, 2, 4)
    };
    private static final Marker[] MARKERS = {
        SeriesMarkers.CIRCLE,
        SeriesMarkers.SQUARE,
        SeriesMarkers.TRIANGLE_UP,
        SeriesMarkers.DIAMOND,
        SeriesMarkers.TRIANGLE_DOWN
    };

    private Charts() {}

    private static BasicStroke stroke(float... dash) {
        return new BasicStroke(2.2f, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dash, 0);
    }

    /** Colours of a sheet; those of lines in the order in which they are used. */
    enum Look {
        LIGHT(
                Color.WHITE,
                Colours.TEXT,
                Colours.LINE,
                Colours.BLUE,
                Colours.VERMILION,
                Colours.GREEN,
                Colours.PURPLE,
                Colours.ORANGE,
                Colours.SKY,
                Colours.TEXT),
        DARK(
                new Color(0x16181c),
                new Color(0xf0f0f0),
                new Color(0x3c4048),
                Colours.SKY,
                Colours.ORANGE,
                Colours.GREEN,
                Colours.PURPLE,
                Colours.YELLOW,
                Colours.VERMILION,
                new Color(0xf0f0f0));

        private final Color background;
        private final Color text;
        private final Color grid;
        private final Color[] lines;

        Look(Color background, Color text, Color grid, Color... lines) {
            this.background = background;
            this.text = text;
            this.grid = grid;
            this.lines = lines;
        }
    }

    /** One line of a chart; of points that are no numbers nothing is drawn. */
    record Line(String name, double[] x, double[] y) {
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

    /** A line with a point for each epoch. */
    static Line epochs(String name, List<EpochReport> epochs, ToDoubleFunction<EpochReport> value) {
        return new Line(
                name,
                epochs.stream().mapToDouble(EpochReport::epoch).toArray(),
                epochs.stream().mapToDouble(value).toArray());
    }

    static XYChart chart(String title, Line... lines) {
        return chart(title, Look.LIGHT, List.of(lines));
    }

    /** Lines that have no point at all are left out; the others keep the colours of their places. */
    static XYChart chart(String title, Look look, List<Line> lines) {
        XYChart chart = new XYChartBuilder()
                .width(WIDTH)
                .height(HEIGHT)
                .title(title)
                .xAxisTitle("epoch")
                .build();
        style(chart, look, lines.size() > 1);
        if (lines.size() == 1) chart.getStyler().setYAxisDecimalPattern("0.########");
        for (int i = 0; i < lines.size(); i++) {
            Line line = lines.get(i).finite();
            if (line.x().length == 0) continue;
            Color colour = look.lines[i % look.lines.length];
            XYSeries series = chart.addSeries(line.name().isEmpty() ? title : line.name(), line.x(), line.y());
            series.setLineColor(colour).setLineStyle(STROKES[i % STROKES.length]);
            series.setMarker(line.x().length <= MARKED ? MARKERS[i % MARKERS.length] : SeriesMarkers.NONE);
            series.setMarkerColor(colour);
        }
        return chart;
    }

    /** Two charts side by side, the others below. */
    static BufferedImage sheet(List<XYChart> charts, Look look) {
        int rows = (charts.size() + 1) / 2;
        BufferedImage all =
                new BufferedImage(2 * WIDTH + 3 * GAP, rows * HEIGHT + (rows + 1) * GAP, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = all.createGraphics();
        g.setColor(look.background);
        g.fillRect(0, 0, all.getWidth(), all.getHeight());
        for (int i = 0; i < charts.size(); i++) {
            BufferedImage one = BitmapEncoder.getBufferedImage(charts.get(i));
            g.drawImage(one, GAP + i % 2 * (WIDTH + GAP), GAP + i / 2 * (HEIGHT + GAP), null);
        }
        g.dispose();
        return all;
    }

    /** How all charts look. */
    static void style(XYChart chart, Look look, boolean legend) {
        new ChartStyle(look.background, look.text, look.grid).apply(chart, legend);
    }
}
