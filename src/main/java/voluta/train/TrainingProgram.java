package voluta.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.checkpoint.Checkpoint;
import voluta.data.BatchSlot;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.model.EvaluationGraph;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.TrainingGraph;
import voluta.plan.Lowering;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;

/** What runs: an opened backend, the weights, and the graphs of a training step and of an evaluation step over them. */
final class TrainingProgram implements AutoCloseable {
    static final int SLOTS = CompileOptions.SLOTS;

    private final Backends.Choice choice;
    private final Session session;
    private final CompiledGraph training;
    private final CompiledGraph evaluation;
    private final int evaluationBatch;
    private final Set<String> weights = new HashSet<>();

    /** Opens the backend and compiles both graphs; parameters get their first content. */
    TrainingProgram(TrainingConfig c, RunData data, UpdateSettings update) {
        evaluationBatch = Math.min(c.batchSize(), data.evaluation().size());
        choice = Backends.open(c.backend(), c.backendOptions());
        session = new Session(choice.backend(), c.seed());
        boolean done = false;
        try {
            Network network =
                    Network.of(data.network()).withPixels(data.pixels()).withSeed(c.seed());
            Loss loss = loss(c);
            TrainingGraph.Recipe recipe = new TrainingGraph.Recipe(loss, update.optimizer(), update.clipping(), false);
            Precision p = c.precision();
            Graph step = TrainingGraph.build(
                    network, c.batchSize(), recipe, g -> Lowering.forTraining(g, choice.backend(), p));
            Graph measure = EvaluationGraph.build(
                    network, evaluationBatch, loss.forEvaluation(), g -> Lowering.forInference(g, choice.backend(), p));
            training = session.compile(step, CompileOptions.of(p));
            evaluation = session.compile(measure, CompileOptions.of(p));
            findWeights(measure);
            done = true;
        } finally {
            if (!done) close();
        }
    }

    private static Loss loss(TrainingConfig c) {
        if (c.loss().equals("cross-entropy")) return Loss.crossEntropy(c.smoothing());
        throw new TrainingException("there is no loss " + c.loss() + " for images with labels; use cross-entropy");
    }

    /** What an evaluation reads besides its own sums is what a checkpoint must hold to be used. */
    private void findWeights(Graph measure) {
        for (Value v : measure.sources()) {
            boolean stored = v.kind() == Value.Kind.PARAMETER || v.kind() == Value.Kind.STATE;
            if (stored && !EvaluationGraph.STATES.contains(v.name())) weights.add(v.name());
        }
    }

    /** Begins with the weights of a file instead of drawn ones. */
    void load(Path file) {
        LoadedNetwork.writeWeights(file, Checkpoint.loadWeights(file), session, weights);
    }

    Session session() {
        return session;
    }

    CompiledGraph training() {
        return training;
    }

    CompiledGraph evaluation() {
        return evaluation;
    }

    int evaluationBatch() {
        return evaluationBatch;
    }

    String backend() {
        return choice.explanation();
    }

    /** Whether reading a number after each step costs nothing to speak of, since there is no device to wait for. */
    boolean readsAreCheap() {
        return !choice.backend().name().equals("cuda");
    }

    /** Slots over the buffers that the graph reads from: what a loader writes is not copied again. */
    static List<BatchSlot> slots(CompiledGraph graph) {
        List<BatchSlot> slots = new ArrayList<>();
        for (int s = 0; s < SLOTS; s++) {
            slots.add(new BatchSlot(s, graph.feed(Network.IMAGES, s), graph.feed(Loss.LABELS, s)));
        }
        return slots;
    }

    /** How many numbers are trained. */
    long parameterCount() {
        return session.parameters().values().stream()
                .mapToLong(t -> t.elements())
                .sum();
    }

    /** Room on the host for the weights, by name, in the order in which they were declared. */
    Map<String, HostTensor> weightTensors() {
        return tensors(true);
    }

    /** Room on the host for the optimizer's state, by name. */
    Map<String, HostTensor> optimizerTensors() {
        return tensors(false);
    }

    private Map<String, HostTensor> tensors(boolean ofWeights) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        if (ofWeights) session.parameters().forEach((name, type) -> tensors.put(name, HostTensor.zeros(type)));
        session.state().forEach((name, type) -> {
            boolean sum = TrainingGraph.STATES.contains(name) || EvaluationGraph.STATES.contains(name);
            if (!sum && weights.contains(name) == ofWeights) tensors.put(name, HostTensor.zeros(type));
        });
        return tensors;
    }

    /** Both plans as text. */
    String planText() {
        return "training step, " + training.plan().text() + "\nevaluation step, "
                + evaluation.plan().text();
    }

    @Override
    public void close() {
        session.close();
        choice.backend().close();
    }
}
