package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AugmentationTest {
    private static byte[] augmented(Augmentation augmentation, ImageShape shape, long seed, int epoch, int sample) {
        byte[] mean = new byte[shape.channels()];
        for (int c = 0; c < mean.length; c++) mean[c] = (byte) (100 + c);
        Canvas canvas = new Canvas(shape, mean, seed);
        System.arraycopy(Samples.pattern(shape.bytes()), 0, canvas.pixels(), 0, shape.bytes());
        canvas.turnTo(epoch, sample);
        augmentation.apply(canvas);
        return canvas.pixels();
    }

    /** Pixel by pixel, from the definition. */
    private static byte[] moved(ImageShape s, int down, int right, boolean mean) {
        byte[] from = Samples.pattern(s.bytes());
        byte[] to = new byte[s.bytes()];
        for (int y = 0; y < s.height(); y++) {
            for (int x = 0; x < s.width(); x++) {
                boolean covered = y - down >= 0 && y - down < s.height() && x - right >= 0 && x - right < s.width();
                for (int c = 0; c < s.channels(); c++) {
                    int source = ((y - down) * s.width() + x - right) * s.channels() + c;
                    to[(y * s.width() + x) * s.channels() + c] = covered ? from[source] : mean ? (byte) (100 + c) : 0;
                }
            }
        }
        return to;
    }

    @Property(seed = "1", tries = 300, edgeCases = EdgeCasesMode.NONE)
    void aShiftIsOneOfThePossibleMoves(
            @ForAll @IntRange(min = 1, max = 3) int channels,
            @ForAll @IntRange(min = 4, max = 7) int height,
            @ForAll @IntRange(min = 4, max = 9) int width,
            @ForAll @IntRange(min = 1, max = 3) int pixels,
            @ForAll boolean mean,
            @ForAll long seed) {
        ImageShape shape = new ImageShape(channels, height, width);
        Augmentation shift = new Augmentation.Shift(pixels, mean ? Augmentation.Fill.MEAN : Augmentation.Fill.ZERO);
        byte[] got = augmented(shift, shape, seed, 3, 17);
        for (int down = -pixels; down <= pixels; down++) {
            for (int right = -pixels; right <= pixels; right++) {
                if (java.util.Arrays.equals(moved(shape, down, right, mean), got)) return;
            }
        }
        throw new AssertionError("no move by up to " + pixels + " pixels gives this image");
    }

    @Test
    void everyMoveOccursAboutEquallyOften() {
        ImageShape shape = new ImageShape(1, 5, 5);
        Augmentation shift = Augmentation.parse("shift=1");
        int[] counts = new int[9];
        for (int sample = 0; sample < 9_000; sample++) {
            byte[] got = augmented(shift, shape, 1, 0, sample);
            for (int move = 0; move < 9; move++) {
                if (java.util.Arrays.equals(moved(shape, move / 3 - 1, move % 3 - 1, false), got)) counts[move]++;
            }
        }
        // 1,000 expected, standard deviation 30.
        for (int count : counts) assertEquals(1_000, count, 150);
    }

    @Property(seed = "1", tries = 100)
    void aCertainFlipMirrorsAndTwoGiveTheImageBack(
            @ForAll @IntRange(min = 1, max = 4) int channels, @ForAll @IntRange(min = 1, max = 8) int width) {
        ImageShape shape = new ImageShape(channels, 3, width);
        byte[] original = Samples.pattern(shape.bytes());
        byte[] got = augmented(new Augmentation.Flip(1), shape, 0, 0, 0);
        for (int y = 0; y < 3; y++) {
            for (int x = 0; x < width; x++) {
                for (int c = 0; c < channels; c++) {
                    assertEquals(
                            original[(y * width + width - 1 - x) * channels + c], got[(y * width + x) * channels + c]);
                }
            }
        }
        assertArrayEquals(original, augmented(Augmentation.parse("flip=1,flip=1"), shape, 0, 0, 0));
    }

    @Test
    void flipsAsOftenAsAsked() {
        ImageShape shape = new ImageShape(1, 1, 2);
        int flipped = 0;
        for (int sample = 0; sample < 10_000; sample++) {
            byte[] got = augmented(Augmentation.parse("flip=0.3"), shape, 5, 1, sample);
            if (got[0] != Samples.pattern(2)[0]) flipped++;
        }
        assertEquals(3_000, flipped, 250);
    }

    @Test
    void whatIsDrawnDependsOnSeedEpochAndSample() {
        ImageShape shape = new ImageShape(3, 16, 16);
        Augmentation both = Augmentation.parse("shift=7,flip");
        byte[] one = augmented(both, shape, 1, 2, 3);
        assertArrayEquals(one, augmented(both, shape, 1, 2, 3));
        int same = 0;
        for (int i = 10; i < 40; i++) {
            if (java.util.Arrays.equals(one, augmented(both, shape, i, 2, 3))) same++;
            if (java.util.Arrays.equals(one, augmented(both, shape, 1, i, 3))) same++;
            if (java.util.Arrays.equals(one, augmented(both, shape, 1, 2, i))) same++;
        }
        // 90 draws of one of 450 outcomes each.
        assertTrue(same < 4, same + " of 90 are the same");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"none", "shift=4", "shift=4:mean", "flip", "flip=0.25", "shift=4,flip", "flip,shift=2:mean"})
    void textIsReadBack(String text) {
        assertEquals(text, Augmentation.parse(text).toString());
        assertEquals(Augmentation.parse(text), Augmentation.parse(" " + text.replace(",", " , ")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "shift",
                "shift=",
                "shift=x",
                "shift=0",
                "shift=4:min",
                "flip=",
                "flip=0",
                "flip=1.5",
                "flip=NaN",
                "spin",
                "flip,",
                "none,flip",
                "shift=99999999999"
            })
    void otherTextIsRefused(String text) {
        DataException e = assertThrows(DataException.class, () -> Augmentation.parse(text));
        assertTrue(e.getMessage().contains("; "), e.getMessage());
    }

    @Test
    void knowsItsLimits() {
        assertSame(Augmentation.NONE, Augmentation.parse("none"));
        Augmentation shift = Augmentation.parse("flip,shift=4:mean");
        assertTrue(shift.needsMean());
        shift.check(new ImageShape(1, 5, 9));
        assertThrows(DataException.class, () -> shift.check(new ImageShape(1, 9, 4)));
        assertThrows(DataException.class, () -> LoaderOptions.training(8, 0).withAugmentation(shift));
    }
}
