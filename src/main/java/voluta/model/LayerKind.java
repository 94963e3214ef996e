package voluta.model;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import voluta.nn.Initialization;
import voluta.nn.Layer;

/**
 * A kind of layer: its word, its attributes, and how a layer is made of them.
 *
 * @param primary the attribute that {@code - word: value} gives; empty if there is none
 * @param attributes in the order in which they are written
 */
record LayerKind(String word, String primary, Map<String, Attribute> attributes, Factory factory) {
    /**
     * One attribute.
     *
     * @param preset what holds where it is not given; null for nothing
     */
    record Attribute(String name, AttributeType type, boolean required, Object preset) {}

    /** Makes the layer of a description whose attributes have been checked. */
    interface Factory {
        Layer make(LayerDescription d, Surroundings s);
    }

    /** What a layer takes from the network around it. */
    record Surroundings(int classes, Initialization init) {}

    LayerKind {
        attributes = Collections.unmodifiableMap(new LinkedHashMap<>(attributes));
    }

    /** Whether it can be repeated. */
    boolean repeats() {
        return attributes.containsKey("repeat");
    }

    /** A kind under construction. */
    static Drawing named(String word) {
        return new Drawing(word);
    }

    /** Collects attributes; the first one that is added is the primary one unless {@link #noPrimary} was called. */
    static final class Drawing {
        private final String word;
        private final Map<String, Attribute> attributes = new LinkedHashMap<>();
        private String primary;

        private Drawing(String word) {
            this.word = word;
            add("name", AttributeType.name(), false, null);
            add("from", AttributeType.name(), false, null);
        }

        Drawing noPrimary() {
            primary = "";
            return this;
        }

        Drawing required(String name, AttributeType type) {
            if (primary == null) primary = name;
            return add(name, type, true, null);
        }

        Drawing optional(String name, AttributeType type, Object preset) {
            if (primary == null) primary = name;
            return add(name, type, false, preset);
        }

        Drawing repeats() {
            return add("repeat", AttributeType.integer(1, 1000), false, null);
        }

        private Drawing add(String name, AttributeType type, boolean required, Object preset) {
            attributes.put(name, new Attribute(name, type, required, preset));
            return this;
        }

        LayerKind makes(Factory factory) {
            return new LayerKind(word, primary == null ? "" : primary, attributes, factory);
        }
    }
}
