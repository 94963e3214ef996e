package voluta.session;

import voluta.graph.Value;
import voluta.tensor.HostTensor;

/** Sees the values of a {@linkplain CompiledGraph#watch watched} step. */
@FunctionalInterface
public interface ValueListener {
    /** A value in the backend's memory. Only to be used while the listener is told of it: memory is used again. */
    interface Content {
        /** A copy. */
        HostTensor read();

        /** Replaces it: what reads the value later in the step reads this. */
        void write(HostTensor tensor);
    }

    /** Value {@code value}, an output of a node of the graph, is complete. */
    void computed(Value value, Content content);
}
