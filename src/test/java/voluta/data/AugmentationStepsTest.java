package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AugmentationStepsTest {
    private static final ImageShape SHAPE = new ImageShape(3, 12, 10);

    private static Canvas canvas(int sample) {
        Canvas canvas = new Canvas(SHAPE, new byte[] {1, 2, 3}, 7);
        byte[] pattern = Samples.pattern(SHAPE.bytes());
        System.arraycopy(pattern, 0, canvas.pixels(), 0, pattern.length);
        canvas.turnTo(2, sample);
        return canvas;
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "vflip=1.0",
                "rotate=20.0",
                "rotate=20.0:mean",
                "jitter=0.4:0.3:0.2:0.1",
                "erase=1.0",
                "rand=3:12"
            })
    void stepsChangeImagesInAWayThatDependsOnTheSampleAlone(String text) {
        Augmentation step = Augmentation.parse(text);
        assertEquals(text, step.toString());
        assertEquals(step, Augmentation.parse(step.toString()));
        int changed = 0, different = 0;
        byte[] before = null;
        for (int sample = 0; sample < 20; sample++) {
            Canvas first = canvas(sample), second = canvas(sample);
            step.apply(first);
            step.apply(second);
            assertArrayEquals(first.pixels(), second.pixels());
            if (!Arrays.equals(first.pixels(), canvas(sample).pixels())) changed++;
            if (before != null && !Arrays.equals(before, first.pixels())) different++;
            before = first.pixels();
        }
        assertTrue(changed > 15, changed + " of 20 were changed");
        assertTrue(text.startsWith("vflip") ? different == 0 : different > 15, different + " differ");
    }

    @Test
    void aVerticalFlipMovesRows() {
        Canvas canvas = canvas(0);
        byte[] before = canvas.pixels().clone();
        Augmentation.parse("vflip=1").apply(canvas);
        for (int y = 0; y < 12; y++) {
            assertArrayEquals(
                    Arrays.copyOfRange(before, 30 * (11 - y), 30 * (12 - y)),
                    Arrays.copyOfRange(canvas.pixels(), 30 * y, 30 * (y + 1)));
        }
    }

    @Test
    void erasingFillsARectangleWithTheMeanColour() {
        int erased = 0;
        for (int sample = 0; sample < 50; sample++) {
            Canvas canvas = canvas(sample);
            Augmentation.parse("erase=1").apply(canvas);
            byte[] p = canvas.pixels();
            int area = 0, top = 99, bottom = -1, left = 99, right = -1;
            for (int i = 0; i < 120; i++) {
                if (p[3 * i] != 1 || p[3 * i + 1] != 2 || p[3 * i + 2] != 3) continue;
                area++;
                top = Math.min(top, i / 10);
                bottom = Math.max(bottom, i / 10);
                left = Math.min(left, i % 10);
                right = Math.max(right, i % 10);
            }
            if (area == 0) continue;
            erased++;
            assertEquals(area, (bottom - top + 1) * (right - left + 1));
            assertTrue(area <= 60, "area " + area);
        }
        assertTrue(erased > 40, erased + " of 50 were erased");
    }

    /** A picture whose columns and rows tell where a pixel is from. */
    @Test
    void aCropIsAPartOfThePicture() {
        ImageShape large = new ImageShape(3, 100, 120);
        byte[] pixels = new byte[large.bytes()];
        for (int i = 0; i < 12_000; i++) {
            pixels[3 * i] = (byte) (2 * (i % 120));
            pixels[3 * i + 1] = (byte) (2 * (i / 120));
        }
        Augmentations.ResizedCrop crop = (Augmentations.ResizedCrop) Augmentation.parse("crop=0.1-0.5");
        double smallest = 1, largest = 0;
        for (int sample = 0; sample < 200; sample++) {
            Canvas canvas = canvas(sample);
            crop.draw(large, canvas).apply(Cutout.of(new Image(large, pixels)), canvas.pixels());
            byte[] p = canvas.pixels();
            int last = SHAPE.bytes() - 3;
            double width = ((p[last] & 0xff) - (p[0] & 0xff)) / 2.0 / 9 * 10;
            double height = ((p[last + 1] & 0xff) - (p[1] & 0xff)) / 2.0 / 11 * 12;
            double area = width * height / 12_000;
            smallest = Math.min(smallest, area);
            largest = Math.max(largest, area);
            assertTrue(width / height > 0.65 && width / height < 1.55, width + " x " + height);
        }
        assertTrue(smallest > 0.07 && smallest < 0.16, "smallest " + smallest);
        assertTrue(largest > 0.4 && largest < 0.56, "largest " + largest);
    }

    @Test
    void aLoaderCropsThePictureAsItIsStored() {
        byte[] pixels = new byte[4 * 3 * 40 * 40];
        Arrays.fill(pixels, (byte) 77);
        Dataset data = new MemoryDataset("m", Samples.DIGITS, new ImageShape(3, 40, 40), pixels, new byte[4])
                .resized(new ImageShape(3, 8, 8));
        int[] asked = {0};
        Dataset counting = new ForwardingDataset(data) {
            @Override
            public Cutout picture(int index, Function<ImageShape, Area> wanted) {
                asked[0]++;
                Cutout picture = super.picture(index, wanted);
                assertEquals(40, picture.whole().width());
                return picture;
            }

            @Override
            public void read(int index, ByteBuffer image) {
                throw new AssertionError("not the fitted image");
            }
        };
        LoaderOptions options = LoaderOptions.training(2, 1).withAugmentation(Augmentation.parse("crop,flip"));
        try (BatchLoader loader = new BatchLoader(counting, Samples.slots(2, 2, data), options)) {
            assertEquals(77, loader.take().images().get(100));
        }
        assertFalse(asked[0] == 0);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            flip,crop           | write it first
            crop=0-1            | a crop of 0.0 to 1.0
            crop=0.9-0.2        | a crop of 0.9 to 0.2
            crop=big            | expects a number
            rotate              | expects a number
            rotate=0            | a turn by 0.0 degrees
            jitter=0            | changes nothing
            jitter=0:0:0:0.7    | hue by 0.7
            jitter=1:2:3:4:5    | expects a number
            erase=2             | with probability 2.0
            rand=0:9            | 0 changes
            rand=2:31           | magnitude 31
            rand=2              | expects a number
            vflip=-1            | with probability -1.0
            """)
    void nonsenseIsNamed(String text, String message) {
        DataException e = assertThrows(DataException.class, () -> Augmentation.parse(text));
        assertTrue(e.getMessage().contains(message), e.getMessage());
    }

    @Test
    void otherSpellingsAreRead() {
        assertEquals("rand=2:9", Augmentation.parse("rand-m9").toString());
        assertEquals("rand=3:5", Augmentation.parse("rand-m5-n3").toString());
        assertEquals("crop=0.08-1.0,flip", Augmentation.parse("crop, flip").toString());
        assertEquals(
                "crop=0.3-1.0:bicubic", Augmentation.parse("crop=0.3:bicubic").toString());
        assertEquals(
                "flip,erase=0.3",
                new Augmentation.Flip().then(Augmentation.erasing(0.3)).toString());
        assertEquals("flip", Augmentation.NONE.then(new Augmentation.Flip()).toString());
    }
}
