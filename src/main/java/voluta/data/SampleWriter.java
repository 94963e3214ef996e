package voluta.data;

import java.nio.ByteBuffer;

/** What a worker of a loader puts into a batch for a sample. Each worker has one of its own. */
interface SampleWriter {
    /** The one for what a loader's slots hold. */
    static SampleWriter of(Dataset dataset, LoaderOptions options) {
        return dataset instanceof ResidentDataset resident
                ? new PlaceWriter(resident, options)
                : new PixelWriter(dataset, options);
    }

    /**
     * Fills the place of a sample; one that cannot be used becomes a plain area, as padding is, and does not count.
     *
     * @param slot all samples of a batch; its position and limit may be changed
     * @param offset where this one begins
     * @return whether the sample can be used
     */
    boolean write(int epoch, int sample, ByteBuffer slot, int offset);

    /** Fills the place with zeros, where a batch has fewer samples than room. */
    void blank(ByteBuffer slot, int offset);
}
