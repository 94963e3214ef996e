package voluta.visualize;

import java.util.List;
import java.util.Map;
import voluta.autodiff.Differentiator;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.model.Network;
import voluta.session.CompiledGraph;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** How much each pixel changes one unit of a layer. */
final class UnitGraph implements AutoCloseable {
    private static final String CHOICE = "unit_gradient";
    private static final String GRADIENT = "gradient_of_unit";

    private final Layer layer;
    private final CompiledGraph graph;

    UnitGraph(Subject subject, Layer layer) {
        this.layer = layer;
        Graph forward = subject.forward();
        Value root = forward.sources(Value.Kind.INPUT).get(0);
        Value tip = Subject.node(forward, layer).output(0);
        GraphBuilder b = new GraphBuilder();
        Value onto = b.input(Network.X, root.type());
        b.output(Subject.name(layer), Graft.add(b, forward, root, tip, onto));
        Graph lowered = subject.lowered(b.build());
        b = GraphBuilder.continuing(lowered);
        Value maps = lowered.output(Subject.name(layer));
        Value choice = b.input(CHOICE, maps.type());
        Value x = lowered.sources(Value.Kind.INPUT).get(0);
        b.output(
                GRADIENT,
                Differentiator.gradients(b, Map.of(maps, choice), List.of(x)).get(x));
        graph = subject.compile(b.build());
    }

    /** Runs the network up to the layer; gives its maps. */
    HostTensor maps(HostTensor x) {
        graph.feed(Network.X, 0, x);
        graph.run(0);
        return Subject.read(graph, Subject.name(layer));
    }

    /** The gradient of a unit with respect to the input that was fed last, {@code [1,C,H,W]}. */
    HostTensor gradient(Unit unit) {
        HostTensor choice = HostTensor.zeros(TensorType.f32(1, layer.channels(), layer.height(), layer.width()));
        choice.set(((long) unit.channel() * layer.height() + unit.y()) * layer.width() + unit.x(), 1);
        graph.feed(CHOICE, 0, choice);
        graph.run(0);
        return Subject.read(graph, GRADIENT);
    }

    @Override
    public void close() {
        graph.close();
    }
}
