package voluta.graph;

import voluta.tensor.HostTensor;

/** First content of a parameter or of state: a pure function of name, type and seed, so the same on every backend. */
@FunctionalInterface
public interface Initializer {
    Initializer ZEROS = (tensor, name, seed) -> {};
    Initializer ONES = constant(1);

    /** Fills a tensor of zeros. */
    void fill(HostTensor tensor, String name, long seed);

    /** Every element the same. */
    static Initializer constant(double value) {
        return (tensor, name, seed) -> {
            for (long i = 0, n = tensor.type().elements(); i < n; i++) tensor.set(i, value);
        };
    }
}
