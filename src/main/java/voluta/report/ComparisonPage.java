package voluta.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import voluta.checkpoint.AtomicFile;
import voluta.explain.Theme;
import voluta.train.EpochReport;

/** Several runs side by side on a page of one file: the table, and the curves in the reader's light or dark. */
public final class ComparisonPage {
    private ComparisonPage() {}

    /**
     * A row of the table.
     *
     * @param name what it is about; an option begins with two dashes
     * @param values one for each run
     * @param best whether that of each run is the best
     */
    public record Row(String name, List<String> values, List<Boolean> best) {}

    /**
     * Writes the page; a file of this name is replaced.
     *
     * @param epochs those of each run by its name, at most {@link ComparisonPicture#MOST_RUNS}; without any there are no curves
     * @param notes what the reader should know, as sentences
     * @throws voluta.checkpoint.CheckpointException if the file cannot be written
     */
    public static void write(Path file, List<Row> rows, Map<String, List<EpochReport>> epochs, List<String> notes) {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        epochs.keySet().forEach(all.putArray("runs")::add);
        notes.forEach(all.putArray("notes")::add);
        ArrayNode table = all.putArray("rows");
        for (Row row : rows) {
            ObjectNode to = table.addObject().put("name", row.name());
            row.values().forEach(to.putArray("values")::add);
            row.best().forEach(to.putArray("best")::add);
        }
        if (epochs.values().stream().anyMatch(e -> !e.isEmpty())) {
            all.put("light", Png.uri(ComparisonPicture.draw(epochs, Theme.LIGHT)));
            all.put("dark", Png.uri(ComparisonPicture.draw(epochs, Theme.DARK)));
        }
        String title = "Runs: " + String.join(", ", epochs.keySet());
        AtomicFile.writeText(file, HtmlPage.of("/voluta/report/comparison", title, all));
    }
}
