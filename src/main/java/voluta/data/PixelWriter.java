package voluta.data;

import java.nio.ByteBuffer;

/** Reads samples, changes images as the augmentation says, and puts them into the batch themselves. */
final class PixelWriter implements SampleWriter {
    private final Dataset dataset;
    private final ImageShape shape;
    /** Of a sample in a slot. */
    private final int bytes;

    private final Augmentation augmentation;
    private final Augmentations.ResizedCrop crop;
    /** What was drawn for the picture that is being read. */
    private Resampling part;

    private final Canvas canvas;
    private final ByteBuffer canvasBuffer;
    /** Images go straight into the slot where nothing changes them. */
    private final boolean direct;

    private final byte[] blank;
    /** What stands where a picture cannot be used. */
    private final byte[] plain;

    PixelWriter(Dataset dataset, LoaderOptions options) {
        this.dataset = dataset;
        this.shape = dataset.imageShape();
        this.bytes = dataset.sampleBytes();
        this.augmentation = options.augmentation();
        boolean images = dataset.arrayShape().isEmpty();
        byte[] meanPixel = options.statistics()
                .filter(s -> images)
                .map(DatasetStatistics::meanPixel)
                .orElse(null);
        this.canvas = new Canvas(shape, meanPixel, options.seed());
        this.crop = crop(augmentation);
        this.canvasBuffer = ByteBuffer.wrap(canvas.pixels());
        this.direct = augmentation.equals(Augmentation.NONE);
        this.plain = plain(dataset, meanPixel);
        this.blank = new byte[options.dropLast() ? 0 : bytes];
    }

    /** What stands where a picture cannot be used: the mean colour where it is known. */
    static byte[] plain(Dataset dataset, byte[] meanPixel) {
        byte[] plain = new byte
                [dataset.arrayShape()
                        .map(ArrayShape::bytes)
                        .orElseGet(() -> dataset.imageShape().bytes())];
        for (int i = 0; meanPixel != null && i < plain.length; i++) plain[i] = meanPixel[i % meanPixel.length];
        return plain;
    }

    private static Augmentations.ResizedCrop crop(Augmentation augmentation) {
        Augmentation first =
                augmentation instanceof Augmentation.Sequence s && !s.steps().isEmpty()
                        ? s.steps().get(0)
                        : augmentation;
        return first instanceof Augmentations.ResizedCrop crop ? crop : null;
    }

    @Override
    public void blank(ByteBuffer slot, int offset) {
        slot.clear().put(offset, blank, 0, blank.length);
    }

    @Override
    public boolean write(int epoch, int sample, ByteBuffer slot, int offset) {
        try {
            read(epoch, sample, slot, offset);
            return true;
        } catch (PictureException e) {
            slot.clear().put(offset, plain, 0, plain.length);
            return false;
        }
    }

    private void read(int epoch, int sample, ByteBuffer images, int offset) {
        images.limit(offset + bytes).position(offset);
        if (direct) {
            dataset.read(sample, images);
            checkWritten(dataset, sample, images.position() - offset);
            return;
        }
        canvas.turnTo(epoch, sample);
        if (crop != null) {
            Cutout picture = dataset.picture(sample, whole -> {
                part = crop.draw(whole, canvas);
                return part.area();
            });
            part.apply(picture.withChannels(shape.channels()), canvas.pixels());
        } else {
            canvasBuffer.clear();
            dataset.read(sample, canvasBuffer);
            checkWritten(dataset, sample, canvasBuffer.position());
        }
        augmentation.apply(canvas);
        images.put(canvas.pixels());
    }

    static void checkWritten(Dataset dataset, int sample, int written) {
        if (written == dataset.sampleBytes()) return;
        throw new DataException(dataset.name() + " gave " + written + " bytes for sample " + sample + ", each has "
                + dataset.sampleBytes() + "; its reader is at fault");
    }
}
