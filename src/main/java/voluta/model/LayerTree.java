package voluta.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import voluta.model.LayerKind.Surroundings;
import voluta.nn.Layer;
import voluta.nn.Sequential;
import voluta.nn.Sequential.Item;
import voluta.tensor.VolutaException;

/**
 * Lists of descriptions to lists of layers: gives names to those without, and unrolls repetition.
 *
 * <p>At the top of a network a layer without a name is called by its kind and a number, {@code conv1}, {@code conv2};
 * within a block by its index, {@code 0}, {@code 1}, as PyTorch does. A repeated block becomes a scope with the copies
 * {@code 0}, {@code 1}, ... in it; within a block, if it has no name, its copies take consecutive indices instead. Only the
 * first copy has the stride.
 */
final class LayerTree {
    /** The most layers of a network, repetition unrolled; the deepest that are known have a few thousand. */
    private static final long MOST = 100_000;

    private final Surroundings surroundings;
    private final List<Item> items = new ArrayList<>();
    private final Set<String> taken = new HashSet<>();

    private LayerTree(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    /** The layers of a block. */
    static Sequential numbered(List<LayerDescription> layers, Surroundings s) {
        LayerTree tree = new LayerTree(s);
        int index = 0;
        for (LayerDescription d : layers) {
            if (d.name().isPresent() || d.value("from") != null && copies(d).size() > 1) {
                tree.scoped(d.name().orElse(Integer.toString(index++)), d);
                if (d.name().isPresent()) index++;
                continue;
            }
            for (LayerDescription copy : copies(d)) tree.add(Integer.toString(index++), copy, tree.make(copy));
        }
        return new Sequential(tree.items);
    }

    /** The layers of a network. */
    static Sequential top(List<LayerDescription> layers, Surroundings s) {
        refuseTooMany(layers);
        LayerTree tree = new LayerTree(s);
        Map<String, Integer> counts = new HashMap<>();
        for (LayerDescription d : layers) {
            int n = counts.merge(d.kind(), 1, Integer::sum);
            String name = d.name().orElse(d.kind() + n);
            if (Network.TAKEN.contains(name)) {
                throw new ModelException(
                        d.at().orElse(null),
                        "a layer at the top cannot be named " + name
                                + ", which is what training and inference call a value of their own; name it "
                                + name + "1, for instance");
            }
            tree.scoped(name, d);
        }
        return new Sequential(tree.items);
    }

    /** Repeats within repeats multiply: a few lines can ask for more layers than there is memory for. */
    private static void refuseTooMany(List<LayerDescription> layers) {
        long all = 0;
        for (LayerDescription d : layers) {
            all += count(d);
            if (all > MOST) {
                throw new ModelException(
                        d.at().orElse(null),
                        String.format(
                                Locale.ROOT,
                                "with this %s, a network has more than %,d layers; repeat fewer",
                                d.kind(),
                                MOST));
            }
        }
    }

    /** The layers that a description becomes; cut at one more than {@link #MOST}. */
    private static long count(LayerDescription d) {
        long within = 1;
        for (Object v : d.attributes().values()) {
            if (!LayerDescription.isLayers(v)) continue;
            for (Object inner : (List<?>) v) within += count((LayerDescription) inner);
        }
        return Math.min(
                MOST + 1, within * (d.layerKind().repeats() && d.value("repeat") != null ? d.integer("repeat") : 1));
    }

    /** One item; a repeated block becomes a list of its own. */
    private void scoped(String name, LayerDescription d) {
        if (!d.layerKind().repeats() || d.value("repeat") == null) {
            add(name, d, make(d));
            return;
        }
        List<Item> inner = new ArrayList<>();
        for (LayerDescription copy : copies(d)) {
            inner.add(new Item(
                    Integer.toString(inner.size()), Optional.empty(), copy.at().orElse(null), make(copy)));
        }
        add(name, d, new Sequential(inner));
    }

    private static List<LayerDescription> copies(LayerDescription d) {
        if (!d.layerKind().repeats() || d.value("repeat") == null) return List.of(d);
        LayerDescription first = d.without("repeat");
        List<LayerDescription> copies = new ArrayList<>(List.of(first));
        LayerDescription next = first.without("stride").without("from");
        for (int i = 1; i < d.integer("repeat"); i++) copies.add(next);
        return copies;
    }

    private void add(String name, LayerDescription d, Layer layer) {
        if (!taken.add(name)) {
            throw new ModelException(
                    d.at().orElse(null),
                    "two layers of one list are named " + name + "; give one of them another name");
        }
        items.add(new Item(name, Optional.ofNullable((String) d.value("from")), d.at().orElse(null), layer));
    }

    /** Faults that a layer finds in its own settings get the layer's place. */
    private Layer make(LayerDescription d) {
        try {
            return d.layerKind().factory().make(d, surroundings);
        } catch (ModelException e) {
            throw e;
        } catch (VolutaException e) {
            throw new ModelException(d.at().orElse(null), d.kind() + ": " + e.problem());
        }
    }
}
