package voluta.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.BitSet;
import voluta.tensor.SamplePlace;

/**
 * A data set whose samples, decoded, lie in a device's memory, one after another in the data set's order. In the batches of
 * a {@link BatchLoader} there is in the place of each sample a {@link SamplePlace}, from which the device gathers the batch
 * that would have come from here; labels are as ever.
 */
public final class ResidentDataset extends ForwardingDataset {
    /** Samples that are read before they are handed on take about so many bytes. */
    private static final int PIECE = 8 << 20;

    /** Samples that could not be read; what lies in their place is plain. */
    private final BitSet unusable;

    /** Takes samples to the device. */
    @FunctionalInterface
    public interface Sink {
        /**
         * @param first the number of the first of them
         * @param samples some, one after another, in all remaining bytes; valid during the call
         */
        void accept(int first, ByteBuffer samples);
    }

    private ResidentDataset(Dataset dataset, BitSet unusable) {
        super(dataset);
        this.unusable = unusable;
    }

    /**
     * Reads every sample once and hands them on in order. The data set stays open: its labels are asked for later. Closing
     * either closes both.
     *
     * @param statistics whose mean colour stands where a picture cannot be used
     * @param workers threads that read
     * @throws DataException if a sample cannot be read, but for pictures that the data set allows to be skipped
     */
    public static ResidentDataset load(Dataset dataset, DatasetStatistics statistics, int workers, Sink sink) {
        int bytes = dataset.sampleBytes(), samples = dataset.size();
        int piece = Math.max(1, Math.min(samples, PIECE / bytes));
        byte[] plain = PixelWriter.plain(dataset, dataset.arrayShape().isPresent() ? null : statistics.meanPixel());
        BitSet unusable = new BitSet();
        ByteBuffer buffer = ByteBuffer.allocateDirect(piece * bytes).order(ByteOrder.nativeOrder());
        for (int begin = 0; begin < samples; begin += piece) {
            int first = begin, count = Math.min(piece, samples - first);
            Parts.of(count, workers, "upload", (from, to) -> read(dataset, first, from, to, buffer.duplicate(), plain))
                    .forEach(unusable::or);
            sink.accept(first, buffer.slice(0, count * bytes).order(ByteOrder.nativeOrder()));
        }
        return new ResidentDataset(dataset, unusable);
    }

    /** Reads samples of a piece into their places; which of them cannot be used. */
    private static BitSet read(Dataset dataset, int first, int from, int to, ByteBuffer piece, byte[] plain) {
        BitSet unusable = new BitSet();
        for (int i = from; i < to; i++) {
            if (Thread.currentThread().isInterrupted()) {
                throw new DataException("reading " + dataset.name() + " was interrupted; start it again");
            }
            int at = i * plain.length;
            try {
                dataset.read(first + i, piece.limit(at + plain.length).position(at));
                PixelWriter.checkWritten(dataset, first + i, piece.position() - at);
            } catch (PictureException e) {
                // The data set has noted it.
                piece.clear().put(at, plain, 0, plain.length);
                unusable.set(first + i);
            }
        }
        return unusable;
    }

    /**
     * Says early what cannot be done on a device.
     *
     * @throws DataException naming what works
     */
    public static void check(Augmentation augmentation, Mixing mixing) {
        if (mixing.active()) {
            throw new DataException(
                    "mixup and cutmix mix images on the host, so they do not go with data on the device;"
                            + " leave them or --device-data out");
        }
        if (augmentation.places()) return;
        throw new DataException(
                "images on the device are changed by shift, flip, vflip and erase alone (--reprob is one),"
                        + " each but the flips once, not by " + augmentation
                        + "; leave the other steps or --device-data out");
    }

    /** Of a place, which is what a batch has of each sample. */
    @Override
    public int sampleBytes() {
        return SamplePlace.BYTES;
    }

    boolean isUsable(int sample) {
        return !unusable.get(sample);
    }
}
