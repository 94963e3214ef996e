package voluta.data;

import java.util.ArrayList;
import java.util.List;
import voluta.tensor.Philox;
import voluta.tensor.SamplePlace;

/**
 * A random change of training images that leaves their class alone. A description without state; what is drawn for a
 * sample depends on (seed, epoch, sample) alone.
 *
 * <p>The compact text, as in {@code shift=4,flip}, is what {@code toString} gives and {@link #parse} reads: steps
 * separated by commas, applied from left to right.
 *
 * <pre>
 * none            leave images as they are
 * shift=4         move by up to 4 pixels each way, uncovered pixels zero (a random crop after padding by 4)
 * shift=4:mean    the same, uncovered pixels in the mean colour of the training images
 * flip            mirror left and right, half of the images
 * flip=0.3        the same, 30 % of them
 * vflip           mirror top and bottom, half of the images
 * crop=0.08-1     cut out a part of 8 % to all of the area, 3:4 to 4:3, and scale it to the input's size; comes first
 * crop=0.3-1:bicubic  the same with a filter of its own
 * rotate=15       turn by up to 15 degrees to either side, uncovered pixels zero (rotate=15:mean as above)
 * jitter=0.4      brightness, contrast and saturation times 0.6 to 1.4, in random order
 * jitter=0.4:0.3:0.2:0.1  each of them its own, and the hue by up to 0.1 of the circle
 * erase=0.25      fill a rectangle of a quarter of the images with the mean colour
 * rand=2:9        RandAugment: 2 changes of magnitude 9 (of 30)
 * </pre>
 */
