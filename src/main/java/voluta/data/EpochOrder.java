package voluta.data;

import voluta.tensor.Philox;

/**
 * The order of the images in one epoch, a pure function of (seed, epoch): a Fisher-Yates shuffle, or none.
 *
 * <p>Where images lie in archives, the archives are shuffled, and the images pass through a buffer from which a random one
 * leaves for each that comes: images stay near their neighbours, so that archives are read nearly from front to back.
 */
final class EpochOrder {
    /** Images in the buffer: enough to mix many archives of usual size, or all of a small set. */
    private static final int BUFFER = 16_384;

    private final int[] order;
    private final int[] shards;
    private final long key;
    private final int[] block = new int[4];

    /** Guarded by the loader's monitor, as what makes the order visible to the other workers. */
    private int epoch = -1;

    EpochOrder(int images, boolean shuffle, long seed) {
        this(images, shuffle, seed, new int[0]);
    }

    /** @param shards the first image of each archive, ascending from 0; empty if there are none */
    EpochOrder(int images, boolean shuffle, long seed, int[] shards) {
        this.shards = shards.clone();
        this.order = shuffle ? new int[images] : null;
        this.key = Philox.key(seed, "shuffle");
    }

    /** Draws the order of an epoch; takes some 10 ms for a million images. */
    void draw(int epoch) {
        if (order == null) return;
        int n = order.length;
        if (shards.length > 1) {
            drawShards(epoch);
            return;
        }
        for (int i = 0; i < n; i++) order[i] = i;
        shuffle(order, epoch, 0);
    }

    /** @param first how many numbers of the epoch have been drawn; a multiple of 4 */
    private void shuffle(int[] numbers, int epoch, int first) {
        int n = numbers.length;
        for (int i = n - 1; i > 0; i--) {
            int other = Philox.below(draw(epoch, first + n - 1 - i), i + 1);
            int kept = numbers[i];
            numbers[i] = numbers[other];
            numbers[other] = kept;
        }
    }

    /** The number of this count, which must be asked for in order. */
    private int draw(int epoch, int count) {
        if ((count & 3) == 0) Philox.block(key, count >>> 2, epoch, block);
        return block[count & 3];
    }

    private void drawShards(int epoch) {
        int[] turn = new int[shards.length];
        for (int i = 0; i < turn.length; i++) turn[i] = i;
        shuffle(turn, epoch, 0);
        int[] buffer = new int[Math.min(BUFFER, order.length)];
        int held = 0, written = 0, drawn = (turn.length + 3) & ~3;
        for (int shard : turn) {
            int end = shard + 1 < shards.length ? shards[shard + 1] : order.length;
            for (int image = shards[shard]; image < end; image++) {
                if (held < buffer.length) {
                    buffer[held++] = image;
                } else {
                    int out = Philox.below(draw(epoch, drawn++), held);
                    order[written++] = buffer[out];
                    buffer[out] = image;
                }
            }
        }
        while (held > 0) {
            int out = Philox.below(draw(epoch, drawn++), held);
            order[written++] = buffer[out];
            buffer[out] = buffer[--held];
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
