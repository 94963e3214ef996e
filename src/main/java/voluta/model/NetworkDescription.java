package voluta.model;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import voluta.nn.Initialization;
import voluta.nn.Sequential;
import voluta.tensor.Nearest;

/**
 * A network as described: what goes in, how many classes come out, and the layers between. Immutable. Written as YAML and
 * read back, it is equal to what it was.
 */
public final class NetworkDescription {
    private static final Set<String> KEYS = Set.of("name", "input", "classes", "init", "layers");
    /** Numbers of a sample: as f32 they take a TiB. */
    private static final long MOST = 1L << 38;

    private static final AttributeType INPUT = new AttributeType(
            "a list [channels, height, width], [channels, length], [channels, depth, height, width] or [features]",
            List.of(),
            v -> v.items() != null && v.items().size() <= 4
                    ? AttributeType.integers(1).parse().apply(v)
                    : null);

    private final String name;
    private final List<Integer> input;
    private final int classes;
    private final Object init;
    private final List<LayerDescription> layers;
    private final String source;

    NetworkDescription(
            String name, List<Integer> input, int classes, Object init, List<LayerDescription> layers, String source) {
        this.name = name;
        this.input = List.copyOf(input);
        this.classes = classes;
        this.init = init;
        this.layers = List.copyOf(layers);
        this.source = source;
    }

    /** Reads a file. */
    public static NetworkDescription read(Path file) {
        try {
            return parse(Files.readString(file), String.valueOf(file.getFileName()));
        } catch (CharacterCodingException e) {
            throw new ModelException(file + " is not text in UTF-8; a network description is a YAML file");
        } catch (NoSuchFileException e) {
            throw new ModelException("the network description " + file + " does not exist; check the path");
        } catch (IOException e) {
            throw new ModelException("the network description " + file + " cannot be read (" + e.getMessage()
                    + "); check what it is and its permissions");
        }
    }

    /**
     * Understands a text.
     *
     * @param source how the text is called in messages, usually the file's name
     * @throws ModelException with file and line
     */
    public static NetworkDescription parse(String yaml, String source) {
        return parseUnchecked(yaml, source).checked();
    }

    /** Understands a text without making its layers, whose settings may contradict each other. */
    static NetworkDescription parseUnchecked(String yaml, String source) {
        Located root = YamlReader.read(yaml, source);
        Map<String, Located> entries = root.entries();
        if (entries == null) {
            throw new ModelException(
                    root.at(),
                    "a network description is a mapping with the keys name, input, classes and layers, got "
                            + root.shown());
        }
        entries.forEach((key, v) -> {
            if (!KEYS.contains(key)) {
                throw new ModelException(v.at(), "unknown key " + key + Nearest.suggestion(key, KEYS));
            }
        });
        Located named = entries.getOrDefault("name", new Located("network", source));
        if (!(named.value() instanceof String name) || name.isBlank()) {
            throw new ModelException(named.at(), "name expects a text, got " + named.shown());
        }
        Object input = required(entries, "input", INPUT, root.at());
        Object classes = entries.containsKey("classes")
                ? required(entries, "classes", AttributeType.integer(1, AttributeType.MAX), root.at())
                : Integer.valueOf(0);
        Object init = entries.containsKey("init")
                ? required(entries, "init", AttributeType.initialization(), root.at())
                : "default";
        Object layers = required(entries, "layers", AttributeType.layers(), root.at());
        List<Integer> sizes = limited(integers(input), entries.get("input").at());
        return new NetworkDescription(name, sizes, (Integer) classes, init, descriptions(layers), source);
    }

    /** Refuses samples that no memory holds, before sizes are multiplied on. */
    private static List<Integer> limited(List<Integer> input, String at) {
        long elements = input.stream().mapToLong(Integer::longValue).reduce(1, Count::times);
        if (elements <= MOST) return input;
        throw new ModelException(
                at,
                String.format(
                        Locale.ROOT,
                        "an input of %s has %s numbers a sample, and a sample has at most %s; make it smaller",
                        input,
                        Count.text(elements),
                        Count.text(MOST)));
    }

    private static Object required(Map<String, Located> entries, String key, AttributeType type, String at) {
        Located v = entries.get(key);
        if (v == null) throw new ModelException(at, "the key " + key + " is missing: " + type.expected());
        Object o = type.parse().apply(v);
        if (o == null) throw new ModelException(v.at(), key + " expects " + type.expected() + ", got " + v.shown());
        return o;
    }

    private static List<Integer> integers(Object list) {
        return ((List<?>) list).stream().map(Integer.class::cast).toList();
    }

    private static List<LayerDescription> descriptions(Object list) {
        return ((List<?>) list).stream().map(LayerDescription.class::cast).toList();
    }

