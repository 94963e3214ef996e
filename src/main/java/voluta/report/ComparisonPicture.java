package voluta.report;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.knowm.xchart.XYChart;
import voluta.explain.Theme;
import voluta.train.EpochReport;

/** The curves of several runs in one picture: loss and accuracy, in training and in validation. */
public final class ComparisonPicture {
    /** Runs whose lines can still be told apart. */
    public static final int MOST_RUNS = 12;

    private ComparisonPicture() {}

    /**
     * Writes the picture as PNG; a file of this name is replaced.
     *
     * @param runs the epochs of each run by its name, at most {@link #MOST_RUNS}; a run without epochs has no lines
     * @throws voluta.checkpoint.CheckpointException if the file cannot be written
     */
    public static void write(Path file, Map<String, List<EpochReport>> runs, Theme theme) {
        Png.write(file, draw(runs, theme));
    }

    static BufferedImage draw(Map<String, List<EpochReport>> runs, Theme theme) {
        EpochCharts charts = new EpochCharts(theme);
        Map<String, ToDoubleFunction<EpochReport>> titles = new LinkedHashMap<>();
        titles.put("Validation loss", e -> e.evaluation().loss());
        titles.put("Validation accuracy (%)", e -> 100 * e.evaluation().top1());
        titles.put("Training loss", EpochReport::loss);
        titles.put("Training accuracy (%)", e -> 100 * e.top1());
        List<XYChart> all = new ArrayList<>();
        titles.forEach((title, value) -> {
            List<EpochCharts.Line> lines = new ArrayList<>();
            runs.forEach((name, epochs) -> lines.add(EpochCharts.Line.of(name, epochs, value)));
            all.add(charts.chart(title, lines));
        });
        return charts.sheet(all);
    }
}
