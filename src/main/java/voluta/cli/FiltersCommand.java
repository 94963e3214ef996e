package voluta.cli;

import java.awt.image.BufferedImage;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.data.Image;
import voluta.data.ImageFiles;
import voluta.data.ImageShape;
import voluta.explain.ContactSheet;
import voluta.explain.Exercise;
import voluta.explain.ExplainException;
import voluta.explain.FilterChoice;
import voluta.explain.FilteredPicture;
import voluta.explain.Matrix;
import voluta.explain.Window;
import voluta.tensor.ShapeException;

/** Applies hand-made filters to a picture. */
@Command(
        name = "filters",
        header = {"Apply hand-made filters to a picture.", ""},
        description =
                "Applies edge filters, blurs, Sobel, sharpening, Laplacian and emboss, or any matrix, to a picture,"
                        + " by the same convolution that networks use, and draws a sheet with each filter beside what it makes of"
                        + " the picture. Each channel is filtered by itself; pixels count from 0 to 1. Where the weights of a"
                        + " filter cancel out, 0 is drawn as mid grey.",
        footer = {
            "",
            "The filters: horizontal_edge, vertical_edge, box_blur, sobel_x, sobel_y, gaussian, gaussian5,"
                    + " sharpen, laplacian, emboss, identity. A matrix is rows separated by semicolons, or rows in"
                    + " brackets.",
            "",
            "Examples:",
            "  voluta filters cat.jpg",
            "  voluta filters cat.jpg --grey --filter sobel_x --filter sobel_y --output edges.png --theme dark",
            "  voluta filters cat.jpg --filter \"mine=2 1 0; 1 0 -1; 0 -1 -2\" --dilation 2 --padding-mode reflect",
            "  voluta filters cat.jpg --stride 2 --separate filtered/",
            "  voluta filters cat.jpg --exercise --seed 7",
            "  voluta filters cat.jpg --exercise --seed 7 --solution"
        })
final class FiltersCommand implements Callable<Integer> {
    private static final int LARGEST = 8192;

    @Parameters(paramLabel = "IMAGE", description = "The picture: PNG, JPEG, WebP, BMP or GIF.")
    private Path picture;

    @Option(
            names = "--filter",
            paramLabel = "NAME|MATRIX",
            description =
                    "A filter by its name, or a matrix, also with a name: mine=1 0 -1. May be given more than once."
                            + " Default: all that have names.")
    private List<String> filter = List.of();

    @Option(names = "--grey", description = "Turn the picture to grey first.")
    private boolean grey;

    @Option(
            names = "--max-side",
            paramLabel = "N",
            description =
                    "Scale a larger picture down to this side first. Default: ${DEFAULT-VALUE}, which the sheet shows"
                            + " pixel for pixel.")
    private int maxSide = 320;

    @Mixin
    private WindowOptions window;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Where the sheet is written, as PNG. Default: ${DEFAULT-VALUE}.")
    private Path sheet = Path.of("filters.png");

    @Option(
            names = "--separate",
            paramLabel = "FOLDER",
            description = "Write each result as a PNG file of its own into this folder, in place of the sheet.")
    private Path separate;

    @Option(
            names = "--exercise",
            description =
                    "Shuffle pictures, with letters, and filters, with numbers: which filter made which picture, to be found out.")
    private boolean exercise;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "With --exercise: another number is another order. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(names = "--solution", description = "With --exercise: also print what belongs together.")
    private boolean solution;

    @Mixin
    private ThemeOption theme;

