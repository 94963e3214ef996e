package voluta.cli;

import voluta.backend.Backend;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.model.InferenceGraph;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.model.TrainingGraph;
import voluta.optim.Clipping;
import voluta.optim.Optimizer;
import voluta.plan.Lowering;
import voluta.session.CompiledGraph;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.TensorType;

/**
 * The step that {@code bench} times and {@code inspect --plan} shows, and random data for it. Training is cross-entropy and
 * stochastic gradient descent with learning rate 0.01, momentum 0.9 and weight decay 5e-4, without clipping.
 */
final class BenchGraph {
    private static final double LEARNING_RATE = 0.01;
    private static final double MOMENTUM = 0.9;
    private static final double WEIGHT_DECAY = 5e-4;
    private static final long SEED = 1;

    private BenchGraph() {}

    /** The step, in the ops of the backend. */
    static Graph of(Task task, NetworkDescription description, int batch, Backend backend, Precision precision) {
        Network network = Network.of(description);
        if (task == Task.INFER)
            return InferenceGraph.build(network, batch, g -> Lowering.forInference(g, backend, precision));
        Optimizer optimizer = new Optimizer.Sgd(MOMENTUM, 0, false, WEIGHT_DECAY);
        var recipe = new TrainingGraph.Recipe(Loss.crossEntropy(0), optimizer, new Clipping.None(), true);
        return TrainingGraph.build(network, batch, recipe, g -> Lowering.forTraining(g, backend, precision));
    }

    /** Fills a slot with random images and labels of a fixed seed. */
    static void fill(CompiledGraph graph, int slot, int classes) {
        for (Value input : graph.graph().sources(Value.Kind.INPUT)) {
            HostTensor data = HostTensor.zeros(input.type());
            for (long i = 0; i < input.type().elements(); i++) data.set(i, value(input, i, classes));
            graph.feed(input.name(), slot, data);
        }
    }

    /** Bytes of an image, a label, a number around 0, or what a single number means to a training step. */
    private static double value(Value input, long element, int classes) {
        TensorType type = input.type();
        int[] random = new int[4];
        Philox.block(Philox.key(SEED, input.name()), element, 0, random);
        double uniform = Philox.uniform(random[0]);
        return switch (type.dtype()) {
            case U8 -> Math.floor(uniform * 256);
            case I32 -> Math.floor(uniform * classes);
            case I64 -> 1; // the number of the step
            default -> type.rank() == 0 ? LEARNING_RATE : 2 * uniform - 1;
        };
    }
}
