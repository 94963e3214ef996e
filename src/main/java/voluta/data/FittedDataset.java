package voluta.data;

import java.nio.ByteBuffer;
import java.util.Optional;

/** A data set with every image {@linkplain Framing framed} to another size while it is read. */
public final class FittedDataset extends ForwardingDataset {
    private final ImageShape shape;
    private final Framing framing;

    /** The data set stays the caller's, but closing this closes it. */
    public FittedDataset(Dataset dataset, ImageShape shape, Framing framing) {
        super(dataset);
        this.shape = shape;
        this.framing = framing;
        int from = dataset.imageShape().channels(), to = shape.channels();
        if (from != to && !(from == 1 && to == 3) && !(from == 3 && to == 1)) {
            throw new DataException(dataset.name() + " has images of " + dataset.imageShape() + ", " + shape
                    + " is asked for; only grey (1) and colour (3) are turned into each other");
        }
    }

    @Override
    public ImageShape imageShape() {
        return shape;
    }

    @Override
    public boolean sameSize() {
        return true;
    }

    @Override
    public Optional<String> fingerprint() {
        return dataset.fingerprint().map(whole -> PictureContents.name(whole, shape + " " + framing));
    }

    @Override
    public void read(int index, ByteBuffer image) {
        image.put(framing.apply(dataset.picture(index), shape).pixels());
    }

    @Override
    public Dataset resized(ImageShape other, Framing otherFraming) {
        return dataset.resized(other, otherFraming);
    }
}
