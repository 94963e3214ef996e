package voluta.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import voluta.tensor.TensorType;

/** One application of an op: its path in the network, its inputs and its outputs. */
public final class Node {
    private final Op op;
    private final String path;
    private final String source;
    private final List<Value> inputs;
    private final List<Value> outputs;
    private final Node contextOf;

    Node(Op op, String path, String source, List<Value> inputs, List<TensorType> types, Node contextOf) {
        this.op = op;
        this.path = path;
        this.source = source;
        this.inputs = List.copyOf(inputs);
        this.contextOf = contextOf;
        List<Value> out = new ArrayList<>(types.size());
        for (int i = 0; i < types.size(); i++)
            out.add(Value.computed(i == 0 ? path : path + "#" + i, types.get(i), this, i));
        this.outputs = List.copyOf(out);
    }

    public Op op() {
        return op;
    }

    /** For instance {@code layer3/conv2}, or {@code layer3/conv2:BackwardData} for a gradient. Unique in its graph. */
    public String path() {
        return path;
    }

    /** Where the user wrote it, for instance {@code net.yaml:41}; null if nowhere. */
    public String source() {
        return source;
    }

    public List<Value> inputs() {
        return inputs;
    }

    public Value input(int i) {
        return inputs.get(i);
    }

    public List<Value> outputs() {
        return outputs;
    }

    public Value output(int i) {
        return outputs.get(i);
    }

    /** The only output. */
    public Value output() {
        if (outputs.size() != 1) throw new IllegalStateException(path + " has " + outputs.size() + " outputs");
        return outputs.get(0);
    }

    public List<TensorType> inputTypes() {
        return inputs.stream().map(Value::type).toList();
    }

    public List<TensorType> outputTypes() {
        return outputs.stream().map(Value::type).toList();
    }

    /** The forward node whose context this backward node reads. */
    public Optional<Node> contextOf() {
        return Optional.ofNullable(contextOf);
    }

    @Override
    public String toString() {
        return path + " = " + op + " " + inputs.stream().map(Value::name).toList();
    }
}
