package voluta.graph;

/** What an op's gradient rule sees: its forward node, the gradients of the outputs, and a way to add backward nodes. */
public interface GradientScope {
    /** The forward node. */
    Node node();

    /** The forward node's input {@code i}. */
    default Value input(int i) {
        return node().inputs().get(i);
    }

    /** The forward node's output {@code i}. */
    default Value output(int i) {
        return node().outputs().get(i);
    }

    /** Whether the gradient with respect to input {@code i} is needed by anyone; false for an input that the node does not have. */
    boolean wants(int i);

    /** Whether output {@code i} has a gradient, that is, whether the differentiated value depends on it. */
    boolean hasGradient(int i);

    /** The gradient with respect to output {@code i}; same type as that output. */
    Value gradient(int i);

    /** Says that {@code gradient} is a contribution to the gradient of input {@code i}; several contributions are summed. */
    void give(int i, Value gradient);

    /** Adds a backward node. Its path is the forward path followed by {@code :} and the op's nested name. */
    Node add(Op op, Value... inputs);

    /** Adds a backward node that also reads the forward node's context. */
    Node addWithContext(Op op, Value... inputs);

    /** A constant of this type with every element set to {@code value}, for instance the zero gradient of an unused output. */
    Value constant(voluta.tensor.TensorType type, double value);
}