    static List<Integer> checkedInput(List<Integer> input) {
        Located v = Located.of(input);
        if (INPUT.parse().apply(v) == null) {
            throw new ModelException("input expects " + INPUT.expected() + ", got " + v.shown());
        }
        return limited(input, null);
    }

    /** Makes the layers once, so that faults within their settings are found at reading. */
    NetworkDescription checked() {
        toLayer();
        return this;
    }

    /** The layers themselves. */
    Sequential toLayer() {
        return LayerTree.top(layers, new LayerKind.Surroundings(classes, LayerDescription.initialization(init)));
    }

    public String name() {
        return name;
    }

    /** Channels and spatial sizes, or the number of features: one sample's dimensions. */
    public List<Integer> input() {
        return input;
    }

    /** How many classes there are; 0 for a network that does not classify. */
    public int classes() {
        return classes;
    }

    /** How weights are drawn where a layer does not say otherwise. */
    public Initialization init() {
        return LayerDescription.initialization(init);
    }

    Object initValue() {
        return init;
    }

    public List<LayerDescription> layers() {
        return layers;
    }

    /** What people call what it takes: images, or samples where these are signals, volumes or features. */
    public String samples() {
        return input.size() == 3 ? "images" : "samples";
    }

    /** The file it was read from, if it was. */
    public String source() {
        return source;
    }

    /** The same network for another input, for instance {@code 3, 64, 64}. */
    public NetworkDescription withInput(Integer... sizes) {
        return withInput(List.of(sizes));
    }

    /** The same network for another input. */
    public NetworkDescription withInput(List<Integer> sizes) {
        return new NetworkDescription(name, checkedInput(sizes), classes, init, layers, source);
    }

    /** The same network for another number of classes. */
    public NetworkDescription withClasses(int count) {
        if (count < 1) throw new ModelException("a network has at least one class, got " + count);
        return new NetworkDescription(name, input, count, init, layers, source).checked();
    }

    /** The same surroundings with other layers; {@code count} is 0 for outputs that are no classes. */
    NetworkDescription withLayers(List<LayerDescription> others, int count) {
        return new NetworkDescription(name, input, count, init, others, source);
    }

    /** The same network with other first weights. */
    public NetworkDescription withInit(Initialization i) {
        Object value =
                i.numbers().isEmpty() ? i.scheme().word() : Map.of(i.scheme().word(), i.numbers());
        return new NetworkDescription(name, input, classes, value, layers, source);
    }

    /**
     * The same network with this dropout rate in each dropout layer; if there is none, one is put before the last linear
     * layer at the top.
     *
     * @throws ModelException if there is neither
     */
    public NetworkDescription withDropout(double rate) {
        List<LayerDescription> changed =
                new ArrayList<>(edit(layers, d -> d.kind().equals("dropout") ? d.with("rate", rate) : d));
        if (!contains(layers, "dropout")) {
            int last = changed.size() - 1;
            while (last >= 0 && !changed.get(last).kind().equals("linear")) last--;
            if (last < 0) {
                throw new ModelException(
                        source,
                        name
                                + " has no dropout layer whose rate could be set, and no linear layer at its top to put one"
                                + " before; write - dropout: " + rate + " where it belongs");
            }
            LayerDescription dropout = LayerDescription.of("dropout", Map.of("rate", rate)), linear = changed.get(last);
            // What the layer took by name goes through the dropout now, which is the layer before it.
            if (linear.value("from") != null) {
                dropout = dropout.with("from", linear.value("from"));
                changed.set(last, linear.without("from"));
            }
            changed.add(last, dropout);
        }
        return new NetworkDescription(name, input, classes, init, changed, source).checked();
    }

    private static boolean contains(List<LayerDescription> layers, String kind) {
        for (LayerDescription d : layers) {
            if (d.kind().equals(kind)) return true;
            for (Object v : d.attributes().values()) {
                if (LayerDescription.isLayers(v) && contains(descriptions(v), kind)) return true;
            }
        }
        return false;
    }

    private static List<LayerDescription> edit(List<LayerDescription> layers, UnaryOperator<LayerDescription> change) {
        List<LayerDescription> result = new ArrayList<>();
        for (LayerDescription d : layers) {
            LayerDescription e = d;
            for (Map.Entry<String, Object> a : new LinkedHashMap<>(d.attributes()).entrySet()) {
                if (LayerDescription.isLayers(a.getValue())) {
                    e = e.with(a.getKey(), edit(descriptions(a.getValue()), change));
                }
            }
            result.add(change.apply(e));
        }
        return result;
    }

    /** The description as YAML. */
    public String yaml() {
        return YamlWriter.write(this);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof NetworkDescription d
                && name.equals(d.name)
                && input.equals(d.input)
                && classes == d.classes
                && init.equals(d.init)
                && layers.equals(d.layers);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, input, classes, init, layers);
    }

    @Override
    public String toString() {
        return name + " " + input + " -> " + classes;
    }
}
