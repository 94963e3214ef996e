package voluta.graph;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * What is computed, never how. Implementations are records: equal ops compute the same. A gradient is an op of its own,
 * nested in the op whose gradient it is.
 */
public interface Op {
    /**
     * The types of the outputs for these input types.
     *
     * @throws ShapeException with what was expected, what came and what to change; without a place (the builder adds it)
     */
    List<TensorType> infer(List<TensorType> inputs);

    /** For instance {@code Convolution.BackwardData}: the class name with its enclosing op. */
    default String name() {
        String n = getClass().getName();
        return n.substring(n.lastIndexOf('.') + 1).replace('$', '.');
    }

    /** Whether the forward node leaves something private to the backend for its backward nodes (max indices, batch statistics, a dropout mask). */
    default boolean savesContext() {
        return false;
    }

    /** Adds the backward nodes. Only called where at least one input's gradient is wanted. */
    default void differentiate(GradientScope scope) {
        throw new NotDifferentiableException(scope.node(), name() + " has no gradient");
    }

    /** The same computation in smaller ops, for backends that lack this one. */
    default Optional<Decomposition> decompose(List<TensorType> inputs) {
        return Optional.empty();
    }

    /** The input whose storage this output takes over, if the node updates it in place (optimizer steps, running statistics, clipping). */
    default OptionalInt updates(int output) {
        return OptionalInt.empty();
    }

    /** Builds a computation's pieces in place of one node. */
    interface Decomposition {
        /** Adds the nodes and returns one value per output of the op that is replaced. */
        List<Value> build(GraphBuilder builder, List<Value> inputs);
    }
}