public sealed interface Augmentation
        permits Augmentation.Shift,
                Augmentation.Flip,
                Augmentation.Sequence,
                Augmentations.ResizedCrop,
                Augmentations.Rotation,
                Augmentations.VerticalFlip,
                Augmentations.ColourJitter,
                Augmentations.RandomErasing,
                Augmentations.RandAugment {
    /** Leaves images as they are. */
    Augmentation NONE = new Sequence(List.of());

    /** Changes the canvas's image in place. */
    void apply(Canvas canvas);

    /**
     * Whether this does no more than say where each pixel comes from, so that {@link #place} can do it elsewhere. A step
     * that moves or erases pixels can be there once.
     */
    default boolean places() {
        return false;
    }

    /**
     * Draws what {@link #apply} draws, and says what it would do instead of doing it.
     *
     * @param numbers a canvas whose pixels do not matter
     * @param place of the image so far
     */
    default void place(Canvas numbers, SamplePlace place) {
        throw new IllegalStateException(this + " does more than move pixels");
    }

    /**
     * Says early what would be senseless for images of this shape.
     *
     * @throws DataException if images of this shape cannot be changed so
     */
    default void check(ImageShape shape) {}

    /** Whether the mean colour of the training images is needed. */
    default boolean needsMean() {
        return false;
    }

    /** What fills the pixels that a moved image no longer covers. */
    enum Fill {
        ZERO,
        MEAN
    }

    /**
     * Moves the image by -pixels to +pixels, rows and columns drawn independently and evenly.
     *
     * @param pixels at least 1
     */
    record Shift(int pixels, Fill fill) implements Augmentation {
        public Shift {
            if (pixels < 1)
                throw new DataException("a shift by " + pixels + " pixels changes nothing; use 1 or more, or none");
        }

        @Override
        public void apply(Canvas canvas) {
            int down = draw(canvas), right = draw(canvas);
            if (down != 0 || right != 0) move(canvas, down, right);
        }

        private int draw(Canvas canvas) {
            return Philox.below(canvas.draw(), 2 * pixels + 1) - pixels;
        }

        @Override
        public boolean places() {
            return true;
        }

        @Override
        public void place(Canvas numbers, SamplePlace place) {
            int down = draw(numbers), right = draw(numbers);
            place.move(down, right, fill == Fill.MEAN);
        }

        private void move(Canvas canvas, int down, int right) {
            byte[] image = canvas.pixels();
            byte[] empty = canvas.fillRow(fill);
            int height = canvas.shape().height();
            int row = canvas.shape().rowBytes();
            int bytes = Math.abs(right) * canvas.shape().channels();
            // Rows are visited so that each is read before it is overwritten.
            for (int i = 0; i < height; i++) {
                int to = down > 0 ? height - 1 - i : i;
                int from = to - down;
                if (from < 0 || from >= height) {
                    System.arraycopy(empty, 0, image, to * row, row);
                } else if (right >= 0) {
                    System.arraycopy(image, from * row, image, to * row + bytes, row - bytes);
                    System.arraycopy(empty, 0, image, to * row, bytes);
                } else {
                    System.arraycopy(image, from * row + bytes, image, to * row, row - bytes);
                    System.arraycopy(empty, 0, image, to * row + row - bytes, bytes);
                }
            }
        }

        @Override
        public void check(ImageShape shape) {
            int side = Math.min(shape.height(), shape.width());
            if (pixels >= side) {
                throw new DataException("a shift by up to " + pixels + " pixels can move an image of " + shape
                        + " out of sight; use less than " + side);
            }
        }

        @Override
        public boolean needsMean() {
            return fill == Fill.MEAN;
        }

        @Override
        public String toString() {
            return "shift=" + pixels + (fill == Fill.MEAN ? ":mean" : "");
        }
    }

    /**
     * Mirrors left and right.
     *
     * @param probability above 0, at most 1
     */
    record Flip(float probability) implements Augmentation {
        /** For half of the images. */
        public Flip() {
            this(0.5f);
        }

        public Flip {
            if (!(probability > 0 && probability <= 1)) {
                throw new DataException(
                        "a flip with probability " + probability + " is not possible; use more than 0 and at most 1");
            }
        }

        @Override
        public void apply(Canvas canvas) {
            if (!draw(canvas)) return;
            byte[] image = canvas.pixels();
            int channels = canvas.shape().channels();
            int row = canvas.shape().rowBytes();
            for (int start = 0; start < image.length; start += row) {
                int left = start;
                int right = start + row - channels;
                while (left < right) {
                    for (int c = 0; c < channels; c++) {
                        byte b = image[left + c];
                        image[left + c] = image[right + c];
                        image[right + c] = b;
                    }
                    left += channels;
                    right -= channels;
                }
            }
        }

        private boolean draw(Canvas canvas) {
            return Philox.uniform(canvas.draw()) < probability;
        }

        @Override
        public boolean places() {
            return true;
        }

        @Override
        public void place(Canvas numbers, SamplePlace place) {
            if (draw(numbers)) place.mirror(numbers.shape().width());
        }

        @Override
        public String toString() {
            return probability == 0.5f ? "flip" : "flip=" + probability;
        }
    }

    /** Several steps, the first one first; none at all is {@link #NONE}. */
    record Sequence(List<Augmentation> steps) implements Augmentation {
        public Sequence {
            steps = List.copyOf(steps);
            for (int i = 1; i < steps.size(); i++) {
                if (steps.get(i) instanceof Augmentations.ResizedCrop) {
                    throw new DataException("a crop begins with the picture as it is stored; write it first");
                }
            }
        }

        @Override
        public void apply(Canvas canvas) {
            for (int i = 0; i < steps.size(); i++) steps.get(i).apply(canvas);
        }

        @Override
        public boolean places() {
            return steps.stream().allMatch(Augmentation::places)
                    && steps.stream().filter(Shift.class::isInstance).count() < 2
                    && steps.stream()
                                    .filter(Augmentations.RandomErasing.class::isInstance)
                                    .count()
                            < 2;
        }

        @Override
        public void place(Canvas numbers, SamplePlace place) {
            for (int i = 0; i < steps.size(); i++) steps.get(i).place(numbers, place);
        }

        @Override
        public void check(ImageShape shape) {
            for (Augmentation step : steps) step.check(shape);
        }

        @Override
        public Augmentation interpolating(Interpolation interpolation) {
            return new Sequence(steps.stream()
                    .map(step -> step.interpolating(interpolation))
                    .toList());
        }

        @Override
        public boolean needsMean() {
            return steps.stream().anyMatch(Augmentation::needsMean);
        }

        @Override
        public String toString() {
            if (steps.isEmpty()) return "none";
            return String.join(",", steps.stream().map(Augmentation::toString).toList());
        }
    }

    /** The same, then another step. */
    default Augmentation then(Augmentation next) {
        List<Augmentation> steps = new ArrayList<>();
        for (Augmentation a : List.of(this, next)) {
            if (a instanceof Sequence sequence) steps.addAll(sequence.steps());
            else steps.add(a);
        }
        return steps.size() == 1 ? steps.get(0) : new Sequence(steps);
    }

    /** The same, with crops scaled so where they do not say how. */
    default Augmentation interpolating(Interpolation interpolation) {
        return this;
    }

    /** Random erasing of a share of the images. */
    static Augmentation erasing(double probability) {
        return new Augmentations.RandomErasing(probability);
    }

    /**
     * Reads the compact text.
     *
     * @throws DataException if a step is unknown or its value is out of range
     */
    static Augmentation parse(String text) {
        return AugmentationText.parse(text);
    }
}
