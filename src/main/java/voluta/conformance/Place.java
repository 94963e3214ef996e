package voluta.conformance;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import voluta.conformance.Difference.Kind;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.FusedBatchNormalization;
import voluta.op.Pooling;

/**
 * Where a value of a training step belongs.
 *
 * @param group values of a group are each measured by at least a share of the group's largest
 * @param kinked whether a kernel decides inside, by rounding, where gradients flow: which of two nearly equal numbers is the
 *     largest of a window, or on which side of 0 a normalized number lies
 */
record Place(String layer, Kind kind, Optional<String> group, boolean kinked) {
    /** In paths, between a layer's own and what its gradient adds. */
    private static final char BACKWARD = ':';

    /** The place of each computed value. Forward nodes come first in a graph, then those of the gradients, then updates. */
    static Map<Value, Place> ofAll(Graph g) {
        Map<Value, Place> places = new HashMap<>();
        boolean forward = true;
        for (Node n : g.nodes()) {
            forward &= n.path().indexOf(BACKWARD) < 0;
            for (Value v : n.outputs()) places.put(v, of(v, forward));
        }
        g.gradients()
                .forEach((p, v) -> places.put(
                        v,
                        new Place(
                                owner(p),
                                Kind.GRADIENT,
                                Optional.of("gradient"),
                                kinked(v.producer().op()))));
        return places;
    }

    private static Place of(Value v, boolean forward) {
        Value origin = Graph.origin(v);
        if (origin.kind() == Value.Kind.PARAMETER)
            return new Place(owner(origin), Kind.WEIGHT, Optional.of("parameter"), false);
        if (origin.kind() == Value.Kind.STATE) {
            return origin.mirrored()
                    .map(p -> new Place(owner(p), Kind.GRADIENT, Optional.of("moment"), false))
                    .orElseGet(() -> new Place(owner(origin), Kind.WEIGHT, Optional.of("statistic"), false));
        }
        String path = v.producer().path();
        int colon = path.indexOf(BACKWARD);
        return new Place(
                colon < 0 ? path : path.substring(0, colon),
                forward ? Kind.OUTPUT : Kind.GRADIENT,
                Optional.empty(),
                kinked(v.producer().op()));
    }

    private static boolean kinked(Op op) {
        if (op instanceof Pooling.Backward b) return b.forward().kind() == Pooling.Kind.MAX;
        return op instanceof FusedBatchNormalization.Backward b
                && b.forward().activation().isPresent();
    }

    /** The layer of a parameter or state: {@code layer1/conv} of {@code layer1/conv.weight}. */
    private static String owner(Value v) {
        String name = v.name();
        int end = Math.max(name.lastIndexOf('.'), name.lastIndexOf('/'));
        return end < 0 ? name : name.substring(0, end);
    }
}
