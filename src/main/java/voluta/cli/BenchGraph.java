package voluta.cli;

import java.util.Optional;
import java.util.function.UnaryOperator;
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
import voluta.optim.Grouping;
import voluta.optim.LossScale;
import voluta.optim.Optimizer;
import voluta.plan.Lowering;
import voluta.session.CompiledGraph;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.TensorType;

/**
 * The step that {@code bench} times, {@code parity} compares and {@code inspect --plan} shows, and random data for it. Training is cross-entropy and
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
        if (task == Task.TRAIN) {
            Optional<LossScale> scaling =
                    precision == Precision.F16 ? Optional.of(LossScale.DEFAULT) : Optional.empty();
            return training(description, batch, scaling, g -> Lowering.forTraining(g, backend, precision));
        }
        return InferenceGraph.build(Network.of(description), batch, g -> Lowering.forInference(g, backend, precision));
    }

    /** The training step, in the ops that a lowering makes of those of the network. */
    static Graph training(
            NetworkDescription description, int batch, Optional<LossScale> scaling, UnaryOperator<Graph> lowering) {
        Optimizer optimizer = new Optimizer.Sgd(MOMENTUM, 0, false, WEIGHT_DECAY);
        var recipe = new TrainingGraph.Recipe(
                Loss.crossEntropy(0), optimizer, new Clipping.None(), Grouping.usual(true), false, scaling);
        return TrainingGraph.build(Network.of(description), batch, recipe, lowering);
    }

    /** Fills a slot with random images and labels, always the same for a step, which counts from 1. */
    static void fill(CompiledGraph graph, int slot, int classes, int step) {
        for (Value input : graph.graph().sources(Value.Kind.INPUT)) {
            HostTensor data = HostTensor.zeros(input.type());
            for (long i = 0; i < input.type().elements(); i++) data.set(i, value(input, i, classes, step));
            graph.feed(input.name(), slot, data);
        }
    }

    /** Bytes of an image, a label, a number around 0, or what a single number means to a training step. */
    private static double value(Value input, long element, int classes, int step) {
        TensorType type = input.type();
        int[] random = new int[4];
        Philox.block(Philox.key(SEED, input.name()), element, step, random);
        double uniform = Philox.uniform(random[0]);
        return switch (type.dtype()) {
            case U8 -> Math.floor(uniform * 256);
            case I32 -> Math.floor(uniform * classes);
            case I64 -> step;
            default -> type.rank() == 0 ? LEARNING_RATE : 2 * uniform - 1;
        };
    }
}
