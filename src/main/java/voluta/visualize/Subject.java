package voluta.visualize;

import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.data.Framing;
import voluta.data.Image;
import voluta.data.ImageShape;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.model.InferenceGraph;
import voluta.model.Network;
import voluta.nn.Mode;
import voluta.op.ImageToTensor;
import voluta.plan.Lowering;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Nearest;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;
import voluta.train.TrainedNetwork;

/**
 * A trained network on a backend. Every graph that is made over it takes pictures as numbers (input {@link Network#X}) and
 * reads the same weights. Used by one thread.
 */
public final class Subject implements AutoCloseable {
    /** Steps one after another, without capturing: most graphs run a few times only. */
    private static final CompileOptions OPTIONS =
            new CompileOptions(Precision.F32, ExecutionMode.EAGER, 1, true, false);

    private final TrainedNetwork trained;
    private final Network network;
    private final Backends.Choice choice;
    private final Session session;
    private final Layers layers;
    private final ImageToTensor pixels;
    private final Set<String> names = new HashSet<>();
    private final Set<String> filled = new HashSet<>();

    private Subject(TrainedNetwork trained, Backends.Choice choice) {
        this.trained = trained;
        this.network = trained.network().withFloats();
        this.choice = choice;
        Graph forward = network.forward(Mode.INFERENCE, 1);
        trained.checkClasses(forward);
        for (Value v : forward.sources()) names.add(v.name());
        this.layers = Layers.of(network.description().name(), forward, trained.weights());
        this.pixels =
                new ImageToTensor(network.pixels().mean(), network.pixels().std());
        this.session = new Session(choice.backend(), 0);
    }

    /**
     * Opens a checkpoint on a backend.
     *
     * @param backend a backend's name, or {@code auto}
     * @throws voluta.checkpoint.CheckpointException if the checkpoint cannot be used
     * @throws VolutaException if its network takes no images
     */
    public static Subject open(Path checkpoint, String backend, BackendOptions options) {
        TrainedNetwork trained = TrainedNetwork.load(checkpoint);
        trained.imageShape();
        Backends.Choice choice = Backends.open(backend, options);
        boolean done = false;
        try {
            Subject s = new Subject(trained, choice);
            done = true;
            return s;
        } finally {
            if (!done) choice.backend().close();
        }
    }

    /** One line: what computes. */
    public String backend() {
        return choice.explanation();
    }

    /** The network's name. */
    public String name() {
        return network.description().name();
    }

    public List<String> classNames() {
        return trained.classNames();
    }

    public Layers layers() {
        return layers;
    }

    /** The size that pictures are brought to. */
    public ImageShape imageShape() {
        return trained.imageShape();
    }

    /** How pictures were brought to that size in the training. */
    Framing framing() {
        return trained.framing();
    }

    /** Channels of the network's input: 3 also where grey pictures are given to a network for colour. */
    int channels() {
        return network.description().input().get(0);
    }

    /** What byte {@code v} of input channel {@code c} becomes. */
    double value(int v, int c) {
        return pixels.value(v, pixels.mean().size() == 1 ? 0 : c);
    }

    ImageToTensor pixels() {
        return pixels;
    }

    /**
     * The index of a class, by name or as a number.
     *
     * @throws VisualizeException if there is none
     */
    public int classOf(String nameOrIndex) {
        List<String> classes = classNames();
        int named = classes.indexOf(nameOrIndex);
        if (named >= 0) return named;
        if (nameOrIndex.matches("\\d{1,9}")) {
            int i = Integer.parseInt(nameOrIndex);
            if (i < classes.size()) return i;
            throw new VisualizeException("there is no class " + i + " among " + classes.size() + "; use 0 to "
                    + (classes.size() - 1) + ", or a name such as " + classes.get(0));
        }
        throw new VisualizeException("there is no class " + nameOrIndex
                + (classes.size() > 20
                        ? Nearest.of(nameOrIndex, classes)
                                .map(n -> "; did you mean " + n + "?")
                                .orElse(" among " + classes.size() + "; use an index")
                        : Nearest.suggestion(nameOrIndex, classes)));
    }

