package voluta.data;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * Labelled arrays of one shape: signals and volumes. {@link #read} gives f32 numbers; {@link #picture} draws a small picture of
 * them for people. A sample that cannot be used, or has another shape, is noted in {@link #skips}.
 */
final class ArrayDataset implements Dataset {
    /** So many samples are looked at for the shape when a data set is opened. */
    private static final int LOOKED_AT = 24;

    private final String name;
    private final ArraySource source;
    private final ArrayShape shape;
    private final Skips skips;

    private ArrayDataset(String name, ArraySource source, ArrayShape shape, Skips skips) {
        this.name = name;
        this.source = source;
        this.shape = shape;
        this.skips = skips;
    }

    /**
     * The shape is that of the first sample that can be read.
     *
     * @throws DataException if none of those that are looked at can be used
     */
    static ArrayDataset open(String name, ArraySource source, DataOptions options) {
        int size = source.size(), looked = Math.min(LOOKED_AT, size);
        DataException first = null;
        for (int i = 0; i < looked; i++) {
            try {
                ArrayShape shape = ArrayShape.ofStored(
                        source.read((int) ((long) i * size / looked)).dims());
                Skips skips = new Skips(name, size, options.maxBad().value());
                return new ArrayDataset(name, source, shape, skips);
            } catch (DataException e) {
                if (first == null) first = e;
            }
        }
        throw new DataException(
                name + ": none of the " + looked + " arrays that were looked at can be used; the first: "
                        + first.getMessage(),
                first);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int size() {
        return source.size();
    }

    @Override
    public List<String> classNames() {
        return source.classNames();
    }

    @Override
    public Optional<ArrayShape> arrayShape() {
        return Optional.of(shape);
    }

    @Override
    public ImageShape imageShape() {
        return ArrayPicture.shape(shape);
    }

    @Override
    public int label(int index) {
        return source.label(index);
    }

    private float[] numbers(int index) {
        Objects.checkIndex(index, size());
        try {
            NpyReader.Array array = source.read(index);
            ArrayShape there = shapeOf(array, index);
            if (!there.equals(shape)) {
                throw new PictureException(
                        describe(index), "has the shape " + there + ", the first one " + shape + "; bring all to one");
            }
            return array.values();
        } catch (PictureException e) {
            skips.add(index, e);
            throw e;
        }
    }

    private ArrayShape shapeOf(NpyReader.Array array, int index) {
        try {
            return ArrayShape.ofStored(array.dims());
        } catch (PictureException e) {
            throw e;
        } catch (DataException e) {
            throw new PictureException(describe(index), "cannot be used: " + e.getMessage(), e);
        }
    }

    @Override
    public void read(int index, ByteBuffer sample) {
        float[] numbers = numbers(index);
        ByteBuffer to = sample.slice().order(ByteOrder.nativeOrder());
        to.asFloatBuffer().put(numbers);
        sample.position(sample.position() + shape.bytes());
    }

    @Override
    public Image picture(int index) {
        return ArrayPicture.of(shape, numbers(index));
    }

    @Override
    public Dataset resized(ImageShape other, Framing framing) {
        if (other.equals(imageShape()) && framing.equals(Framing.DEFAULT)) return this;
        throw new DataException(name + " holds arrays of " + shape
                + ", which are not scaled; leave out the size, crop-pct and interpolation");
    }

    @Override
    public boolean decodes() {
        return true;
    }

    @Override
    public String describe(int index) {
        return source.describe(index);
    }

    @Override
    public Skips skips() {
        return skips;
    }

    @Override
    public String toString() {
        return name + ": " + size() + " arrays of " + shape + ", "
                + classNames().size() + " classes";
    }
}
