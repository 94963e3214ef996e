package voluta.nn;

import voluta.graph.Value;

/** A piece of a network. Implementations are records: equal layers build the same nodes. */
public interface Layer {
    /**
     * Adds the layer's nodes and parameters.
     *
     * @param build where to add them, and in which mode
     * @param name the layer's name within the current scope; its node's path ends with it
     * @param x what the layer is applied to, usually {@code [N,C,spatial...]} or {@code [N,features]}
     * @return the layer's output
     * @throws voluta.tensor.ShapeException where the layer does not fit {@code x}
     */
    Value apply(Build build, String name, Value x);
}
