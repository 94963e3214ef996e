package voluta.train;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import voluta.backend.Backends;
import voluta.backend.DeviceMemoryException;
import voluta.checkpoint.Checkpoint;
import voluta.data.BatchSlot;
import voluta.data.Dataset;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.model.AccumulatedStep;
import voluta.model.EvaluationGraph;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.TrainingGraph;
import voluta.optim.LossScale;
import voluta.optim.WeightAverage;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** What runs: an opened backend, the weights, and the graphs of a training step and of an evaluation step over them. */
final class TrainingProgram implements AutoCloseable {
    static final int SLOTS = CompileOptions.SLOTS;

    /** The group of a checkpoint with the sums of loss and right guesses since they were last read. */
    private static final String SUMS = "sums";
    /**
     * The group of the weights that the next step begins with, where the file's own are not just those: they are averages,
     * or the backend has more digits than they have.
     */
    private static final String TRAINED = "trained";
    /** The group of the gradients of the batches since the last update, in a checkpoint between two batches of a step. */
    private static final String ACCUMULATED = "accumulated";

    private final Backends.Choice choice;
    private final Session session;
    private final CompiledGraph training;
    private final Optional<CompiledGraph> update;
    private final CompiledGraph evaluation;
    private final int evaluationBatch;
    private final RunData data;
    private final Optional<DeviceData> deviceData;
    private final List<String> differences;
    private final int classes;
    private final UpdateGroups groups;
    private final Set<String> weights = new HashSet<>();

    /** Opens the backend and compiles both graphs; parameters get their first content. */
    TrainingProgram(TrainingConfig c, RunData data) {
        this.data = data;
        classes = data.network().classes();
        choice = Backends.open(c.backend(), c.backendOptions());
        session = new Session(choice.backend(), c.seed());
        boolean done = false;
        try {
            if (c.deviceData()) DeviceData.check(choice.backend(), data);
            StepGraphs graphs = StepGraphs.of(c, data, c.batchSize().images(), choice.backend());
            evaluationBatch = graphs.evaluationBatch();
            differences = graphs.differences();
            groups = graphs.groups();
            CompileOptions options = CompileOptions.of(c.precision());
            training = compile(c, graphs.training(), options);
            update = graphs.update().map(g -> compile(c, g, options));
            boolean measuresThere = c.deviceData() && DeviceData.takesEvaluation(choice.backend(), data);
            Graph measure = measuresThere ? graphs.residentEvaluation().orElseThrow() : graphs.evaluation();
            evaluation = compile(c, measure, options);
            deviceData = c.deviceData()
                    ? Optional.of(new DeviceData(data, session, c.workers(), measuresThere))
                    : Optional.empty();
            findWeights(graphs.evaluation());
            beginAverages();
            done = true;
        } finally {
            if (!done) close();
        }
    }

    private CompiledGraph compile(TrainingConfig c, Graph graph, CompileOptions options) {
        try {
            return session.compile(graph, options);
        } catch (DeviceMemoryException e) {
            throw c.deviceData() ? DeviceData.explain(e, data) : e;
        }
    }

    /** What a loader of training batches goes through; on the device where that was asked for. */
    Dataset trainingData() {
        return deviceData.map(DeviceData::training).orElseGet(data::training);
    }

    /** The same for the evaluation. */
    Dataset evaluationData() {
        return deviceData.map(DeviceData::evaluation).orElseGet(data::evaluation);
    }

    /** What lies on the device, in a sentence; empty where the data stay on the host. */
    Optional<String> dataNotice() {
        return deviceData.map(DeviceData::notice);
    }

    /** Which parameters are trained otherwise than the rest, in a sentence; empty where all are trained alike. */
    Optional<String> groupNotice() {
        return groups.sentence();
    }

    /** What an evaluation reads besides its own sums is what a checkpoint must hold to be used. */
    private void findWeights(Graph measure) {
        for (Value v : measure.sources()) {
            boolean stored = v.kind() == Value.Kind.PARAMETER || v.kind() == Value.Kind.STATE;
            if (stored && !EvaluationGraph.STATES.contains(v.name())) weights.add(v.name());
        }
    }

