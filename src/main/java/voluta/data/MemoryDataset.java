package voluta.data;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;

/** Images and labels held in memory, a byte per channel of a pixel. Immutable and safe for any number of threads. */
public final class MemoryDataset implements Dataset {
    private final String name;
    private final List<String> classNames;
    private final ImageShape shape;
    private final byte[] pixels;
    private final byte[] labels;

    /**
     * Takes both arrays over without a copy; the caller must not change them afterwards.
     *
     * @param pixels {@code labels.length * shape.bytes()} bytes: image after image, each in the order H,W,C
     * @param labels each, as an unsigned byte, below {@code classNames.size()}
     */
    public MemoryDataset(String name, List<String> classNames, ImageShape shape, byte[] pixels, byte[] labels) {
        if (labels.length == 0) {
            throw new DataException(name + " holds no images; a data set needs at least one");
        }
        if (pixels.length != (long) labels.length * shape.bytes()) {
            throw new DataException(name + " has " + pixels.length + " bytes of pixels, but " + labels.length
                    + " labels and images of " + shape + " ask for " + (long) labels.length * shape.bytes());
        }
        checkLabels(name, labels, classNames);
        this.name = name;
        this.classNames = List.copyOf(classNames);
        this.shape = shape;
        this.pixels = pixels;
        this.labels = labels;
    }

    /** Fails for the first label that no class name belongs to; {@code where} begins the message. */
    static void checkLabels(String where, byte[] labels, List<String> classNames) {
        for (int i = 0; i < labels.length; i++) {
            int label = labels[i] & 0xff;
            if (label >= classNames.size()) {
                throw new DataException(where + " gives image " + i + " the label " + label + ", but there are "
                        + classNames.size() + " classes (0 to " + (classNames.size() - 1)
                        + "); correct the label, or name all classes in a file labels.txt beside it, one a line");
            }
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return labels.length;
    }

    @Override
    public List<String> classNames() {
        return classNames;
    }

    @Override
    public ImageShape imageShape() {
        return shape;
    }

    @Override
    public void read(int index, ByteBuffer image) {
        Objects.checkIndex(index, labels.length);
        image.put(pixels, index * shape.bytes(), shape.bytes());
    }

    @Override
    public int label(int index) {
        return labels[index] & 0xff;
    }

    @Override
    public String toString() {
        return name + ": " + labels.length + " images of " + shape + ", " + classNames.size() + " classes";
    }
}
