package voluta.plan;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import voluta.backend.Backend;
import voluta.backend.Footprint;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Value;

/**
 * How a batch goes through a graph that only infers: at once, or in passes of a few rows that each go through the whole
 * graph, so that values do not leave the caches on their way. All passes are of the same size: the last one ends with the
 * batch, and may compute rows again that the one before has computed, with the same results.
 *
 * @param batch rows of the batch
 * @param rows those of a pass, from 1 to {@code batch}
 */
public record Passes(int batch, int rows) {
    /** Everything at once. */
    public static final Passes ONE = new Passes(1, 1);

    public Passes {
        if (rows < 1 || rows > batch) throw new IllegalArgumentException(rows + " of " + batch + " rows in a pass");
    }

    /**
     * What a backend proposes.
     *
     * @param graph for the whole batch; one that changes what it keeps, or has inputs or outputs without a row for each of the
     *     batch's, runs at once
     */
    public static Passes of(Backend backend, Graph graph, int batch, Precision precision) {
        boolean apart = rowsAlone(graph, batch);
        return new Passes(batch, apart ? backend.rowsPerPass(batch, footprint(graph, batch), precision) : batch);
    }

    /** How many there are. */
    public int count() {
        return (batch + rows - 1) / rows;
    }

    /** The first row of a pass, which counts from 0. */
    public int first(int pass) {
        return Math.min(pass * rows, batch - rows);
    }

    private static boolean rowsAlone(Graph graph, int batch) {
        for (Node n : graph.nodes()) {
            for (int o = 0; o < n.outputs().size(); o++) if (n.op().updates(o).isPresent()) return false;
        }
        return graph.gradients().isEmpty()
                && graph.sources(Value.Kind.INPUT).stream().allMatch(v -> hasRows(v, batch))
                && graph.outputs().values().stream().allMatch(v -> hasRows(v, batch));
    }

    private static boolean hasRows(Value v, int batch) {
        return v.type().rank() > 0 && v.type().dim(0) == batch;
    }

    static Footprint footprint(Graph graph, int batch) {
        Map<Value, Integer> last = new HashMap<>();
        Set<Value> fed = new HashSet<>(graph.sources(Value.Kind.INPUT));
        long moved = 0, products = 0;
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node n = graph.nodes().get(i);
            if (n.inputs().stream().noneMatch(fed::contains)) continue;
            fed.addAll(n.outputs());
            products += Work.multiplyAdds(n);
            for (Value v : n.outputs()) moved += v.type().elements();
            for (Value v : n.inputs()) {
                if (!fed.contains(v)) continue;
                moved += v.type().elements();
                last.put(v, i);
            }
        }
        long weights =
                graph.parameters().stream().mapToLong(v -> v.type().elements()).sum();
        return new Footprint(live(graph, last, fed) / batch, moved / batch, products / batch, weights);
    }

    /** @param last the last node that reads each value that depends on what is fed */
    private static long live(Graph graph, Map<Value, Integer> last, Set<Value> fed) {
        long now = 0, most = 0;
        for (Value v : graph.sources(Value.Kind.INPUT)) now += v.type().elements();
        for (int i = 0; i < graph.nodes().size(); i++) {
            Node n = graph.nodes().get(i);
            for (Value v : n.outputs()) if (fed.contains(v)) now += v.type().elements();
            most = Math.max(most, now);
            for (Value v : new HashSet<>(n.inputs()))
                if (last.getOrDefault(v, -1) == i) now -= v.type().elements();
        }
        return most;
    }
}
