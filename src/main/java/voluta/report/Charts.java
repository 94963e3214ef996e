package voluta.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.Locale;
import org.knowm.xchart.AnnotationText;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.Marker;
import org.knowm.xchart.style.markers.SeriesMarkers;
import voluta.explain.Theme;
import voluta.model.TextTable;

/**
 * How all charts look, and sheets of them. Series are told apart by colour (Okabe's and Ito's, lighter in the dark), stroke and
 * marker, so that each of the three suffices.
 */
public final class Charts {
    /** The size of a chart that stands alone. */
    public static final int WIDTH = 960, HEIGHT = 600;

    private static final int GAP = 12, HEADING = 44, CAPTION = 26;
    private static final float THICK = 2.2f;
    /** Points up to which each has a marker. */
    private static final int MARKED = 40;
    /** Numbers along the lower axis. */
    private static final int LABELS = 12;

    private static final Marker[] MARKERS = {
        SeriesMarkers.CIRCLE,
        SeriesMarkers.SQUARE,
        SeriesMarkers.TRIANGLE_UP,
        SeriesMarkers.DIAMOND,
        SeriesMarkers.TRIANGLE_DOWN
    };
    private static final float[][] DASHES = {null, {10, 4}, {3, 3}, {12, 3, 3, 3}, {6, 3}};
    private static final int[] ON_WHITE = {0x0072b2, 0xd55e00, 0x009e73, 0xaa4a8c, 0xe69f00, 0x56b4e9, 0x1a1a1a};
    private static final int[] ON_BLACK = {0x56b4e9, 0xff8c42, 0x2fc79a, 0xe08fc0, 0xf0e442, 0xd55e00, 0xf0f0f0};
    private static final int GREY_ON_WHITE = 0x4d4d4d, GREY_ON_BLACK = 0xc8ccd2;

    private final Theme theme;
    private final Color[] colours;

    private Charts(Theme theme, int... colours) {
        this.theme = theme;
        this.colours = new Color[colours.length];
        for (int i = 0; i < colours.length; i++) this.colours[i] = new Color(colours[i]);
    }

    /** Charts whose series are all worth the same. */
    public static Charts of(Theme theme) {
        return new Charts(theme, theme == Theme.DARK ? ON_BLACK : ON_WHITE);
    }

    /** Charts whose first series, which the others are compared to, is grey. */
    public static Charts withBaseline(Theme theme) {
        int[] others = theme == Theme.DARK ? ON_BLACK : ON_WHITE, all = new int[others.length + 1];
        all[0] = theme == Theme.DARK ? GREY_ON_BLACK : GREY_ON_WHITE;
        System.arraycopy(others, 0, all, 1, others.length);
        return new Charts(theme, all);
    }

    /** The colour of the i-th series. */
    public Color colour(int i) {
        return colours[i % colours.length];
    }

    /** A chart without series. */
    public XYChart chart(String title, String x, String y, int width, int height, boolean legend) {
        XYChart chart = new XYChartBuilder()
                .width(width)
                .height(height)
                .title(title)
                .xAxisTitle(x)
                .yAxisTitle(y)
                .build();
        var s = chart.getStyler();
        Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 15), small = plain.deriveFont(14f);
        s.setChartBackgroundColor(theme.background());
        s.setPlotBackgroundColor(theme.background());
        s.setPlotBorderColor(theme.line());
        s.setPlotGridLinesColor(theme.line());
        s.setPlotGridLinesStroke(new BasicStroke(1));
        s.setPlotContentSize(0.96);
        s.setChartFontColor(theme.text());
        s.setAxisTickLabelsColor(theme.text());
        s.setAxisTickMarksColor(theme.text());
        s.setXAxisTitleColor(theme.text());
        s.setYAxisTitleColor(theme.text());
        s.setChartTitleFont(plain.deriveFont(Font.BOLD, 18));
        s.setAxisTitleFont(plain);
        s.setAxisTickLabelsFont(small);
        s.setLegendFont(plain);
        s.setLegendPosition(Styler.LegendPosition.OutsideS);
        s.setLegendLayout(Styler.LegendLayout.Horizontal);
        s.setLegendBackgroundColor(theme.background());
        s.setLegendBorderColor(theme.background());
        s.setLegendVisible(legend);
        s.setMarkerSize(7);
        s.setLocale(Locale.ROOT);
        s.setXAxisMaxLabelCount(LABELS);
        s.setYAxisTickLabelsFormattingFunction(TextTable::number);
        s.setAnnotationTextFontColor(theme.text());
        s.setAnnotationTextFont(small);
        return chart;
    }

    /** Powers of ten at even distances. */
    public static void logarithmicX(XYChart chart) {
        chart.getStyler().setXAxisLogarithmic(true).setXAxisTickLabelsFormattingFunction(TextTable::number);
    }

    /** Powers of ten at even distances. */
    public static void logarithmicY(XYChart chart) {
        chart.getStyler().setYAxisLogarithmic(true);
    }

    /** The i-th series as a line; few points have markers too. */
    public XYSeries line(XYChart chart, int i, String name, double[] x, double[] y) {
        XYSeries s = chart.addSeries(name, uneven(x), y);
        s.setLineColor(colour(i)).setLineStyle(stroke(i));
        s.setMarker(x.length <= MARKED ? MARKERS[i % MARKERS.length] : SeriesMarkers.NONE);
        s.setMarkerColor(colour(i));
        return s;
    }

    /**
     * The library puts a number under as many of evenly spaced points as there is room for; under others, few round ones. So
     * the second of many points is moved by less than can be seen.
     */
    private static double[] uneven(double[] x) {
        if (x.length <= LABELS) return x;
        double[] moved = x.clone();
        moved[1] += (x[2] - x[1]) / 1000;
        return moved;
    }

    /** Words at a point. */
    public static void note(XYChart chart, double x, double y, String words) {
        chart.addAnnotation(new AnnotationText(words, x, y, false));
    }

    /** A stroke by which the i-th series can be told apart. */
    public static BasicStroke stroke(int i) {
        float[] dash = DASHES[i % DASHES.length];
        return dash == null
                ? new BasicStroke(THICK)
                : new BasicStroke(THICK, BasicStroke.CAP_BUTT, BasicStroke.JOIN_ROUND, 10, dash, 0);
    }

    /** One chart as a picture, with a line of small text under it. */
    public BufferedImage picture(XYChart chart, String caption) {
        return sheet("", caption, 1, List.of(chart));
    }

    /** Charts of one size, row by row, with a heading over them and a line of small text under them, where they have words. */
    public BufferedImage sheet(String heading, String caption, int columns, List<XYChart> charts) {
        int width = charts.get(0).getWidth(), height = charts.get(0).getHeight();
        int rows = (charts.size() + columns - 1) / columns, top = heading.isEmpty() ? GAP : HEADING;
        int below = caption.isEmpty() ? 0 : CAPTION;
        BufferedImage all = new BufferedImage(
                columns * (width + GAP) + GAP, top + rows * (height + GAP) + below, BufferedImage.TYPE_INT_RGB);
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
