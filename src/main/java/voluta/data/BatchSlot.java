package voluta.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Room for one batch, at an address that never changes. A {@link BatchLoader} fills it, the taker uses it and gives it
 * back. The buffers belong to the caller and must live until the loader is closed.
 *
 * <p>What is said about the batch is valid from {@link BatchLoader#take} until {@link BatchLoader#release}.
 */
public final class BatchSlot {
    private final int index;
    private final ByteBuffer images;
    private final ByteBuffer labels;
    /** Null where a label says it all. */
    private final ByteBuffer targets;

    private final int[] samples;

    private int epoch;
    private int batch;
    private int count;

    /**
     * A slot over the remaining bytes of two buffers, which are not copied.
     *
     * @param index the caller's number for it
     * @param images u8 N,H,W,C
     * @param labels i32 N in native byte order
     */
    public BatchSlot(int index, ByteBuffer images, ByteBuffer labels) {
        this(index, images, labels, null);
    }

    /**
     * The same with room for a distribution over the classes for each image.
     *
     * @param targets f32 N,C in native byte order, or null
     */
    public BatchSlot(int index, ByteBuffer images, ByteBuffer labels, ByteBuffer targets) {
        if (images.isReadOnly() || labels.isReadOnly()) {
            throw new DataException("the buffers of slot " + index + " cannot be written to; give writable ones");
        }
        this.index = index;
        this.images = images.slice();
        this.labels = labels.slice().order(ByteOrder.nativeOrder());
        this.targets = targets == null ? null : targets.slice().order(ByteOrder.nativeOrder());
        this.samples = new int[labels.remaining() / Integer.BYTES];
    }

    /** A slot with buffers of its own, outside the Java heap. */
    public static BatchSlot allocate(int index, int batchSize, ImageShape shape) {
        int bytes = imageBytes(batchSize, shape.bytes());
        return new BatchSlot(
                index, ByteBuffer.allocateDirect(bytes), ByteBuffer.allocateDirect(batchSize * Integer.BYTES));
    }

    /** Bytes of the images or arrays of a batch. */
    static int imageBytes(int batchSize, int sampleBytes) {
        long bytes = (long) batchSize * sampleBytes;
        if (bytes > Integer.MAX_VALUE) {
            throw new DataException("a batch of " + batchSize + " samples of " + sampleBytes + " bytes takes " + bytes
                    + " bytes, at most 2 GiB are possible; use a smaller batch");
        }
        return (int) bytes;
    }

    /** The number given at construction. */
    public int index() {
        return index;
    }

    /**
     * The images, u8 N,H,W,C, or arrays, f32 N,C,...; of a {@link ResidentDataset}, places, i32 N,8. The same object each
     * time.
     */
    public ByteBuffer images() {
        return images;
    }

    /** The labels, i32 N, -1 for padding; the same object each time, in native byte order. */
    public ByteBuffer labels() {
        return labels;
    }

    /**
     * How much of each class is in each image, f32 N,C, or null if there is no room for it; the same object each time, in
     * native byte order. What is not counted has only zeros.
     */
    public ByteBuffer targets() {
        return targets;
    }

    /** How many of the images are real; the rest, in the last batch of an evaluation, are zeros with label -1. */
    public int count() {
        return count;
    }

    /** The epoch that the batch belongs to. */
    public int epoch() {
        return epoch;
    }

    /** The number of the batch within its epoch, from 0. */
    public int batch() {
        return batch;
    }

    /** Which image of the data set lies at a position of the batch, from 0 to {@code count() - 1}. */
    public int sample(int position) {
        return samples[position];
    }

    /** A copy of one image as it is in the batch; of an array, a picture that is drawn of it. */
    public Image image(Dataset dataset, int position) {
        if (dataset.arrayShape().isPresent()) {
            ArrayShape shape = dataset.arrayShape().get();
            return ArrayPicture.of(shape, shape.numbers(images, position * shape.bytes()));
        }
        byte[] copy = new byte[dataset.imageShape().bytes()];
        images.get(position * copy.length, copy);
        return new Image(dataset.imageShape(), copy);
    }

    /** How many images there is room for. */
    int capacity() {
        return samples.length;
    }

    void begin(int epoch, int batch, int count) {
        this.epoch = epoch;
        this.batch = batch;
        this.count = count;
    }

    void setSample(int position, int sample) {
        samples[position] = sample;
    }
}
