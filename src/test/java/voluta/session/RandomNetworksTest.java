package voluta.session;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static voluta.session.SmallTraining.BATCH;
import static voluta.session.SmallTraining.fused;
import static voluta.session.SmallTraining.labels;
import static voluta.session.SmallTraining.near;
import static voluta.session.SmallTraining.options;
import static voluta.session.SmallTraining.read;
import static voluta.session.SmallTraining.same;
import static voluta.session.SmallTraining.samples;
import static voluta.session.SmallTraining.train;
import static voluta.session.SmallTraining.training;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.TrainingGraph;
import voluta.nn.Mode;
import voluta.optim.Optimizer;
import voluta.optim.UpdateStep;
import voluta.plan.Lowering;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * What holds for any network, tried on some that are drawn: gradients are the loss's slopes, memory that is used again
 * changes no bit, and fusion changes no more than rounding, also where values in between are asked for.
 */
class RandomNetworksTest {
    static LongStream seeds() {
        return LongStream.range(0, 10);
    }

    private static Backend open(String name) {
        assumeTrue(Backends.providers().stream()
                .anyMatch(p -> p.name().equals(name) && p.probe() instanceof Availability.Available));
        return Backends.open(name, BackendOptions.DEFAULT).backend();
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void memoryAndFusionChangeNothing(long seed) {
        Network n = RandomNetworks.draw(seed);
        try (Backend reference = open("reference");
                Backend cpu = open("onednn")) {
            Graph plain = training(n, g -> Lowering.apply(g, reference, Precision.F32)),
                    whole = fused(n, cpu, Precision.F32);
            Map<String, double[]> expected = train(reference, n, plain, options(Precision.F32, true), 2);
            same(expected, train(reference, n, plain, options(Precision.F32, false), 2), "the reference without reuse");
            Map<String, double[]> got = train(cpu, n, whole, options(Precision.F32, true), 2);
            same(got, train(cpu, n, whole, options(Precision.F32, false), 2), "oneDNN without reuse");
            near(expected, got, 5e-3, n.description().yaml());
        }
    }

    @ParameterizedTest
    @MethodSource("seeds")
    void whatIsAskedForOnTheWayIsThere(long seed) {
        Network n = RandomNetworks.draw(seed);
        GraphBuilder b = GraphBuilder.continuing(n.forward(Mode.INFERENCE, BATCH));
        Random random = new Random(seed);
        for (Node node : b.nodes()) if (random.nextInt(3) == 0) b.output("value " + node.path(), node.output(0));
        Graph graph = b.build();
        try (Backend reference = open("reference");
                Backend cpu = open("onednn")) {
            Map<String, double[]> expected = infer(reference, n, Lowering.apply(graph, reference, Precision.F32), true);
            Graph whole = Lowering.forInference(graph, cpu, Precision.F32);
            Map<String, double[]> got = infer(cpu, n, whole, true);
            same(got, infer(cpu, n, whole, false), "oneDNN without reuse");
            near(expected, got, 5e-3, n.description().yaml());
        }
    }

    private static Map<String, double[]> infer(Backend backend, Network n, Graph graph, boolean reuse) {
        try (Session session = new Session(backend, 7);
                CompiledGraph g = session.compile(graph, options(Precision.F32, reuse))) {
            g.feed(Network.X, 0, samples(n, 0));
            g.run(0);
            Map<String, double[]> all = new LinkedHashMap<>();
            for (String name : graph.outputs().keySet()) all.put(name, read(g, name));
            return all;
        }
    }

    /** Central differences of the loss in double, for one weight of each parameter; a kink between the two is a miss. */
    @ParameterizedTest
    @MethodSource("seeds")
    void gradientsAreSlopes(long seed) {
        Network n = RandomNetworks.draw(seed);
        TrainingGraph.Recipe recipe = new TrainingGraph.Recipe(Loss.crossEntropy(0.1), Optimizer.named("sgd"));
        Random random = new Random(seed);
        int all = 0, missed = 0;
        StringBuilder which = new StringBuilder();
        try (Backend reference = open("reference");
                Session session = new Session(reference, 7)) {
            UnaryOperator<Graph> lowering = g -> Lowering.apply(g, reference, Precision.F32);
            CompiledGraph g =
                    session.compile(TrainingGraph.build(n, BATCH, recipe, lowering), options(Precision.F32, true));
            g.feed(Network.X, 0, samples(n, 0));
            g.feed(Loss.LABELS, 0, labels(n, 0));
            g.feed(UpdateStep.STEP, 0, HostTensor.i64(Shape.SCALAR, 1));
            Map<String, HostTensor> weights = new LinkedHashMap<>();
            for (String p : session.parameters().keySet()) {
                // away from the ones and zeros that normalizations begin with
                HostTensor w = exact(session, p);
                for (long i = 0; i < w.type().elements(); i++) w.set(i, w.get(i) + 0.05 * random.nextGaussian());
                session.write(p, w);
                weights.put(p, w);
            }
            run(g, 1);
            Map<String, HostTensor> after = new LinkedHashMap<>();
            for (String p : weights.keySet()) after.put(p, exact(session, p));
            weights.forEach(session::write);
            for (String p : weights.keySet()) {
                int i = random.nextInt((int) weights.get(p).type().elements());
                double slope = (loss(session, g, p, i, 1e-6) - loss(session, g, p, i, -1e-6)) / 2e-6;
                double gradient = weights.get(p).get(i) - after.get(p).get(i);
                all++;
                if (Math.abs(slope - gradient) <= 1e-6 + 1e-3 * Math.abs(gradient)) continue;
                missed++;
                which.append(p)
                        .append('[')
                        .append(i)
                        .append("]: ")
                        .append(gradient)
                        .append(", slope ")
                        .append(slope);
            }
        }
        assertTrue(missed <= all / 10, which + "\n" + n.description().yaml());
        assertTrue(all > 0);
    }

    private static HostTensor exact(Session session, String parameter) {
        HostTensor t = HostTensor.zeros(
                new TensorType(DType.F64, session.parameters().get(parameter).shape()));
        session.read(parameter, t);
        return t;
    }

    private static void run(CompiledGraph g, float rate) {
        g.feed(UpdateStep.LEARNING_RATE, 0, HostTensor.f32(Shape.SCALAR, rate));
        g.run(0);
    }

    /** The loss with one weight moved, which is then back in its place. */
    private static double loss(Session session, CompiledGraph g, String parameter, int i, double by) {
        HostTensor w = exact(session, parameter);
        double before = w.get(i);
        w.set(i, before + by);
        session.write(parameter, w);
        run(g, 0);
        w.set(i, before);
        session.write(parameter, w);
        return read(g, TrainingGraph.LOSS)[0];
    }
}
