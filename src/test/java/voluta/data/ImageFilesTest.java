package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageFilesTest {
    @TempDir
    Path folder;

    private Path write(BufferedImage image, String kind) throws IOException {
        Path file = folder.resolve("picture." + kind);
        assertTrue(ImageIO.write(image, kind, file.toFile()), kind);
        return file;
    }

    private static BufferedImage picture(int type, int width, int height) {
        BufferedImage image = new BufferedImage(width, height, type);
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++) image.setRGB(x, y, 0xff000000 | (x * 20) << 16 | (y * 25) << 8 | 77);
        return image;
    }

    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp"})
    void colourIsReadExactly(String kind) throws IOException {
        Image image = ImageFiles.read(write(picture(BufferedImage.TYPE_INT_RGB, 7, 5), kind));
        assertEquals(new ImageShape(3, 5, 7), image.shape());
        for (int y = 0; y < 5; y++) {
            for (int x = 0; x < 7; x++) {
                int at = 3 * (y * 7 + x);
                assertArrayEquals(
                        new byte[] {(byte) (x * 20), (byte) (y * 25), 77},
                        Arrays.copyOfRange(image.pixels(), at, at + 3));
            }
        }
    }

    @Test
    void greyIsNotBrightened() throws IOException {
        BufferedImage grey = new BufferedImage(16, 16, BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 256; i++) grey.getRaster().setSample(i % 16, i / 16, 0, i);
        Image image = ImageFiles.read(write(grey, "png"));
        assertEquals(new ImageShape(1, 16, 16), image.shape());
        for (int i = 0; i < 256; i++) assertEquals(i, image.pixels()[i] & 0xff);
    }

    @Test
    void sixteenBitGreyIsScaledToBytes() throws IOException {
        BufferedImage grey = new BufferedImage(3, 1, BufferedImage.TYPE_USHORT_GRAY);
        grey.getRaster().setSample(1, 0, 0, 32768);
        grey.getRaster().setSample(2, 0, 0, 65535);
        assertArrayEquals(
                new byte[] {0, (byte) 128, (byte) 255},
                ImageFiles.read(write(grey, "png")).pixels());
    }

    @Test
    void transparencyIsDroppedAndPalettesBecomeColour() throws IOException {
        Image transparent = ImageFiles.read(write(picture(BufferedImage.TYPE_INT_ARGB, 4, 4), "png"));
        assertEquals(3, transparent.shape().channels());
        Image palette = ImageFiles.read(write(picture(BufferedImage.TYPE_BYTE_INDEXED, 4, 4), "gif"));
        assertEquals(new ImageShape(3, 4, 4), palette.shape());
    }

    @Test
    void sizeIsCheckedBeforeDecoding() throws IOException {
        Path file = write(picture(BufferedImage.TYPE_INT_RGB, 12, 10), "png");
        DataException e = assertThrows(DataException.class, () -> ImageFiles.read(file, 119));
        assertTrue(e.getMessage().contains("12x10 pixels, at most 119"), e.getMessage());
        assertTrue(e.getMessage().contains("picture.png"), e.getMessage());
        assertEquals(12, ImageFiles.read(file, 120).shape().width());
    }

    @Test
    void hugeHeadersAreRefusedWithoutMemory() throws IOException {
        Path file = write(picture(BufferedImage.TYPE_INT_RGB, 12, 10), "png");
        byte[] bytes = Files.readAllBytes(file);
        CRC32 crc = new CRC32();
        ByteBuffer.wrap(bytes).putInt(16, 30_000).putInt(20, 30_000);
        crc.update(bytes, 12, 17);
        ByteBuffer.wrap(bytes).putInt(29, (int) crc.getValue());
        Files.write(file, bytes);
        DataException e = assertThrows(DataException.class, () -> ImageFiles.read(file));
        assertTrue(e.getMessage().contains("30000x30000"), e.getMessage());
    }

    @Test
    void missingForeignAndEmptyFilesAreNamed() throws IOException {
        Path text = Files.writeString(folder.resolve("notes.png"), "not a picture");
        Path empty = Files.createFile(folder.resolve("empty.png"));
        for (Path file : new Path[] {folder.resolve("missing.png"), folder, text, empty}) {
            DataException e = assertThrows(DataException.class, () -> ImageFiles.read(file));
            assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        }
    }

    /** Java's reader gives such a picture with the missing rows grey, and a prediction of it would mean nothing. */
    @Test
    void aJpegThatIsCutShortIsRefused() throws IOException {
        Path file = write(picture(BufferedImage.TYPE_INT_RGB, 200, 200), "jpg");
        byte[] whole = Files.readAllBytes(file);
        ImageFiles.read(file);
        Files.write(file, Arrays.copyOf(whole, whole.length / 2));
        DataException e = assertThrows(DataException.class, () -> ImageFiles.read(file));
        assertTrue(
                e.getMessage().endsWith("is cut short: it ends before its last row; fetch it again"), e.getMessage());
        Files.write(file, Arrays.copyOf(whole, whole.length + 100_000));
        ImageFiles.read(file);
    }

    /** Whatever bytes a file has, the outcome is a picture or a DataException. */
    @ParameterizedTest
    @ValueSource(strings = {"png", "bmp", "gif", "jpg"})
    void damageIsContained(String kind) throws IOException {
        Path file = write(picture(BufferedImage.TYPE_INT_RGB, 12, 10), kind);
        byte[] good = Files.readAllBytes(file);
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 300; i++) {
            byte[] bad = good.clone();
            for (int k = 0; k < 4; k++) bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            if (i % 3 == 0) bad = Arrays.copyOf(bad, random.nextInt(bad.length));
            Files.write(file, bad);
            try {
                ImageFiles.read(file, 1_000_000);
            } catch (DataException e) {
                assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
                refused++;
            }
        }
        assertTrue(refused > 50, "only " + refused + " were refused");
    }

    @Test
    void colourBecomesGreyAndBack() {
        Image colour = new Image(new ImageShape(3, 1, 2), new byte[] {(byte) 255, 0, 0, 10, 10, 10});
        Image grey = colour.withChannels(1);
        assertArrayEquals(new byte[] {76, 10}, grey.pixels());
        assertArrayEquals(
                new byte[] {76, 76, 76, 10, 10, 10}, grey.withChannels(3).pixels());
        assertThrows(DataException.class, () -> colour.withChannels(4));
    }

    @Test
    void halvingAveragesAndConstantsStayConstant() {
        // With a triangle filter four pixels wide, target pixel 0 takes 3/7, 3/7 and 1/7 of the first three at the
        // border.
        Image ramp = new Image(new ImageShape(1, 2, 4), new byte[] {0, 70, 0, 0, 0, 70, 0, 0});
        byte[] half = ramp.fit(new ImageShape(1, 1, 2)).pixels();
        assertArrayEquals(new byte[] {30, 10}, half);
        byte[] flat = new byte[31 * 17 * 3];
        Arrays.fill(flat, (byte) 200);
        for (byte b : new Image(new ImageShape(3, 31, 17), flat)
                .fit(new ImageShape(3, 40, 9))
                .pixels()) assertEquals((byte) 200, b);
    }

    @Test
    void sameSizeIsUntouchedAndTheMiddleIsKept() {
        Image wide = new Image(new ImageShape(1, 2, 6), new byte[] {9, 9, 1, 2, 9, 9, 9, 9, 3, 4, 9, 9});
        assertArrayEquals(wide.pixels(), wide.fit(wide.shape()).pixels());
        assertArrayEquals(
                new byte[] {1, 2, 3, 4}, wide.fit(new ImageShape(1, 2, 2)).pixels());
    }
}
