package voluta.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import voluta.nn.Border;
import voluta.nn.Initialization;
import voluta.tensor.Nearest;

/**
 * One layer as described: its kind and its attributes, checked. Attributes that have their preset value are left out.
 * Two descriptions are equal if they say the same, wherever they were written.
 */
public final class LayerDescription {
    private final LayerKind kind;
    private final Map<String, Object> attributes;
    private final String at;

    private LayerDescription(LayerKind kind, Map<String, Object> attributes, String at) {
        this.kind = kind;
        this.attributes = Collections.unmodifiableMap(attributes);
        this.at = at;
    }

    /**
     * A layer given in Java.
     *
     * @param attributes numbers, booleans, strings, lists of such; a list of {@code LayerDescription} for layers within
     */
    public static LayerDescription of(String kind, Map<String, ?> attributes) {
        return make(kind, Located.of(attributes), null);
    }

    /** {@code word}, {@code word: value} or {@code word: {attribute: value, ...}}. */
    static LayerDescription read(Located v) {
        if (v.value() instanceof LayerDescription d) return d;
        if (v.value() instanceof String word) return make(word, new Located(null, v.at()), v.at());
        Map<String, Located> entries = v.entries();
        if (entries == null || entries.size() != 1) {
            String got = entries == null
                    ? v.shown()
                    : entries.isEmpty() ? "an empty mapping" : "the keys " + String.join(", ", entries.keySet());
            throw new ModelException(
                    v.at(),
                    "a layer is a word or a mapping with one key, as in - conv: {filters: 32, kernel: 3}; got " + got);
        }
        String word = entries.keySet().iterator().next();
        return make(word, entries.get(word), entries.get(word).at());
    }

    static List<LayerDescription> readAll(List<Located> items) {
        return items.stream().map(LayerDescription::read).toList();
    }

    private static LayerDescription make(String word, Located value, String at) {
        LayerKind kind = LayerKinds.all().get(word);
        if (kind == null) {
            throw new ModelException(at, "unknown layer " + word + Nearest.suggestion(word, LayerKinds.words()));
        }
        Map<String, Located> given = new LinkedHashMap<>();
        if (value.entries() != null) given.putAll(value.entries());
        else if (value.value() != null) {
            if (kind.primary().isEmpty()) {
                throw new ModelException(
                        at, word + " expects its attributes as a mapping " + names(kind) + ", got " + value.shown());
            }
            given.put(kind.primary(), value);
        }
        return make(kind, given, at);
    }

    private static LayerDescription make(LayerKind kind, Map<String, Located> given, String at) {
        given.forEach((name, v) -> {
            if (!kind.attributes().containsKey(name)) {
                throw new ModelException(
                        v.at() == null ? at : v.at(),
                        kind.word() + " has no attribute " + name
                                + Nearest.suggestion(name, kind.attributes().keySet()));
            }
        });
        Map<String, Object> attributes = new LinkedHashMap<>();
        for (LayerKind.Attribute a : kind.attributes().values()) {
            Located v = given.get(a.name());
            if (v == null && a.required()) {
                throw new ModelException(
                        at, kind.word() + " needs " + a.name() + ": " + a.type().expected());
            }
            if (v == null) continue;
            Object o = parse(kind, a, v, at);
            if (!o.equals(a.preset())) attributes.put(a.name(), o);
        }
        return new LayerDescription(kind, attributes, at);
    }

    private static Object parse(LayerKind kind, LayerKind.Attribute a, Located v, String at) {
        Object o = a.type().parse().apply(v);
        if (o != null) return o;
        String hint = "";
        if (v.value() instanceof String s && !a.type().words().isEmpty()) {
            String near = Nearest.suggestion(s, a.type().words());
            if (near.contains("did you mean")) hint = near;
        }
        throw new ModelException(
                v.at() == null ? at : v.at(),
                kind.word() + ": " + a.name() + " expects " + a.type().expected() + ", got " + v.shown() + hint);
    }

    private static String names(LayerKind kind) {
        return "{" + String.join(", ", kind.attributes().keySet()) + "}";
    }

    /** The word, for instance {@code max_pool}. */
    public String kind() {
        return kind.word();
    }

