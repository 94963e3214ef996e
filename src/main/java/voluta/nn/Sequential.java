package voluta.nn;

import java.util.List;
import java.util.Optional;
import voluta.graph.Value;
import voluta.tensor.ShapeException;

/** Layers one after the other, within a scope of their own; with an empty name, within the current one. */
public record Sequential(List<Item> layers) implements Layer {
    /**
     * One of them.
     *
     * @param name unique within the list
     * @param from the earlier layer whose output it takes instead of the one before it
     * @param source where the user wrote it, for instance {@code net.yaml:41}, or null
     */
    public record Item(String name, Optional<String> from, String source, Layer layer) {
        public Item(String name, Layer layer) {
            this(name, Optional.empty(), null, layer);
        }
    }

    public Sequential {
        layers = List.copyOf(layers);
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        return build.scope(name, () -> build.withNames(() -> applyEach(build, x)));
    }

    private Value applyEach(Build build, Value x) {
        String outer = build.builder().source(null);
        Value y = x;
        try {
            for (Item item : layers) {
                String source = item.source == null ? outer : item.source;
                build.builder().source(source);
                y = applyOne(build, item, source, y);
                build.remember(item.name, y);
            }
        } finally {
            build.builder().source(outer);
        }
        return y;
    }

    /** Errors that do not know their place yet get the item's. */
    private static Value applyOne(Build build, Item item, String source, Value previous) {
        Value x = previous;
        try {
            if (item.from.isPresent()) x = build.named(item.from.get());
            return item.layer.apply(build, item.name, x);
        } catch (ShapeException e) {
            if (e.path().isPresent()) throw e;
            String given = "; " + x.name() + " gives " + x.type().shape();
            throw new ShapeException(build.path(item.name), source, e.problem() + given);
        }
    }
}
