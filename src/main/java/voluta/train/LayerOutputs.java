package voluta.train;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import voluta.data.Dataset;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.model.Network;
import voluta.nn.Build;
import voluta.nn.Mode;
import voluta.plan.Lowering;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.Nearest;

/**
 * What chosen layers give for a batch of images, always the same, with the weights as they are: a graph of its own in the
 * mode of training, in which nothing is fused, so that each layer's output is there. The first images of the evaluation
 * data are the batch. The running statistics that such a pass moves are put back.
 */
final class LayerOutputs implements AutoCloseable {
    private final Trial.Look look;
    private final Session session;
    private final CompiledGraph graph;
    private final Map<String, HostTensor> statistics = new LinkedHashMap<>();

    private LayerOutputs(Trial.Look look, Session session, CompiledGraph graph) {
        this.look = look;
        this.session = session;
        this.graph = graph;
        if (graph == null) return;
        session.state().forEach((name, type) -> {
            if (graph.graph().sources().stream().anyMatch(v -> v.name().equals(name)))
                statistics.put(name, HostTensor.zeros(type));
        });
    }

    static LayerOutputs of(Trial.Look look, TrainingConfig c, RunData data, TrainingProgram program) {
        Session session = program.session();
        if (look.layers().isEmpty()) return new LayerOutputs(look, session, null);
        Dataset images = data.evaluation();
        int batch = Math.min(c.batchSize().images(), images.size());
        Network network = Network.of(data.network()).withPixels(data.pixels()).withSeed(c.seed());
        Graph forward = outputs(network.forward(Mode.TRAINING, batch), look);
        CompiledGraph graph = session.compile(
                Lowering.apply(forward, session.backend(), c.precision()), CompileOptions.of(c.precision()));
        ByteBuffer to = graph.feed(Network.IMAGES, 0).duplicate();
        for (int i = 0; i < batch; i++) images.read(i, to);
        return new LayerOutputs(look, session, graph);
    }

    /** The graph with an output for each layer. */
    private static Graph outputs(Graph forward, Trial.Look look) {
        Map<String, Node> nodes = new HashMap<>();
        for (Node n : forward.nodes()) nodes.put(n.path(), n);
        GraphBuilder b = GraphBuilder.continuing(forward);
        for (String layer : look.layers()) {
            Node n = nodes.get(layer);
            if (n == null) {
                throw new TrainingException(
                        "the network has no layer " + layer + Nearest.suggestion(layer, nodes.keySet()));
            }
            b.output(layer, n.output(0));
        }
        return b.build();
    }

    /** Tells the observer, if it wants to know of this step. */
    void show(long step) {
        if (graph == null || !look.at(step)) return;
        statistics.forEach(session::read);
        if (graph.hasInput(Build.STEP)) graph.feed(Build.STEP, 0).putLong(0, step + 1);
        graph.run(0);
        for (String layer : look.layers()) look.observer().seen(step, layer, graph.read(layer));
        statistics.forEach(session::write);
    }

    @Override
    public void close() {
        if (graph != null) graph.close();
    }
}
