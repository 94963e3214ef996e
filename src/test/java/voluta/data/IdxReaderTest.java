package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdxReaderTest {
    private static final byte[] PIXELS = Samples.pattern(2 * 3 * 4);
    private static final byte[] IMAGES = Samples.idx(8, new int[] {2, 3, 4}, PIXELS);
    private static final byte[] LABELS = Samples.idx(8, new int[] {2}, (byte) 9, (byte) 0);

    @TempDir
    Path folder;

    private Dataset open(byte[] images, byte[] labels) {
        Path i = Samples.write(folder, "images", images);
        Path l = Samples.write(folder, "labels", labels);
        return Datasets.idx("test", i, l, Samples.DIGITS);
    }

    /** The message of the one error, which names the file and says what to do. */
    private String refused(String file, byte[] images, byte[] labels) {
        String message =
                assertThrows(DataException.class, () -> open(images, labels)).getMessage();
        assertTrue(message.startsWith(folder.resolve(file).toString()), message);
        assertTrue(message.contains("; ") || message.endsWith("?"), message);
        return message;
    }

    private static void assertSays(String message, String... parts) {
        for (String part : parts) assertTrue(message.contains(part), message);
    }

    @Test
    void readsGreyImages() {
        Dataset dataset = open(IMAGES, LABELS);
        assertEquals(2, dataset.size());
        assertEquals(new ImageShape(1, 3, 4), dataset.imageShape());
        assertArrayEquals(Arrays.copyOfRange(PIXELS, 12, 24), Samples.image(dataset, 1));
        assertEquals(9, dataset.label(0));
        assertEquals(0, dataset.label(1));
        assertThrows(IndexOutOfBoundsException.class, () -> Samples.image(dataset, 2));
    }

    @Test
    void readsColourImagesAndGzipWhateverTheFileIsCalled() {
        Dataset dataset = open(Samples.gzip(Samples.idx(8, new int[] {2, 2, 2, 3}, PIXELS)), Samples.gzip(LABELS));
        assertEquals(new ImageShape(3, 2, 2), dataset.imageShape());
        assertArrayEquals(Arrays.copyOfRange(PIXELS, 0, 12), Samples.image(dataset, 0));
    }

    @Test
    void refusesWrongMagicTypeAndRank() {
        assertSays(refused("images", "<!DOCTYPE html>".getBytes(), LABELS), "3c 21 44 4f", "web page");
        assertSays(refused("images", Samples.idx(0x0d, new int[] {2, 3, 4}, PIXELS), LABELS), "0x0d", "32-bit floats");
        assertSays(refused("images", Samples.idx(0x42, new int[] {2, 3, 4}, PIXELS), LABELS), "0x42", "unknown");
        assertSays(refused("images", Samples.idx(8, new int[] {24}, PIXELS), LABELS), "1 dimensions", "swapped");
        assertSays(refused("images", Samples.idx(8, new int[] {1, 1, 2, 3, 4}, PIXELS), LABELS), "5 dimensions");
        assertSays(refused("labels", IMAGES, IMAGES), "3 dimensions", "labels have 1 (N)");
    }

    @Test
    void refusesFilesThatEndTooSoonOrTooLate() {
        for (int length = 0; length < 16; length++) {
            assertSays(refused("images", Arrays.copyOf(IMAGES, length), LABELS), "within its header");
        }
        assertSays(
                refused("images", Arrays.copyOf(IMAGES, 39), LABELS),
                "cut short",
                "2 images of 1x3x4",
                "40 bytes",
                "39");
        assertSays(refused("images", Arrays.copyOf(IMAGES, 41), LABELS), "too long", "40 bytes", "41");
        assertSays(refused("labels", IMAGES, Arrays.copyOf(LABELS, 9)), "cut short", "2 labels");
        assertSays(refused("images", Samples.gzip(Arrays.copyOf(IMAGES, 39)), LABELS), "cut short", "39");
        assertSays(refused("images", Samples.gzip(Arrays.copyOf(IMAGES, 41)), LABELS), "too long");
    }

    @Test
    void refusesDamagedGzip() {
        byte[] whole = Samples.gzip(IMAGES);
        for (int length = 2; length < whole.length; length++) {
            assertSays(refused("images", Arrays.copyOf(whole, length), LABELS), "gzip", "cut short");
        }
        byte[] wrongChecksum = whole.clone();
        wrongChecksum[whole.length - 8] ^= 1;
        assertSays(refused("images", wrongChecksum, LABELS), "damaged", "gzip");
        byte[] wrongMethod = whole.clone();
        wrongMethod[2] = 7;
        assertSays(refused("images", wrongMethod, LABELS), "damaged", "gzip");
    }

    @Test
    void believesNoHeaderBeforeItAllocates() {
        byte[] fourBillion = Samples.idx(8, new int[] {-1, 28, 28});
        assertSays(refused("images", fourBillion, LABELS), "4294967295 images", "holds 16");
        assertSays(refused("images", Samples.gzip(fourBillion), LABELS), "4294967295 images", "unpack to at most");
        assertSays(refused("images", Samples.idx(8, new int[] {1_000_000, 28, 28}), LABELS), "784000016", "holds 16");
        assertSays(
                refused("images", Samples.idx(8, new int[] {2, -1, 28}, PIXELS), LABELS),
                "height 4294967295",
                "outside the limits");
        assertSays(refused("images", Samples.idx(8, new int[] {2, 0, 28}, PIXELS), LABELS), "height 0");
        assertSays(refused("images", Samples.idx(8, new int[] {2, 9, 16_385}, PIXELS), LABELS), "width 16385");
        assertSays(refused("images", Samples.idx(8, new int[] {2, 9, 9, 2_000}, PIXELS), LABELS), "2000 channels");
        assertSays(
                refused("images", Samples.idx(8, new int[] {2, 16_384, 16_384, 100}, PIXELS), LABELS),
                "2 GiB an image");
        assertSays(refused("images", Samples.idx(8, new int[] {0, 28, 28}), LABELS), "holds no images");
    }

    @Test
    void refusesFilesThatDoNotBelongTogether() {
        byte[] three = Samples.idx(8, new int[] {3}, (byte) 0, (byte) 1, (byte) 2);
        assertSays(refused("images", IMAGES, three), "2 images", "3 labels");
        byte[] beyond = Samples.idx(8, new int[] {2}, (byte) 3, (byte) 10);
        assertSays(refused("labels", IMAGES, beyond), "image 1", "label 10", "10 classes (0 to 9)");
        byte[] negative = Samples.idx(8, new int[] {2}, (byte) -1, (byte) 3);
        assertSays(refused("labels", IMAGES, negative), "label 255");
    }

    @Test
    void saysThatAFileIsNotThere() {
        DataException e = assertThrows(
                DataException.class,
                () -> Datasets.idx("test", folder.resolve("none"), folder.resolve("none"), Samples.DIGITS));
        assertSays(e.getMessage(), folder.resolve("none").toString(), "not a file");
    }

    /** Whatever the bytes, the reader gives a data set or a DataException, and little memory is enough. */
    @Property(seed = "1", tries = 2_000)
    void anyDamageIsADataException(
            @ForAll boolean packed,
            @ForAll @IntRange(min = 0, max = 60) int length,
            @ForAll @Size(max = 4) List<@IntRange(min = 0, max = 59) Integer> places,
            @ForAll byte value)
            throws Exception {
        Path own = Files.createTempDirectory("idx");
        byte[] images = packed ? Samples.gzip(IMAGES) : IMAGES.clone();
        images = Arrays.copyOf(images, Math.min(length, images.length));
        for (int place : places) if (place < images.length) images[place] = value;
        Path i = Samples.write(own, "images", images);
        Path l = Samples.write(own, "labels", LABELS);
        try {
            assertEquals(2, Datasets.idx("test", i, l, Samples.DIGITS).size());
        } catch (DataException e) {
            assertTrue(e.getMessage().contains("; ") || e.getMessage().endsWith("?"), e.getMessage());
        } finally {
            Files.delete(i);
            Files.delete(l);
            Files.delete(own);
        }
    }
}
