package voluta.data;

import voluta.tensor.Philox;

/** The order of the images in one epoch: a Fisher-Yates shuffle that is a pure function of (seed, epoch), or none. */
final class EpochOrder {
    private final int[] order;
    private final long key;
    private final int[] block = new int[4];

    /** Guarded by the loader's monitor, as what makes the order visible to the other workers. */
    private int epoch = -1;

    EpochOrder(int images, boolean shuffle, long seed) {
        this.order = shuffle ? new int[images] : null;
        this.key = Philox.key(seed, "shuffle");
    }

    /** Draws the order of an epoch; takes some 10 ms for a million images. */
    void draw(int epoch) {
        if (order == null) return;
        int n = order.length;
        for (int i = 0; i < n; i++) order[i] = i;
        for (int i = n - 1; i > 0; i--) {
            int drawn = n - 1 - i;
            if ((drawn & 3) == 0) Philox.block(key, drawn >>> 2, epoch, block);
            int other = Philox.below(block[drawn & 3], i + 1);
            int kept = order[i];
            order[i] = order[other];
            order[other] = kept;
        }
    }

    int epoch() {
        return epoch;
    }

    void setEpoch(int epoch) {
        this.epoch = epoch;
    }

    /** The image at a position of the epoch. */
    int at(int position) {
        return order == null ? position : order[position];
    }
}
