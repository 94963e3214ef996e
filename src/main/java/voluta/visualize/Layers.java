package voluta.visualize;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.model.ModelSummary;
import voluta.model.ReceptiveField;
import voluta.op.Activation;
import voluta.op.AdaptivePooling;
import voluta.op.Arithmetic;
import voluta.op.BatchNormalization;
import voluta.op.Convolution;
import voluta.op.GroupNormalization;
import voluta.op.InstanceNormalization;
import voluta.op.LayerNormalization;
import voluta.op.Pooling;
import voluta.tensor.HostTensor;
import voluta.tensor.Nearest;
import voluta.tensor.Shape;

/**
 * The layers of a network that give maps, in the order of execution.
 *
 * @param network its name
 * @param others paths of layers that give none
 */
public record Layers(String network, List<Layer> all, List<String> others) {
    public Layers {
        all = List.copyOf(all);
        others = List.copyOf(others);
    }

    /** Reads a forward graph over numbers; {@code weights} holds its parameters. */
    static Layers of(String network, Graph graph, Map<String, HostTensor> weights) {
        Map<Value, List<Node>> readers = new HashMap<>();
        for (Node n : graph.nodes()) {
            for (Value v : n.inputs())
                readers.computeIfAbsent(v, k -> new ArrayList<>()).add(n);
        }
        ModelSummary summary = ModelSummary.of(graph);
        Set<Value> rectified = new HashSet<>();
        List<Layer> layers = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (Node n : graph.nodes()) {
            if (rectified(n, rectified)) rectified.add(n.output(0));
            Optional<ReceptiveField> field = summary.row(n.path()).flatMap(ModelSummary.Row::field);
            Shape y = n.output(0).type().shape();
            if (field.isEmpty() || y.rank() != 4) {
                others.add(n.path());
                continue;
            }
            layers.add(new Layer(
                    n.path(),
                    n.op().name(),
                    y.size(1),
                    y.size(2),
                    y.size(3),
                    shown(n, readers.getOrDefault(n.output(0), List.of())),
                    rectified.contains(n.output(0)),
                    field.get(),
                    filters(n, weights)));
        }
        return new Layers(network, layers, others);
    }

    private static boolean shown(Node n, List<Node> readers) {
        Shape y = n.output(0).type().shape();
        if (y.size(2) * y.size(3) == 1 || normalizes(n.op())) return false;
        boolean sum = n.op() instanceof Arithmetic;
        return !sum || readers.stream().noneMatch(r -> r.op() instanceof Activation || normalizes(r.op()));
    }

    private static boolean normalizes(Op op) {
        return op instanceof BatchNormalization
                || op instanceof GroupNormalization
                || op instanceof InstanceNormalization
                || op instanceof LayerNormalization;
    }

    private static boolean rectified(Node n, Set<Value> before) {
        if (n.op() instanceof Activation a) {
            return switch (a.kind()) {
                case RELU, RELU6, SIGMOID, HARDSIGMOID, SOFTPLUS -> true;
                default -> false;
            };
        }
        return (n.op() instanceof Pooling || n.op() instanceof AdaptivePooling) && before.contains(n.input(0));
    }

    private static Optional<HostTensor> filters(Node n, Map<String, HostTensor> weights) {
        if (!(n.op() instanceof Convolution)) return Optional.empty();
        Value w = n.input(1);
        return Optional.ofNullable(w.kind() == Value.Kind.CONSTANT ? w.constant() : weights.get(w.name()));
    }

    /** The layers that are shown unasked. */
    public List<Layer> shown() {
        return all.stream().filter(Layer::shown).toList();
    }

    /** The layers with filters. */
    public List<Layer> convolutions() {
        return all.stream().filter(l -> l.filters().isPresent()).toList();
    }

    /**
     * The layer of a path, or the last one of a block, for instance {@code layer4}.
     *
     * @throws VisualizeException with the nearest name, if there is none, or it gives no maps
     */
    public Layer find(String name) {
        Layer inBlock = null;
        for (Layer l : all) {
            if (l.path().equals(name)) return l;
            if (l.path().startsWith(name + "/")) inBlock = l;
        }
        if (inBlock != null) return inBlock;
        if (others.contains(name)) {
            throw new VisualizeException(
                    "the layer " + name + " of " + network + " gives no maps, so it cannot be shown" + instead());
        }
        List<String> names = all.stream().map(Layer::path).toList();
        throw new VisualizeException("the network " + network + " has no layer " + name
                + (names.isEmpty() ? " that gives maps" : Nearest.suggestion(name, names)));
    }

    private String instead() {
        List<Layer> shown = shown();
        return shown.isEmpty()
                ? "; none of this network does"
                : "; take one before it, such as " + shown.get(shown.size() - 1).path();
    }

    /**
     * The layer that Grad-CAM explains unless asked otherwise: the last with more than one place that a convolution feeds, before any pooling; empty
     * without convolutions.
     */
    public Optional<Layer> last() {
        Layer last = null;
        boolean convolved = false;
        for (Layer l : all) {
            convolved |= l.convolves();
            if (convolved && l.shown() && !l.kind().contains("Pool")) last = l;
        }
        return Optional.ofNullable(last);
    }
}
