package voluta.visualize;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import voluta.data.Image;
import voluta.tensor.HostTensor;
import voluta.train.Prediction;

/**
 * Looks into a network with one picture after another.
 *
 * <pre>{@code
 * try (Subject network = Subject.open(Path.of("runs/train/weights/best.safetensors"), "auto", BackendOptions.DEFAULT);
 *         Visualizer visualizer = new Visualizer(network, VisualizeSettings.ALL)) {
 *     Visualization v = visualizer.look("shoe", ImageFiles.read(Path.of("shoe.png")));
 *     new VisualizationFiles(Path.of("visualize"), Theme.LIGHT).write(v);
 * }
 * }</pre>
 *
 * <p>Graphs are compiled when they are first needed and used for every picture. Used by one thread.
 */
public final class Visualizer implements AutoCloseable {
    static final int SMOOTH_SAMPLES = 16;
    static final double SMOOTH_NOISE = 0.15;
    private static final int SMOOTH_BATCH = 8;
    private static final int OCCLUSION_BATCH = 16;
    private static final int EXCITED_LAYERS = 3;
    private static final int EXCITED_FILTERS = 4;
    private static final int EXCITED_OF_ASKED = 8;

    private final Subject subject;
    private final VisualizeSettings settings;
    private final Optional<Layer> explained;
    private final PictureGraph pictures;
    private final List<Layer> cams;
    private final Map<Layer, Tiles> filters = new LinkedHashMap<>();
    private final Map<Layer, Excitation> excitations = new LinkedHashMap<>();
    private Occlusion occlusion;
    private SmoothGrad smooth;
    private UnitGraph units;

    /**
     * @throws VisualizeException if the settings name a layer, a unit or a class that there is not, or views of which the
     *     network has none
     */
    public Visualizer(Subject subject, VisualizeSettings settings) {
        this.subject = subject;
        this.settings = settings;
        settings.target().ifPresent(subject::classOf);
        settings.unit().ifPresent(u -> Unit.parse(u, subject.layers()));
        explained = settings.layer().map(subject.layers()::find).or(subject.layers()::last);
        if (settings.views().stream().allMatch(this::impossible)) {
            throw new VisualizeException(skipped().orElseThrow() + "; ask for occlusion or saliency");
        }
        cams = settings.wants(View.CAM) ? cams() : List.of();
        pictures = new PictureGraph(subject, maps(), cams);
    }

    private boolean impossible(View v) {
        return v.needsConvolution() && explained.isEmpty();
    }

    private Optional<String> skipped() {
        List<String> left = settings.views().stream()
                .filter(this::impossible)
                .sorted()
                .map(View::word)
                .toList();
        if (left.isEmpty()) return Optional.empty();
        return Optional.of(
                "the network " + subject.name() + " has no convolution, so it has no " + String.join(", ", left));
    }

    /** Layers whose maps are read: those shown, and the one asked for. */
    private List<Layer> maps() {
        List<Layer> shown = new ArrayList<>(subject.layers().all());
        shown.removeIf(l -> !l.shown() && !explained.filter(l::equals).isPresent());
        boolean wanted = explained.isPresent() && (settings.wants(View.MAPS) || settings.wants(View.EXCITE));
        return wanted ? shown : List.of();
    }

    /** One map of what speaks for the class after each activation; convolutions before it would show nearly the same. */
    private List<Layer> cams() {
        List<Layer> all = new ArrayList<>(subject.layers().shown());
        all.removeIf(l -> l.convolves() || l.kind().contains("Pool"));
        explained.filter(l -> !all.contains(l)).ifPresent(all::add);
        return explained.isPresent() ? all : List.of();
    }

    /** What is seen of a picture of any size. */
    public Visualization look(String name, Image image) {
        Image fitted = subject.framing().apply(image, subject.imageShape());
        HostTensor x = subject.input(fitted);
        Prediction prediction = pictures.predict(x);
        int target =
                settings.target().map(subject::classOf).orElse(prediction.best().label());
        pictures.explain(target);
        List<Visualization.Overlay> overlays = new ArrayList<>();
        if (settings.wants(View.CAM)) explained.ifPresent(l -> overlays.addAll(activations(l)));
        if (settings.wants(View.OCCLUSION)) overlays.add(occluded(x, target));
        if (settings.wants(View.SALIENCY)) overlays.addAll(gradients(x, target));
        return new Visualization(
                subject.name(),
                name,
                fitted,
                prediction,
                prediction.guesses().stream()
                        .filter(g -> g.label() == target)
                        .findFirst()
                        .orElseThrow(),
                layers(),
                overlays,
                settings.wants(View.FIELD) ? explained.map(l -> field(l, x)) : Optional.empty(),
                skipped());
    }

    private List<Visualization.Overlay> activations(Layer l) {
        String of = "where the maps of " + l.path() + " speak for the class";
        return List.of(
                new Visualization.Overlay("cam", "Grad-CAM", of, pictures.gradCam(l), true),
                new Visualization.Overlay(
                        "cam-plus-plus",
                        "Grad-CAM++",
                        of + ", each place by itself",
                        pictures.gradCamPlusPlus(l),
                        true));
    }

