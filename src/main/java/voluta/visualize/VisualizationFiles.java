package voluta.visualize;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import voluta.checkpoint.AtomicFile;
import voluta.checkpoint.OutputFolder;
import voluta.explain.ExplainException;
import voluta.explain.Theme;
import voluta.report.HtmlPage;
import voluta.report.Png;

/**
 * Writes visualizations: {@code index.html}, {@code attention.png}, {@code field.png}, {@code excited.png}, and a sheet for
 * each layer in {@code filters} and {@code maps}.
 */
public final class VisualizationFiles {
    /** The page. */
    public static final String PAGE = "index.html";

    private final Path folder;
    private final Theme theme;

    /** @param theme of the sheets; the page follows the reader's system */
    public VisualizationFiles(Path folder, Theme theme) {
        this.folder = folder;
        this.theme = theme;
    }

    private record Sheet(String file, Supplier<BufferedImage> picture) {}

    /**
     * Writes everything there is.
     *
     * @return the files, the page first
     * @throws VisualizeException if the folder cannot be made
     * @throws ExplainException if there is no font for the sheets; the page is written before
     */
    public List<Path> write(Visualization seen) {
        OutputFolder.make(folder, VisualizeException::new);
        Path page = folder.resolve(PAGE);
        String title = seen.network() + ", " + seen.name();
        AtomicFile.writeText(page, HtmlPage.of("/voluta/visualize/page", title, new VisualizationJson(seen).make()));
        List<Sheet> sheets = sheets(seen);
        sheets.stream()
                .map(s -> folder.resolve(s.file).getParent())
                .distinct()
                .forEach(f -> OutputFolder.make(f, VisualizeException::new));
        sheets.parallelStream().forEach(s -> Png.write(folder.resolve(s.file), s.picture.get()));
        List<Path> files = new ArrayList<>(List.of(page));
        sheets.forEach(s -> files.add(folder.resolve(s.file)));
        return files;
    }

    private List<Sheet> sheets(Visualization seen) {
        Sheets draw = new Sheets(seen, theme);
        List<Sheet> all = new ArrayList<>();
        if (!seen.overlays().isEmpty()) all.add(new Sheet("attention.png", draw::attention));
        seen.field().ifPresent(f -> all.add(new Sheet("field.png", () -> draw.field(f))));
        if (seen.layers().stream().anyMatch(s -> !s.excited().isEmpty())) {
            all.add(new Sheet("excited.png", draw::excited));
        }
        int number = 0;
        for (Visualization.Shown s : seen.layers()) {
            String name = String.format(
                    Locale.ROOT, "%02d-%s.png", ++number, s.layer().fileName());
            s.filters().ifPresent(t -> all.add(new Sheet("filters/" + name, () -> draw.filters(s.layer(), t))));
            s.maps().ifPresent(t -> all.add(new Sheet("maps/" + name, () -> draw.maps(s.layer(), t))));
        }
        return all;
    }
}
