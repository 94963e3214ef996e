package voluta.data;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Labelled images of one size, or arrays of numbers of one shape, reached by index.
 *
 * <p>Written so that sources whose images have to be decoded fit beside those that lie in memory: {@link #read} may be
 * slow, and several threads call it at once. An implementation must be safe for that, must give the same bytes for the
 * same index every time, and must come to an end. A {@link BatchLoader} interrupts its workers when it is closed; an
 * implementation that waits for something should give up then by throwing any unchecked exception.
 *
 * <p>Everything but {@link #read}, {@link #label} and {@link #fingerprint} is known from the opening on and costs nothing.
 */
public interface Dataset extends AutoCloseable {
    /** What messages and reports call it, for instance {@code fashion-mnist (train)}. */
    String name();

    /** The number of images, at least 1. */
    int size();

    /** The names of the classes; label {@code i} means the i-th name. Unmodifiable. */
    List<String> classNames();

    /** The size of every image, after decoding; of arrays, the size of the pictures that are drawn of them. */
    ImageShape imageShape();

    /** The shape of every sample where these are arrays of numbers, not images. */
    default Optional<ArrayShape> arrayShape() {
        return Optional.empty();
    }

    /** What {@link #read} writes. */
    default int sampleBytes() {
        return arrayShape().map(ArrayShape::bytes).orElseGet(() -> imageShape().bytes());
    }

    /**
     * Writes one image from the buffer's position on, unsigned bytes in the order H,W,C, and advances the position by
     * exactly {@code sampleBytes()}. Of arrays, f32 numbers in native byte order, the last dimension first to change.
     *
     * @param index 0 to {@code size() - 1}
     * @throws DataException if the image cannot be read or decoded
     */
    void read(int index, ByteBuffer image);

    /** The class of an image: 0 to {@code classNames().size() - 1}. */
    int label(int index);

    /**
     * An image as it is stored, of any size, from which {@link #read} makes one of {@link #imageShape}. Augmentations that
     * cut out a part begin with it.
     *
     * @throws DataException if the image cannot be read or decoded
     */
    default Image picture(int index) {
        return Image.of(this, index);
    }

    /**
     * A part of an image as it is stored, chosen when its size is known. The rest of it need not be decoded.
     *
     * @param wanted the area that is needed of an image of a size; asked once
     * @return that area, or more
     * @throws DataException if the image cannot be read or decoded
     */
    default Cutout picture(int index, Function<ImageShape, Area> wanted) {
        Image all = picture(index);
        wanted.apply(all.shape());
        return Cutout.of(all);
    }

    /** Whether all images are stored in one size, as far as is known; otherwise somebody has to choose one. */
    default boolean sameSize() {
        return true;
    }

    /** Whether reading an image takes decoding it, so that going through all of them takes its time. */
    default boolean decodes() {
        return false;
    }

    /**
     * A name for all that {@link #read} gives, where that is known without reading it: two data sets with the same name hold
     * the same images in the same order. What the images are called and their labels do not matter.
     * The first call may look at each file's entry.
     */
    default Optional<String> fingerprint() {
        return Optional.empty();
    }

    /** Where what was found out about the data may be kept for later runs. */
    default Optional<Path> cacheDir() {
        return Optional.empty();
    }

    /** What a list of images calls this one: its file where it has one, else its number. */
    default String describe(int index) {
        return "image " + index;
    }

    /** What could not be used so far. {@link #read} and {@link #picture} throw {@link PictureException} for these. */
    default Skips skips() {
        return Skips.NONE;
    }

    /**
     * The first images of the archives that the data set consists of, ascending from 0: a shuffled epoch goes through one
     * archive after another. Empty if any order is as good.
     */
    default int[] shards() {
        return new int[0];
    }

    /** The same images, {@linkplain Framing framed} for a size while they are read. Closing either closes both. */
    default Dataset resized(ImageShape shape) {
        return resized(shape, Framing.DEFAULT);
    }

    /** The same with another way to bring pictures to that size. */
    default Dataset resized(ImageShape shape, Framing framing) {
        if (shape.equals(imageShape()) && framing.cropPct() == 1) return this;
        return new FittedDataset(this, shape, framing);
    }

    /**
     * The same images with labels that count in these classes: mapped by name, never by position. Closing either closes
     * both.
     *
     * @throws DataException if the data set has a class that is not among them
     */
    default Dataset withClasses(List<String> names) {
        return names.equals(classNames()) ? this : new RelabelledDataset(this, names);
    }

    /**
     * A share of the images, class by class: of each as large a share, spread evenly over what there is. Closing either
     * closes both.
     *
     * @param share above 0, up to 1, which is all of them
     */
    default Dataset share(double share) {
        return share == 1 ? this : PartialDataset.share(this, share);
    }

    /** Lets go of files that an implementation keeps open; data sets in memory have nothing to close. */
    @Override
    default void close() {}
}
