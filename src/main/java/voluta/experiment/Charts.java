package voluta.experiment;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import voluta.explain.Theme;
import voluta.report.ChartStyle;

/**
 * Charts in the manner of this room. Series are told apart by colour (Okabe's and Ito's, lighter in the dark), stroke and
 * marker, so that each of the three suffices.
 */
final class Charts {
    static final int WIDTH = 960, HEIGHT = 600;
    private static final int GAP = 12, HEADING = 44, CAPTION = 26;
    private static final float THICK = 2.2f;
    private static final Marker[] MARKERS = {
        SeriesMarkers.CIRCLE,
        SeriesMarkers.SQUARE,
        SeriesMarkers.TRIANGLE_UP,
        SeriesMarkers.DIAMOND,
        SeriesMarkers.TRIANGLE_DOWN
    };
    private static final float[][] DASHES = {null, {10, 4}, {3, 3}, {12, 3, 3, 3}, {6, 3}};
    private static final int[] ON_WHITE = {0x4d4d4d, 0x0072b2, 0xd55e00, 0x009e73, 0xaa4a8c};
    private static final int[] ON_BLACK = {0xc8ccd2, 0x56b4e9, 0xff8c42, 0x2fc79a, 0xe08fc0};

    private final Theme theme;

    Charts(Theme theme) {
        this.theme = theme;
    }

    /** The colour of the i-th series; the first is grey, for what others are compared to. */
    Color colour(int i) {
        int[] all = theme == Theme.DARK ? ON_BLACK : ON_WHITE;
        return new Color(all[i % all.length]);
    }

    XYChart chart(String title, String x, String y, int width, int height, boolean legend) {
        XYChart chart = new XYChartBuilder()
                .width(width)
                .height(height)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        new ChartStyle(theme.background(), theme.text(), theme.line()).apply(chart, legend);
        chart.getStyler().setPlotContentSize(0.96);
        chart.getStyler().setAnnotationTextFontColor(theme.text());
        chart.getStyler().setAnnotationTextFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
        chart.getStyler().setYAxisTickLabelsFormattingFunction(Table::number);
        return chart;
    }

    /** Numbers on a logarithmic axis as people write them: 0.01, 1, 300. */
    static void logarithmicX(XYChart chart) {
        chart.getStyler().setXAxisLogarithmic(true).setXAxisTickLabelsFormattingFunction(Table::number);
    }

    static void logarithmicY(XYChart chart) {
        chart.getStyler().setYAxisLogarithmic(true);
    }

    /** The i-th series as a line with markers. */
    XYSeries line(XYChart chart, int i, String name, double[] x, double[] y) {
        XYSeries s = chart.addSeries(name, x, y);
        s.setLineColor(colour(i)).setLineStyle(stroke(i));
        s.setMarker(MARKERS[i % MARKERS.length]).setMarkerColor(colour(i));
        return s;
    }

    /** The i-th series as a line alone, for many points. */
    XYSeries curve(XYChart chart, int i, String name, double[] x, double[] y) {
        XYSeries s = line(chart, i, name, x, y);
        s.setMarker(SeriesMarkers.NONE);
        return s;
    }

    /** Words at a point. */
    void note(XYChart chart, double x, double y, String words) {
        AnnotationText text = new AnnotationText(words, x, y, false);
        chart.addAnnotation(text);
    }

    private static BasicStroke stroke(int i) {
        float[] dash = DASHES[i % DASHES.length];
        return dash == null
                ? new BasicStroke(THICK)
                : new BasicStroke(THICK, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dash, 0);
    }

    /** One chart as a picture, with a line of small text under it. */
    BufferedImage picture(XYChart chart, String caption) {
        return sheet("", caption, 1, List.of(chart));
    }

    /** Charts of one size, row by row, with a heading over them and a line of small text under them. */
    BufferedImage sheet(String heading, String caption, int columns, List<XYChart> charts) {
        int width = charts.get(0).getWidth(), height = charts.get(0).getHeight();
        int rows = (charts.size() + columns - 1) / columns, top = heading.isEmpty() ? GAP : HEADING;
        BufferedImage all = new BufferedImage(
                columns * (width + GAP) + GAP, top + rows * (height + GAP) + CAPTION, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = all.createGraphics();
        g.setRenderingHint(RenderingHints.KEY_TEXT_ANTIALIASING, RenderingHints.VALUE_TEXT_ANTIALIAS_ON);
        g.setColor(theme.background());
        g.fillRect(0, 0, all.getWidth(), all.getHeight());
        g.setColor(theme.text());
        g.setFont(new Font(Font.SANS_SERIF, Font.BOLD, 20));
        g.drawString(heading, 2 * GAP, 30);
        for (int i = 0; i < charts.size(); i++) {
            BufferedImage one = BitmapEncoder.getBufferedImage(charts.get(i));
            g.drawImage(one, GAP + i % columns * (width + GAP), top + i / columns * (height + GAP), null);
        }
        g.setColor(theme.caption());
        g.setFont(new Font(Font.SANS_SERIF, Font.PLAIN, 14));
        g.drawString(caption, 2 * GAP, all.getHeight() - 12);
        g.dispose();
        return all;
    }
}
