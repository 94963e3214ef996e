package voluta.report;

import java.awt.BasicStroke;
import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.markers.SeriesMarkers;
import voluta.checkpoint.AtomicFile;
import voluta.checkpoint.OutputFolder;
import voluta.explain.Theme;
import voluta.train.RateTest;
import voluta.train.TrainingException;

/** A learning-rate range test as a picture and as a table. */
public final class RatePicture {
    /** The picture: the loss over the rate, and the rate that is suggested. */
    public static final String PICTURE = "lr_find.png";

    /** The numbers. */
    public static final String TABLE = "lr_find.csv";

    /** How far above its beginning an exploding loss is still drawn. */
    private static final double ROOM = 1.5;

    private RatePicture() {}

    /**
     * Writes both into a folder, which is made; files of an earlier test are replaced.
     *
     * @throws TrainingException if the folder cannot be made
     */
    public static void write(Path folder, RateTest test) {
        OutputFolder.make(folder, TrainingException::new);
        AtomicFile.writeText(folder.resolve(TABLE), test.csv());
        if (!test.points().isEmpty()) Png.write(folder.resolve(PICTURE), draw(test));
    }

    private static BufferedImage draw(RateTest test) {
        List<RateTest.Point> points = test.points();
        double high = points.get(0).smoothed(), low = high;
        for (RateTest.Point p : points) low = Math.min(low, p.smoothed());
        double top = low + ROOM * Math.max(high - low, 0.1 * Math.abs(high) + 1e-6);
        Charts charts = Charts.of(Theme.LIGHT);
        XYChart chart =
                charts.chart("Learning-rate range test", "learning rate", "loss", Charts.WIDTH, Charts.HEIGHT, true);
        chart.getStyler().setXAxisLogarithmic(true).setXAxisDecimalPattern("0E0");
        chart.getStyler().setYAxisMin(low - 0.1 * (top - low)).setYAxisMax(top);
        line(chart, "of each batch", points, p -> Math.min(p.loss(), top))
                .setLineColor(Colours.SOFT)
                .setLineStyle(new BasicStroke(1));
        line(chart, "smoothed", points, p -> Math.min(p.smoothed(), top))
                .setLineColor(charts.colour(0))
                .setLineStyle(Charts.stroke(0));
        if (test.suggestion().isPresent()) {
            double rate = test.suggestion().get();
            String name = String.format(Locale.ROOT, "suggestion: %.2g", rate);
            chart.addSeries(name, new double[] {rate, rate}, new double[] {low, top})
                    .setMarker(SeriesMarkers.NONE)
                    .setLineColor(charts.colour(1))
                    .setLineStyle(Charts.stroke(1));
        }
        return BitmapEncoder.getBufferedImage(chart);
    }

    private static XYSeries line(
            XYChart chart, String name, List<RateTest.Point> points, ToDoubleFunction<RateTest.Point> value) {
        double[] x = points.stream().mapToDouble(RateTest.Point::rate).toArray();
        XYSeries series =
                chart.addSeries(name, x, points.stream().mapToDouble(value).toArray());
        series.setMarker(SeriesMarkers.NONE);
        return series;
    }
}