    @Mixin
    private BackendOption where;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        if (maxSide < 1 || maxSide > LARGEST) {
            throw output.usage("--max-side is %d; use 1 to %d", maxSide, LARGEST);
        }
        if (solution && !exercise) throw output.usage("--solution is for --exercise; add it, or leave it out");
        if (exercise && separate != null) throw output.usage("--exercise draws one sheet; leave --separate out");
        List<FilterChoice> filters = filters();
        Window w = window.window("same", output);
        Image image = input();
        List<FilteredPicture> results = results(image, filters, w);
        if (exercise) writeExercise(image, results, w);
        else if (separate == null) writeSheet(image, results, w);
        else writeEach(results);
        return ExitCode.OK;
    }

    private List<FilterChoice> filters() {
        if (filter.isEmpty()) return FilterChoice.all();
        try {
            return filter.stream().map(FilterChoice::parse).toList();
        } catch (ExplainException e) {
            throw output.usage("%s", e.getMessage());
        }
    }

    private Image input() {
        Image image = ImageFiles.read(picture);
        if (grey) image = image.withChannels(1);
        ImageShape s = image.shape();
        int side = Math.max(s.height(), s.width());
        if (side <= maxSide) return image;
        double scale = maxSide / (double) side;
        int height = Math.max(1, (int) Math.round(s.height() * scale));
        int width = Math.max(1, (int) Math.round(s.width() * scale));
        output.note("scaled from %dx%d to %dx%d; --max-side takes more", s.height(), s.width(), height, width);
        return image.fit(new ImageShape(s.channels(), height, width));
    }

    private List<FilteredPicture> results(Image image, List<FilterChoice> filters, Window w) {
        Backends.Choice choice = where.open();
        try (Backend backend = choice.backend()) {
            output.note("%s", choice.explanation());
            List<FilteredPicture> results = new ArrayList<>();
            for (FilterChoice f : filters) {
                FilteredPicture result = FilteredPicture.of(backend, image, f, w);
                results.add(result);
                // What a filter does to the values would tell which one it is.
                if (!exercise) tell(result);
            }
            return results;
        } catch (ShapeException e) {
            throw output.usage("%s", e.getMessage());
        }
    }

    private void tell(FilteredPicture r) {
        output.line(
                "%-16s %s, %dx%d, values %s to %s",
                r.filter().name(),
                r.filter().matrix().size(),
                r.shape().height(),
                r.shape().width(),
                Matrix.text(r.least()),
                Matrix.text(r.greatest()));
        output.record(new JsonLine()
                .put("filter", r.filter().name())
                .put("matrix", r.filter().matrix().rows())
                .put("channels", r.shape().channels())
                .put("height", r.shape().height())
                .put("width", r.shape().width())
                .put("least", r.least())
                .put("greatest", r.greatest())
                .put("clipped", r.clipped()));
    }

    private void writeExercise(Image image, List<FilteredPicture> results, Window w) {
        Exercise shuffled;
        try {
            shuffled = Exercise.of(results, seed);
        } catch (ExplainException e) {
            throw output.usage("%s", e.getMessage());
        }
        String settings = "Each letter was made by one of the numbered filters below; " + window.text(w);
        write(sheet, ContactSheet.draw("Which filter made which picture?", settings, image, shuffled, theme.theme()));
        output.line("written to %s", sheet);
        JsonLine record = new JsonLine().put("sheet", sheet).put("seed", seed);
        if (solution) {
            for (Exercise.Pair pair : shuffled.solution()) output.line("%s", pair);
            JsonLine pairs = new JsonLine();
            shuffled.solution().forEach(p -> pairs.put(p.picture(), p.filter()));
            record.put("solution", pairs);
        }
        output.record(record);
    }

    private void writeSheet(Image image, List<FilteredPicture> results, Window w) {
        String heading = "Filters over " + picture.getFileName();
        ImageShape s = image.shape();
        String settings = String.format(
                Locale.ROOT,
                "%d x %d, %s; %s",
                s.height(),
                s.width(),
                s.channels() == 1 ? "grey" : "colour",
                window.text(w));
        write(sheet, ContactSheet.draw(heading, settings, image, results, theme.theme()));
        output.line("written to %s", sheet);
        output.record(new JsonLine().put("sheet", sheet));
    }

    private void writeEach(List<FilteredPicture> results) {
        List<String> files = new ArrayList<>();
        for (FilteredPicture r : results) {
            String name = r.filter().name().replaceAll("[^\\p{L}\\p{N}_-]+", "_");
            Path file = separate.resolve(name + ".png");
            for (int n = 2; files.contains(file.toString()); n++) file = separate.resolve(name + "_" + n + ".png");
            write(file, ContactSheet.buffered(r.image()));
            files.add(file.toString());
        }
        output.line("written to %s", separate);
        output.record(new JsonLine().put("files", files));
    }

    private static void write(Path file, BufferedImage picture) {
        ResultFile.write(file, ImageFiles.encode(picture, "png"));
    }
}