    private Visualization.Overlay occluded(HostTensor x, int target) {
        if (occlusion == null) occlusion = new Occlusion(subject, OCCLUSION_BATCH);
        int h = subject.imageShape().height(), w = subject.imageShape().width();
        Occlusion.Grid grid = Occlusion.Grid.of(h, w);
        if (settings.patch().isPresent()) grid = grid.withPatch(settings.patch().getAsInt());
        Occlusion.Result r = occlusion.of(x, target, grid);
        String about = "how far the score falls with a square of " + grid.patch() + " pixels over it";
        return new Visualization.Overlay("occlusion", "Occlusion", about, r.map(), false);
    }

    private List<Visualization.Overlay> gradients(HostTensor x, int target) {
        if (smooth == null) smooth = new SmoothGrad(subject, SMOOTH_BATCH, settings.seed());
        Heat plain = Heat.largest(pictures.gradient());
        Heat mean = Heat.largest(smooth.of(x, target, SMOOTH_SAMPLES, SMOOTH_NOISE));
        String about = "how much a pixel changes the score";
        return List.of(
                new Visualization.Overlay("saliency", "Saliency", about, plain, false),
                new Visualization.Overlay(
                        "smoothgrad",
                        "SmoothGrad",
                        about + ", mean over " + SMOOTH_SAMPLES + " noisy pictures",
                        mean,
                        false));
    }

    private List<Visualization.Shown> layers() {
        List<Visualization.Shown> shown = new ArrayList<>();
        Map<Layer, List<Visualization.Excited>> excited = excited();
        for (Layer l : subject.layers().all()) {
            if (explained.isEmpty() || !l.shown() && !explained.get().equals(l)) continue;
            Optional<Tiles> maps =
                    settings.wants(View.MAPS) ? Optional.of(Tiles.maps(l, pictures.maps(l))) : Optional.empty();
            Optional<Tiles> weights = settings.wants(View.FILTERS)
                    ? l.filters().map(w -> filters.computeIfAbsent(l, k -> Tiles.filters(w)))
                    : Optional.empty();
            Optional<Heat> cam = cams.contains(l) ? Optional.of(pictures.gradCam(l)) : Optional.empty();
            List<Visualization.Excited> pictured = excited.getOrDefault(l, List.of());
            if (maps.isPresent() || weights.isPresent() || cam.isPresent() || !pictured.isEmpty()) {
                shown.add(new Visualization.Shown(l, maps, weights, cam, pictured));
            }
        }
        return shown;
    }

    /** Inputs for the filters that are most active on the picture. */
    private Map<Layer, List<Visualization.Excited>> excited() {
        if (!settings.wants(View.EXCITE) || explained.isEmpty()) return Map.of();
        Map<Layer, List<Visualization.Excited>> all = new LinkedHashMap<>();
        List<Layer> layers = settings.layer().isPresent()
                ? List.of(explained.get())
                : spread(subject.layers().convolutions().stream()
                        .filter(Layer::shown)
                        .toList());
        for (Layer l : layers) {
            HostTensor maps = pictures.maps(l);
            List<Double> activity = new ArrayList<>();
            for (int c = 0; c < l.channels(); c++) activity.add(Heat.of(maps, c).mean());
            int count = settings.layer().isPresent() ? EXCITED_OF_ASKED : EXCITED_FILTERS;
            List<Integer> filters = Tiles.largest(activity, count);
            Excitation e = excitations.computeIfAbsent(
                    l, k -> new Excitation(subject, l, filters.size(), settings.seed(), excitations.size()));
            all.put(l, e.of(filters));
        }
        return all;
    }

    /** The first, the last, and some between them. */
    private static List<Layer> spread(List<Layer> all) {
        if (all.size() <= EXCITED_LAYERS) return all;
        List<Layer> some = new ArrayList<>();
        for (int i = 0; i < EXCITED_LAYERS; i++) some.add(all.get(i * (all.size() - 1) / (EXCITED_LAYERS - 1)));
        return some;
    }

    private Visualization.Field field(Layer explainedLayer, HostTensor x) {
        Optional<Unit> asked = settings.unit().map(u -> Unit.parse(u, subject.layers()));
        Layer layer = asked.map(Unit::layer).orElse(explainedLayer);
        if (units == null) units = new UnitGraph(subject, layer);
        HostTensor maps = units.maps(x);
        Unit unit = asked.orElseGet(() -> Unit.strongest(layer, maps));
        double value = Heat.of(maps, unit.channel()).at(unit.y(), unit.x());
        return new Visualization.Field(unit, value, Heat.largest(units.gradient(unit)));
    }

    @Override
    public void close() {
        if (units != null) units.close();
        if (smooth != null) smooth.close();
        if (occlusion != null) occlusion.close();
        excitations.values().forEach(Excitation::close);
        pictures.close();
    }
}
