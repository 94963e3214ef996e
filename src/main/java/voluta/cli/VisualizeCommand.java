package voluta.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import voluta.data.Image;
import voluta.data.ImageFiles;
import voluta.explain.Theme;
import voluta.tensor.Nearest;
import voluta.train.Prediction;
import voluta.visualize.Subject;
import voluta.visualize.View;
import voluta.visualize.Visualization;
import voluta.visualize.VisualizationFiles;
import voluta.visualize.VisualizeSettings;
import voluta.visualize.Visualizer;

/** Shows what a network does with a picture. */
@Command(
        name = "visualize",
        header = {"Show what a network does with a picture, layer by layer.", ""},
        description =
                "Shows filters and maps of each layer, where the picture speaks for a class (Grad-CAM, Grad-CAM++,"
                        + " occlusion, saliency, SmoothGrad), the inputs that most excite filters, and what a unit sees."
                        + " Writes sheets as PNG, and index.html: one page, to be opened anywhere without network, in which one"
                        + " clicks through the layers.",
        footer = {
            "",
            "Views: filters, maps, cam, occlusion, saliency, excite, field.",
            "",
            "Examples:",
            "  voluta visualize runs/train shoe.png",
            "  voluta visualize runs/train cat.jpg --class dog --only cam,occlusion",
            "  voluta visualize runs/train cat.jpg --layer layer3 --unit layer3/0/conv1:12,5,5 --theme dark",
            "  voluta visualize runs/train pictures/*.jpg -o seen/"
        })
final class VisualizeCommand implements Callable<Integer> {
    @Parameters(
            index = "0",
            paramLabel = "CHECKPOINT",
            description = "Trained weights: a checkpoint, or the folder of a run, whose best one is taken.")
    private Path checkpoint;

    @Parameters(
            index = "1..*",
            arity = "1..*",
            paramLabel = "IMAGE",
            description = "Pictures of any size: PNG, JPEG, WebP, BMP or GIF. Of several, each gets a folder.")
    private List<Path> images;

    @Option(
            names = "--class",
            paramLabel = "NAME|INDEX",
            description = "The class to explain. Default: the one that is predicted.")
    private String target;

    @Option(
            names = "--layer",
            paramLabel = "NAME",
            description =
                    "The layer, or the last of a block, for Grad-CAM, excited filters and the unit. Default: the last"
                            + " maps of the network.")
    private String layer;

    @Option(
            names = "--unit",
            paramLabel = "LAYER:CHANNEL,Y,X",
            description = "The unit whose receptive field is drawn. Default: the strongest of the layer.")
    private String unit;

    @Option(
            names = "--only",
            paramLabel = "VIEW",
            split = ",",
            description = "Show these only, separated by commas. Default: everything.")
    private List<String> only = List.of();

    @Option(
            names = "--patch",
            paramLabel = "N",
            description = "Side of the square that occlusion covers. Default: a quarter of the picture's.")
    private Integer patch;

    @Option(names = "--seed", paramLabel = "N", description = "Decides noise and jitter. Default: ${DEFAULT-VALUE}.")
    private long seed;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Where everything is written. Default: ${DEFAULT-VALUE}.")
    private Path folder = Path.of("visualize");

    @Option(
            names = "--theme",
            paramLabel = "THEME",
            description = "Of the sheets, light or dark; the page follows the system. Default: light.")
    private Theme theme = Theme.LIGHT;

    @Mixin
    private BackendOption where;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        if (patch != null && patch < 1) throw output.usage("--patch is %d; use 1 or more", patch);
        VisualizeSettings settings = new VisualizeSettings(
                views(),
                Optional.ofNullable(target),
                Optional.ofNullable(layer),
                Optional.ofNullable(unit),
                patch == null ? OptionalInt.empty() : OptionalInt.of(patch),
                seed);
        // Pictures first: whoever mistypes a name need not wait for a network.
        List<Image> pictures = images.stream().map(ImageFiles::read).toList();
        List<String> names = names();
        try (Subject subject = Subject.open(ModelArgument.weights(checkpoint), where.backend(), where.options())) {
            output.note("%s", subject.backend());
            try (Visualizer visualizer = new Visualizer(subject, settings)) {
                for (int i = 0; i < pictures.size(); i++) {
                    Visualization seen =
                            visualizer.look(images.get(i).getFileName().toString(), pictures.get(i));
                    Path to = pictures.size() == 1 ? folder : folder.resolve(names.get(i));
                    List<Path> files = new VisualizationFiles(to, theme).write(seen);
                    tell(images.get(i), seen, files);
                }
            }
        }
        return ExitCode.OK;
    }

    private Set<View> views() {
        if (only.isEmpty()) return EnumSet.allOf(View.class);
        List<String> known = Stream.of(View.values()).map(View::word).toList();
        Set<View> views = EnumSet.noneOf(View.class);
        for (String word : only) {
            String wanted = word.strip().toLowerCase(Locale.ROOT);
            if (!known.contains(wanted)) {
                throw output.usage("there is no view '%s'%s", word, Nearest.suggestion(wanted, known));
            }
            views.add(View.values()[known.indexOf(wanted)]);
        }
        return views;
    }

    /** A folder's name for each picture, all different. */
    private List<String> names() {
        Set<String> taken = new LinkedHashSet<>();
        for (Path image : images) {
            String file = image.getFileName().toString();
            String name =
                    file.contains(".") && file.lastIndexOf('.') > 0 ? file.substring(0, file.lastIndexOf('.')) : file;
            String free = name;
            for (int n = 2; !taken.add(free); n++) free = name + "_" + n;
        }
        return new ArrayList<>(taken);
    }

    private void tell(Path image, Visualization seen, List<Path> files) {
        seen.skipped().ifPresent(s -> output.note("%s", s));
        output.line("%s", image);
        List<Prediction.Guess> guesses = seen.prediction().guesses();
        List<Prediction.Guess> best = guesses.subList(0, Math.min(5, guesses.size()));
        for (Prediction.Guess g : best) output.line("  %5.1f %%  %s", 100 * g.probability(), g.className());
        output.line("explained: %s", seen.target().className());
        seen.field()
                .ifPresent(f -> output.line(
                        "unit %s sees %s pixels; its value is %.4g",
                        f.unit(), f.unit().layer().field().sizes(), f.value()));
        output.line("%d sheets and the page %s", files.size() - 1, files.get(0));
        output.record(new JsonLine()
                .put("file", image)
                .put("class", seen.prediction().className())
                .put("probability", seen.prediction().probability())
                .put("explained", seen.target().className())
                .put(
                        "guesses",
                        best.stream()
                                .map(g -> new JsonLine()
                                        .put("label", g.label())
                                        .put("class", g.className())
                                        .put("probability", g.probability()))
                                .toList())
                .put(
                        "overlays",
                        seen.overlays().stream()
                                .map(o -> new JsonLine()
                                        .put("view", o.id())
                                        .put("greatest", o.heat().greatest())
                                        .put(
                                                "peak_y",
                                                o.heat().peak() / o.heat().width())
                                        .put(
                                                "peak_x",
                                                o.heat().peak() % o.heat().width())
                                        .put("height", o.heat().height())
                                        .put("width", o.heat().width()))
                                .toList())
                .put("layers", seen.layers().stream().map(s -> s.layer().path()).toList())
                .put("unit", seen.field().map(f -> f.unit().toString()).orElse(null))
                .put("skipped", seen.skipped().orElse(null))
                .put("page", files.get(0))
                .put("sheets", files.subList(1, files.size())));
    }
}
