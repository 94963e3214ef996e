package voluta.report;

import java.awt.BasicStroke;
import java.awt.Color;
import java.awt.Font;
import java.util.Locale;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.style.Styler;

/**
 * How all charts look.
 *
 * @param background behind everything
 * @param text titles, labels and legend
 * @param line frames and grid
 */
public record ChartStyle(Color background, Color text, Color line) {
    /** Applies it to a chart, before it gets series. */
    public void apply(XYChart chart, boolean legend) {
        var s = chart.getStyler();
        Font plain = new Font(Font.SANS_SERIF, Font.PLAIN, 15);
        s.setChartBackgroundColor(background);
        s.setPlotBackgroundColor(background);
        s.setPlotBorderColor(line);
        s.setPlotGridLinesColor(line);
        s.setPlotGridLinesStroke(new BasicStroke(1));
        s.setChartFontColor(text);
        s.setAxisTickLabelsColor(text);
        s.setAxisTickMarksColor(text);
        s.setXAxisTitleColor(text);
        s.setYAxisTitleColor(text);
        s.setChartTitleFont(plain.deriveFont(Font.BOLD, 18));
        s.setAxisTitleFont(plain);
        s.setAxisTickLabelsFont(plain.deriveFont(14f));
        s.setLegendFont(plain);
        s.setLegendPosition(Styler.LegendPosition.OutsideS);
        s.setLegendLayout(Styler.LegendLayout.Horizontal);
        s.setLegendBackgroundColor(background);
        s.setLegendBorderColor(background);
        s.setLegendVisible(legend);
        s.setMarkerSize(7);
        s.setLocale(Locale.ROOT);
        s.setXAxisMaxLabelCount(12);
    }
}