    /**
     * Begins with the weights of a file instead of drawn ones. A head for another number of classes begins anew.
     *
     * @return the tensors of such a head
     */
    List<String> load(Path file) {
        Map<String, HostTensor> given = Checkpoint.loadWeights(file);
        List<String> head = new ArrayList<>();
        List<String> parameters = List.copyOf(session.parameters().keySet());
        String last = LayerPatterns.layer(parameters.get(parameters.size() - 1));
        for (String name : parameters) {
            HostTensor tensor = given.get(name);
            if (tensor != null
                    && LayerPatterns.layer(name).equals(last)
                    && isOtherHead(session.read(name).shape(), tensor.shape())) head.add(name);
        }
        TrainedNetwork.writeWeights(
                file,
                given,
                session,
                weights.stream().filter(n -> !head.contains(n)).toList());
        beginAverages();
        return head;
    }

    /** The averages begin at the weights. */
    private void beginAverages() {
        for (String name : names(Kind.WEIGHT)) {
            if (!session.holds(WeightAverage.of(name))) continue;
            TensorType type = session.state().get(WeightAverage.of(name));
            HostTensor weight = HostTensor.zeros(new TensorType(DType.F64, type.shape()));
            session.read(name, weight);
            session.write(WeightAverage.of(name), weight);
        }
    }

    /** Reads what is to be used: the averages of the weights where there are some, else the weights. */
    void readWeights(Map<String, HostTensor> into) {
        into.forEach((name, tensor) ->
                session.read(session.holds(WeightAverage.of(name)) ? WeightAverage.of(name) : name, tensor));
    }

    /** Does something with the averages in the place of the weights, which are then put back with all their digits. */
    <T> T withAverages(Supplier<T> action) {
        Map<String, HostTensor> trained = new LinkedHashMap<>();
        for (Map.Entry<String, HostTensor> e :
                tensors(Kind.WEIGHT, keepsMoreDigits()).entrySet()) {
            if (session.holds(WeightAverage.of(e.getKey()))) trained.put(e.getKey(), e.getValue());
        }
        trained.forEach(session::read);
        Map<String, HostTensor> averages = new LinkedHashMap<>();
        trained.forEach((name, tensor) -> averages.put(name, HostTensor.zeros(tensor.type())));
        averages.forEach((name, tensor) -> session.read(WeightAverage.of(name), tensor));
        try {
            averages.forEach(session::write);
            return action.get();
        } finally {
            trained.forEach(session::write);
        }
    }

    /** Whether these are the weights or the bias of the same last layer but for how many classes it tells apart. */
    private boolean isOtherHead(Shape here, Shape there) {
        if (here.equals(there) || here.rank() != there.rank() || here.rank() == 0 || here.dim(0) != classes)
            return false;
        for (int d = 1; d < here.rank(); d++) if (here.dim(d) != there.dim(d)) return false;
        return true;
    }

    Session session() {
        return session;
    }

    CompiledGraph training() {
        return training;
    }

    /** What ends a step of several batches, of which {@link #training} is one; none where it is the whole step. */
    Optional<CompiledGraph> update() {
        return update;
    }

    /** What makes a step of several batches differ from one large batch, in words. */
    List<String> differences() {
        return differences;
    }

    CompiledGraph evaluation() {
        return evaluation;
    }

    /** Whether the loss is multiplied by a {@link LossScale}. */
    boolean scales() {
        return session.holds(LossScale.SCALE);
    }

    /** By what the next step's loss is multiplied; 1 without a loss scale. Waits for the device. */
    double lossScale() {
        return scales() ? session.read(LossScale.SCALE).scalar() : 1;
    }

    /** How many of so many steps were skipped since their gradients were not finite. Waits for the device. */
    long skipped(long steps) {
        return scales() ? steps - (long) session.read(LossScale.APPLIED).scalar() : 0;
    }

    int evaluationBatch() {
        return evaluationBatch;
    }

    String backend() {
        return choice.explanation();
    }

    /** Whether reading a number after each step costs nothing to speak of, since there is no device to wait for. */
    boolean readsAreCheap() {
        return !choice.backend().hasOwnMemory();
    }

    /** Slots over the buffers that the graph reads from: what a loader writes is not copied again. */
    static List<BatchSlot> slots(CompiledGraph graph) {
        List<BatchSlot> slots = new ArrayList<>();
        boolean soft = graph.graph().sources().stream().anyMatch(v -> v.name().equals(Loss.TARGETS));
        String samples = graph.hasInput(Network.PLACES)
                ? Network.PLACES
                : graph.hasInput(Network.X) ? Network.X : Network.IMAGES;
        for (int s = 0; s < SLOTS; s++) {
            slots.add(new BatchSlot(
                    s, graph.feed(samples, s), graph.feed(Loss.LABELS, s), soft ? graph.feed(Loss.TARGETS, s) : null));
        }
        return slots;
    }

