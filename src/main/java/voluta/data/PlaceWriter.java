package voluta.data;

import java.nio.ByteBuffer;
import voluta.tensor.SamplePlace;

/**
 * Says of each sample of a batch where it lies in a {@link ResidentDataset}, and of an image where its pixels come from. Draws
 * the numbers that {@link PixelWriter} would, so that the batch is the same.
 */
final class PlaceWriter implements SampleWriter {
    private final ResidentDataset dataset;
    private final Augmentation augmentation;
    private final Canvas numbers;
    private final SamplePlace place = new SamplePlace();

    PlaceWriter(ResidentDataset dataset, LoaderOptions options) {
        this.dataset = dataset;
        this.augmentation = options.augmentation();
        this.numbers = new Canvas(dataset.imageShape(), null, options.seed());
    }

    @Override
    public void blank(ByteBuffer slot, int offset) {
        place.begin(SamplePlace.BLANK);
        place.write(slot, offset);
    }

    @Override
    public boolean write(int epoch, int sample, ByteBuffer slot, int offset) {
        place.begin(sample);
        boolean usable = dataset.isUsable(sample);
        if (usable) {
            numbers.turnTo(epoch, sample);
            augmentation.place(numbers, place);
        }
        place.write(slot, offset);
        return usable;
    }
}
