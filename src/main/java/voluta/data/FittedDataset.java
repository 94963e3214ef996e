package voluta.data;

import java.nio.ByteBuffer;
import java.util.List;

/** A data set with every image {@linkplain Image#fit fitted} to another size while it is read. */
public final class FittedDataset implements Dataset {
    private final Dataset dataset;
    private final ImageShape shape;

    /** The data set stays the caller's, but closing this closes it. */
    public FittedDataset(Dataset dataset, ImageShape shape) {
        this.dataset = dataset;
        this.shape = shape;
        int from = dataset.imageShape().channels(), to = shape.channels();
        if (from != to && !(from == 1 && to == 3) && !(from == 3 && to == 1)) {
            throw new DataException(dataset.name() + " has images of " + dataset.imageShape() + ", " + shape
                    + " is asked for; only grey (1) and colour (3) are turned into each other");
        }
    }

    @Override
    public String name() {
        return dataset.name();
    }

    @Override
    public int size() {
        return dataset.size();
    }

    @Override
    public List<String> classNames() {
        return dataset.classNames();
    }

    @Override
    public ImageShape imageShape() {
        return shape;
    }

    @Override
    public void read(int index, ByteBuffer image) {
        image.put(Image.of(dataset, index).fit(shape).pixels());
    }

    @Override
    public int label(int index) {
        return dataset.label(index);
    }

    @Override
    public void close() {
        dataset.close();
    }
}