    /** How many numbers are trained. */
    long parameterCount() {
        return groups.trained();
    }

    /** Whether the backend computes with more digits than the types of its values have, which a resumed run needs too. */
    private boolean keepsMoreDigits() {
        return choice.backend().name().equals("reference");
    }

    /** Goes on with what a checkpoint of the same network, optimizer and loss holds. */
    void restore(Path file, Checkpoint checkpoint) {
        Map<String, HostTensor> exact = checkpoint.state(TRAINED);
        TrainedNetwork.writeWeights(file, exact.isEmpty() ? checkpoint.weights() : exact, session, names(Kind.WEIGHT));
        TrainedNetwork.writeWeights(file, checkpoint.state(Checkpoint.OPTIMIZER), session, names(Kind.OPTIMIZER));
        TrainedNetwork.writeWeights(file, checkpoint.state(SUMS), session, names(Kind.SUM));
        Map<String, HostTensor> accumulated = checkpoint.state(ACCUMULATED);
        if (!accumulated.isEmpty()) TrainedNetwork.writeWeights(file, accumulated, session, names(Kind.GRADIENT));
    }

    /** Room on the host for the weights, by name, in the order in which they were declared. */
    Map<String, HostTensor> weightTensors() {
        return tensors(Kind.WEIGHT, false);
    }

    /**
     * Room on the host for what a run needs to go on besides its weights: by group of a checkpoint, then by name.
     *
     * @param withinStep whether a step has begun that is not ended yet
     */
    Map<String, Map<String, HostTensor>> stateTensors(boolean withinStep) {
        Map<String, Map<String, HostTensor>> groups = new LinkedHashMap<>();
        groups.put(Checkpoint.OPTIMIZER, tensors(Kind.OPTIMIZER, keepsMoreDigits()));
        groups.put(SUMS, tensors(Kind.SUM, keepsMoreDigits()));
        if (withinStep) groups.put(ACCUMULATED, tensors(Kind.GRADIENT, keepsMoreDigits()));
        boolean averages = names(Kind.WEIGHT).stream().anyMatch(n -> session.holds(WeightAverage.of(n)));
        if (averages || keepsMoreDigits()) groups.put(TRAINED, tensors(Kind.WEIGHT, keepsMoreDigits()));
        return groups;
    }

    /** What a parameter or state that a run must not lose belongs to. */
    private enum Kind {
        WEIGHT,
        OPTIMIZER,
        SUM,
        GRADIENT
    }

    private Map<String, HostTensor> tensors(Kind kind, boolean allDigits) {
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        for (String name : names(kind)) {
            TensorType type = session.parameters().get(name);
            if (type == null) type = session.state().get(name);
            boolean wide = allDigits && type.dtype().floating();
            tensors.put(name, HostTensor.zeros(wide ? new TensorType(DType.F64, type.shape()) : type));
        }
        return tensors;
    }

    private List<String> names(Kind kind) {
        List<String> names = new ArrayList<>();
        if (kind == Kind.WEIGHT) names.addAll(session.parameters().keySet());
        for (String name : session.state().keySet()) {
            if (EvaluationGraph.STATES.contains(name)) continue;
            if (kindOf(name) == kind) names.add(name);
        }
        return names;
    }

    private Kind kindOf(String state) {
        if (TrainingGraph.STATES.contains(state)) return Kind.SUM;
        if (weights.contains(state)) return Kind.WEIGHT;
        return update.isPresent() && AccumulatedStep.isSum(state) ? Kind.GRADIENT : Kind.OPTIMIZER;
    }

    /** The names of the gradients that are summed over the batches of a step. */
    List<String> accumulated() {
        return names(Kind.GRADIENT);
    }

    /** All plans as text. */
    String planText() {
        String step = update.map(
                        u -> "one batch of a training step, " + training.plan().text() + "\nend of the step, "
                                + u.plan().text())
                .orElseGet(() -> "training step, " + training.plan().text());
        return step + "\nevaluation step, " + evaluation.plan().text();
    }

    @Override
    public void close() {
        try {
            session.close();
        } finally {
            choice.backend().close();
        }
    }
}
