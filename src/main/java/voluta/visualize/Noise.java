package voluta.visualize;

import voluta.nn.Initialization;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.TensorType;

/** Random numbers that are a pure function of seed, purpose and number. */
final class Noise {
    private Noise() {}

    /** A tensor of numbers of a standard normal distribution. */
    static HostTensor normal(TensorType type, String name, long seed) {
        HostTensor t = HostTensor.zeros(type);
        Initialization.normal(0, 1).forWeights(type.shape()).fill(t, name, seed);
        return t;
    }

    /** A whole number from {@code -most} to {@code most}. */
    static int shift(long seed, String purpose, long sample, int which, int most) {
        int[] block = new int[4];
        Philox.block(Philox.key(seed, purpose), 0, sample, block);
        return Philox.below(block[which], 2 * most + 1) - most;
    }
}