    /** The name, if one was given. */
    public Optional<String> name() {
        return Optional.ofNullable((String) attributes.get("name"));
    }

    /** Where it was written, for instance {@code net.yaml:41}. */
    public Optional<String> at() {
        return Optional.ofNullable(at);
    }

    /** The attributes that differ from their presets, in the order of the documentation. */
    public Map<String, Object> attributes() {
        return attributes;
    }

    /** The same with one attribute set. */
    public LayerDescription with(String attribute, Object value) {
        Map<String, Located> given = new LinkedHashMap<>();
        attributes.forEach((k, v) -> given.put(k, Located.of(v)));
        given.put(attribute, Located.of(value));
        return make(kind, given, at);
    }

    /** The same without one attribute, which then has its preset value. */
    LayerDescription without(String attribute) {
        Map<String, Object> rest = new LinkedHashMap<>(attributes);
        rest.remove(attribute);
        return new LayerDescription(kind, rest, at);
    }

    /** Whether an attribute's value is a list of layers. */
    static boolean isLayers(Object value) {
        return value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof LayerDescription;
    }

    LayerKind layerKind() {
        return kind;
    }

    /** An attribute's value: as given, else its preset, else null. */
    Object value(String attribute) {
        Object v = attributes.get(attribute);
        return v != null ? v : kind.attributes().get(attribute).preset();
    }

    int integer(String attribute) {
        return (Integer) value(attribute);
    }

    double number(String attribute) {
        return (Double) value(attribute);
    }

    boolean flag(String attribute) {
        return (Boolean) value(attribute);
    }

    String text(String attribute) {
        return (String) value(attribute);
    }

    /** An integer or a list of such as a list; nothing as an empty one. */
    List<Integer> sizes(String attribute) {
        Object v = value(attribute);
        if (v == null) return List.of();
        if (v instanceof Integer i) return List.of(i);
        return ((List<?>) v).stream().map(Integer.class::cast).toList();
    }

    List<String> names(String attribute) {
        return ((List<?>) value(attribute)).stream().map(String.class::cast).toList();
    }

    List<LayerDescription> layers(String attribute) {
        return ((List<?>) value(attribute))
                .stream().map(LayerDescription.class::cast).toList();
    }

    List<List<Double>> matrix(String attribute) {
        return ((List<?>) value(attribute))
                .stream()
                        .map(row ->
                                ((List<?>) row).stream().map(Double.class::cast).toList())
                        .toList();
    }

    Border border(String attribute) {
        Object v = value(attribute);
        if ("same".equals(v)) return Border.SAME;
        if (!(v instanceof List<?> list) || list.get(0) instanceof Integer) return Border.of(sizes(attribute));
        List<Integer> before = new ArrayList<>(), after = new ArrayList<>();
        for (Object pair : list) {
            before.add((Integer) ((List<?>) pair).get(0));
            after.add((Integer) ((List<?>) pair).get(1));
        }
        return new Border(false, before, after);
    }

    /** The initialization of this layer, or the network's. */
    Initialization init(LayerKind.Surroundings s) {
        Object v = value("init");
        return v == null ? s.init() : initialization(v);
    }

    /** The initialization that an attribute's value stands for. */
    static Initialization initialization(Object value) {
        String word = value instanceof String s
                ? s
                : (String) ((Map<?, ?>) value).keySet().iterator().next();
        List<?> numbers = value instanceof Map<?, ?> m ? (List<?>) m.get(word) : List.of();
        for (Initialization.Scheme s : Initialization.Scheme.values()) {
            if (s.word().equals(word)) {
                double a = numbers.isEmpty() ? 0 : (Double) numbers.get(0);
                return new Initialization(s, a, numbers.size() < 2 ? 0 : (Double) numbers.get(1));
            }
        }
        throw new IllegalStateException("unchecked initialization " + value);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof LayerDescription d && kind.word().equals(d.kind.word()) && attributes.equals(d.attributes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind.word(), attributes);
    }

    /** For instance {@code conv {filters=32, kernel=3}}. */
    @Override
    public String toString() {
        return attributes.isEmpty() ? kind.word() : kind.word() + " " + attributes;
    }
}
