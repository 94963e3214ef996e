package voluta.conformance;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import voluta.autodiff.Differentiator;
import voluta.backend.Backend;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.plan.Lowering;
import voluta.tensor.HostTensor;

/** A case as a graph of one node, lowered for a backend, with its backward pass, and the data to feed it. */
final class CaseGraph {
    final Graph graph;
    final Map<String, HostTensor> inputs = new LinkedHashMap<>();
    final Map<String, HostTensor> held = new LinkedHashMap<>();

    CaseGraph(OpCase c, Backend backend, Precision precision) {
        GraphBuilder b = new GraphBuilder();
        List<Value> in = new ArrayList<>();
        for (int i = 0; i < c.inputs().size(); i++) in.add(source(b, c, i, precision));
        Node n = b.add("node", c.op(), in);
        for (int o = 0; o < n.outputs().size(); o++) b.output("y" + o, n.output(o));
        Graph lowered = Lowering.apply(b.build(), backend, precision);
        graph = c.gradient() ? differentiated(c, lowered, n, in, precision) : lowered;
    }

    /** Changes all that is fed and held. */
    void replace(UnaryOperator<HostTensor> change) {
        inputs.replaceAll((name, t) -> change.apply(t));
        held.replaceAll((name, t) -> change.apply(t));
    }

    private Value source(GraphBuilder b, OpCase c, int i, Precision precision) {
        OpCase.Input in = c.inputs().get(i);
        String name = "x" + i;
        HostTensor data = CaseData.fill(c, i, precision);
        (in.role() == OpCase.Role.INPUT ? inputs : held).put(name, data);
        return switch (in.role()) {
            case INPUT -> b.input(name, in.type());
            case PARAMETER -> b.parameter(name, in.type(), Initializer.ZEROS);
            case STATE -> b.state(name, in.type(), Initializer.ZEROS);
        };
    }

    private Graph differentiated(OpCase c, Graph forward, Node node, List<Value> in, Precision precision) {
        GraphBuilder b = GraphBuilder.continuing(forward);
        Map<Value, Value> upstream = new LinkedHashMap<>();
        for (int o = 0; o < node.outputs().size(); o++) {
            Value y = forward.output("y" + o);
            if (!y.type().dtype().floating() || node.op().updates(o).isPresent()) continue;
            String name = "dy" + o;
            inputs.put(name, CaseData.upstream(y.type(), c.name() + "/" + name, c.exact(), precision));
            upstream.put(y, b.input(name, y.type()));
        }
        List<Value> wrt = new ArrayList<>();
        for (int i = 0; i < in.size(); i++) {
            boolean state = c.inputs().get(i).role() == OpCase.Role.STATE;
            if (!state && in.get(i).type().dtype().floating()) wrt.add(in.get(i));
        }
        Differentiator.gradients(b, upstream, wrt).forEach((v, g) -> b.output("d" + v.name(), g));
        return b.build();
    }
}