    /** A picture of the network's size as its input, {@code [1,C,H,W]}. */
    HostTensor input(Image fitted) {
        ImageShape s = fitted.shape();
        int channels = channels(), plane = s.height() * s.width();
        HostTensor x = HostTensor.zeros(TensorType.f32(1, channels, s.height(), s.width()));
        for (int c = 0; c < channels; c++) {
            int from = s.channels() == 1 ? 0 : c;
            for (int i = 0; i < plane; i++) {
                x.set((long) c * plane + i, value(fitted.pixels()[i * s.channels() + from] & 0xff, c));
            }
        }
        return x;
    }

    /**
     * The beginning of a graph that is going to be differentiated: the network, and the values in it that are asked for.
     *
     * @param x the input
     * @param maps the output of each layer asked for, by path
     */
    record Trunk(GraphBuilder builder, Value x, Value logits, Value probabilities, Map<String, Value> maps) {}

    /** The network for a batch; the layers asked for keep their values, others may be fused away. */
    Trunk trunk(int batch, Collection<Layer> wanted) {
        GraphBuilder b = GraphBuilder.continuing(
                InferenceGraph.build(network, batch, java.util.function.UnaryOperator.identity()));
        Map<String, Value> byPath = new LinkedHashMap<>();
        b.nodes().forEach(n -> byPath.put(n.path(), n.output(0)));
        for (Layer l : wanted) b.output(name(l), byPath.get(l.path()));
        Graph g = Lowering.forTraining(b.build(), choice.backend(), Precision.F32);
        Map<String, Value> maps = new LinkedHashMap<>();
        for (Layer l : wanted) maps.put(l.path(), g.output(name(l)));
        return new Trunk(
                GraphBuilder.continuing(g),
                g.sources(Value.Kind.INPUT).get(0),
                g.output(Network.LOGITS),
                g.output(InferenceGraph.PROBABILITIES),
                maps);
    }

    /** The output of a graph that holds a layer's maps. */
    static String name(Layer l) {
        return "maps of " + l.path();
    }

    /** The node of a layer in {@link #forward}. */
    static Node node(Graph forward, Layer layer) {
        return forward.nodes().stream()
                .filter(n -> n.path().equals(layer.path()))
                .findFirst()
                .orElseThrow();
    }

    /** The network as a graph that is only run forward, as fast as the backend can. */
    CompiledGraph scores(int batch) {
        return compile(
                InferenceGraph.build(network, batch, g -> Lowering.forInference(g, choice.backend(), Precision.F32)));
    }

    /** Compiles a graph over this network; weights that come in for the first time get the checkpoint's content. */
    CompiledGraph compile(Graph graph) {
        CompiledGraph compiled = session.compile(graph, OPTIONS);
        Set<String> missing = new HashSet<>();
        for (Value v : graph.sources()) {
            boolean kept = v.kind() == Value.Kind.PARAMETER || v.kind() == Value.Kind.STATE;
            if (kept && names.contains(v.name()) && filled.add(v.name())) missing.add(v.name());
        }
        trained.fill(session, missing);
        return compiled;
    }

    /** An output of a graph's last run, with all digits that the backend has. */
    static HostTensor read(CompiledGraph graph, String output) {
        HostTensor t = HostTensor.zeros(
                new TensorType(DType.F64, graph.graph().output(output).type().shape()));
        graph.read(output, t);
        return t;
    }

    /** Sets state that a graph added to the network's. */
    void write(String name, HostTensor content) {
        session.write(name, content);
    }

    /** Brings a graph to the backend's ops. */
    Graph lowered(Graph graph) {
        return Lowering.forTraining(graph, choice.backend(), Precision.F32);
    }

    /** The forward graph over one sample, as it is written. */
    Graph forward() {
        return network.forward(Mode.INFERENCE, 1);
    }

    @Override
    public void close() {
        session.close();
        choice.backend().close();
    }
}
