package voluta.graph;

import java.util.Optional;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** A typed value of a graph, compared by identity. */
public final class Value {
    /** Where a value comes from. */
    public enum Kind {
        /** Fed from the host before each step. */
        INPUT,
        /** Trained; persists over steps and is shared by name between graphs of one session. */
        PARAMETER,
        /** Persists over steps but is not trained: running statistics, moments, accumulators. */
        STATE,
        /** A data set: as large as it may be, written by the session's owner and only read by steps; shared by name like a parameter. */
        DATA,
        /** Fixed when the graph was built. */
        CONSTANT,
        /** Output of a node. */
        COMPUTED
    }

    private final String name;
    private final TensorType type;
    private final Kind kind;
    private final Initializer initializer;
    private final HostTensor constant;
    private final Value mirrored;
    private Node producer;
    private int index;

    private Value(
            String name, TensorType type, Kind kind, Initializer initializer, HostTensor constant, Value mirrored) {
        this.name = name;
        this.type = type;
        this.kind = kind;
        this.initializer = initializer;
        this.constant = constant;
        this.mirrored = mirrored;
    }

    static Value input(String name, TensorType type) {
        return new Value(name, type, Kind.INPUT, null, null, null);
    }

    static Value parameter(String name, TensorType type, Initializer initializer) {
        return new Value(name, type, Kind.PARAMETER, initializer, null, null);
    }

    static Value state(String name, TensorType type, Initializer initializer, Value mirrored) {
        return new Value(name, type, Kind.STATE, initializer, null, mirrored);
    }

    static Value data(String name, TensorType type) {
        return new Value(name, type, Kind.DATA, null, null, null);
    }

    static Value constant(String name, HostTensor tensor) {
        return new Value(name, tensor.type(), Kind.CONSTANT, null, tensor, null);
    }

    static Value computed(String name, TensorType type, Node producer, int index) {
        Value v = new Value(name, type, Kind.COMPUTED, null, null, null);
        v.producer = producer;
        v.index = index;
        return v;
    }

    /** Unique in its graph: a source's own name, or the producer's path with {@code #k} for outputs after the first. */
    public String name() {
        return name;
    }

    public TensorType type() {
        return type;
    }

    public Kind kind() {
        return kind;
    }

    /** The node that computes this value; null for sources. */
    public Node producer() {
        return producer;
    }

    /** Which output of its producer this is; 0 for sources. */
    public int index() {
        return index;
    }

    /** First content of a parameter or state; null otherwise. */
    public Initializer initializer() {
        return initializer;
    }

    /** The content of a constant; null otherwise. */
    public HostTensor constant() {
        return constant;
    }

    /** The parameter beside which this state lies (a moment): same layout, same place in its own region. */
    public Optional<Value> mirrored() {
        return Optional.ofNullable(mirrored);
    }

    @Override
    public String toString() {
        return name + " " + type;
    }
}
