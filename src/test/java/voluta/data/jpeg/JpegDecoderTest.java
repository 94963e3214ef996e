package voluta.data.jpeg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pictures of many varieties with the pixels that Pillow 9.4 (libjpeg-turbo 2.1) gives for them, bit for bit. */
class JpegDecoderTest {
    private static final Map<String, byte[]> TRACES = new TreeMap<>();

    @BeforeAll
    static void readTraces() throws IOException {
        try (InputStream in = JpegDecoderTest.class.getResourceAsStream("/voluta/traces/jpeg.zip");
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
                TRACES.put(e.getName(), zip.readAllBytes());
            }
        }
    }

    private static byte[] decode(JpegDecoder decoder, byte[] file) throws JpegException {
        decoder.open(file, file.length);
        byte[] pixels = new byte[decoder.channels() * decoder.width() * decoder.height()];
        decoder.decode(pixels, System.nanoTime() + TimeUnit.SECONDS.toNanos(20));
        return pixels;
    }

    @Test
    void samplingModesScansAndInksAreAsPillowHasThem() throws JpegException {
        JpegDecoder decoder = new JpegDecoder();
        int compared = 0;
        for (String name : TRACES.keySet()) {
            // Those that begin with o are turned afterwards; ImageFilesTest compares them.
            if (!name.endsWith(".jpg") || name.startsWith("o")) continue;
            byte[] expected = TRACES.get(name.replace(".jpg", ".raw"));
            assertArrayEquals(expected, decode(decoder, TRACES.get(name)), name);
            compared++;
        }
        assertEquals(36, compared);
    }

    /** Also at the edges, where interpolation has no neighbours, and across the rows of units. */
    @Test
    void aPartHasThePixelsOfTheWhole() throws JpegException {
        JpegDecoder decoder = new JpegDecoder();
        Random random = new Random(5);
        for (String name : TRACES.keySet()) {
            if (!name.endsWith(".jpg")) continue;
            byte[] file = TRACES.get(name), whole = decode(decoder, file);
            int width = decoder.width(), height = decoder.height(), channels = decoder.channels();
            for (int i = 0; i < 40; i++) {
                int left = random.nextInt(width), columns = 1 + random.nextInt(width - left);
                int top = random.nextInt(height), rows = 1 + random.nextInt(height - top);
                decoder.open(file, file.length);
                byte[] part = new byte[rows * columns * channels];
                decoder.decode(left, top, columns, rows, part, Long.MAX_VALUE);
                byte[] expected = new byte[part.length];
                for (int y = 0; y < rows; y++) {
                    int from = ((top + y) * width + left) * channels, line = columns * channels;
                    System.arraycopy(whole, from, expected, y * line, line);
                }
                assertArrayEquals(expected, part, name + " " + columns + "x" + rows + "+" + left + "+" + top);
            }
        }
    }

    /** Whether a picture is usable must not depend on the part that is asked for. */
    @Test
    void damageOutsideAPartIsFound() throws JpegException {
        byte[] good = TRACES.get("c37x29s2p0q35.jpg");
        JpegDecoder decoder = new JpegDecoder();
        int data = indexOf(good, new byte[] {(byte) 0xff, (byte) 0xda}) + 14, differing = 0;
        for (int at = data; at < good.length - 2; at++) {
            byte[] bad = good.clone();
            bad[at] ^= 0x28;
            boolean whole = decodes(decoder, bad, 37, 29), part = decodes(decoder, bad, 3, 2);
            if (whole != part) differing++;
        }
        assertEquals(0, differing);
    }

    private static boolean decodes(JpegDecoder decoder, byte[] file, int columns, int rows) {
        try {
            decoder.open(file, file.length);
            decoder.decode(0, 0, columns, rows, new byte[3 * 37 * 29], Long.MAX_VALUE);
            return true;
        } catch (JpegException e) {
            return false;
        }
    }

    @Test
    void orientationIsReadAndNonsenseIgnored() throws JpegException {
        JpegDecoder decoder = new JpegDecoder();
        for (int o = 1; o <= 8; o++) {
            byte[] file = TRACES.get("o" + o + ".jpg");
            decoder.open(file, file.length);
            assertEquals(o, decoder.orientation());
        }
        byte[] file = TRACES.get("o6.jpg").clone();
        int tag = indexOf(file, new byte[] {0x01, 0x12, 0, 3});
        if (tag < 0) tag = indexOf(file, new byte[] {0x12, 0x01, 3, 0});
        Arrays.fill(file, tag + 8, tag + 10, (byte) 9);
        decoder.open(file, file.length);
        assertEquals(1, decoder.orientation());
    }

    private static int indexOf(byte[] file, byte[] part) {
        for (int i = 0; i + part.length <= file.length; i++) {
            if (Arrays.equals(file, i, i + part.length, part, 0, part.length)) return i;
        }
        return -1;
    }

    /** Nothing but a JpegException comes out, whatever is in the file, and the decoder can be used afterwards. */
    @Test
    @Timeout(60)
    void damageIsContained() throws JpegException {
        JpegDecoder decoder = new JpegDecoder();
        Random random = new Random(3);
        int refused = 0, tried = 0;
        for (String name : TRACES.keySet()) {
            if (!name.endsWith(".jpg")) continue;
            byte[] good = TRACES.get(name);
            for (int i = 0; i < 250; i++, tried++) {
                byte[] bad = i % 5 == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
                for (int k = random.nextInt(6); k >= 0 && bad.length > 0; k--) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt();
                }
                try {
                    decoder.open(bad, bad.length);
                    // As a caller does, who checks the size first.
                    if ((long) decoder.width() * decoder.height() > 100_000) continue;
                    decode(decoder, bad);
                } catch (JpegException e) {
                    refused++;
                }
            }
        }
        assertTrue(tried > 10_000 && refused > tried / 2, refused + " of " + tried);
        assertArrayEquals(TRACES.get("c37x29s2p0q35.raw"), decode(decoder, TRACES.get("c37x29s2p0q35.jpg")));
    }

    /** A byte that is wrong in the middle of the data puts what follows out of step, so that it no longer fits. */
    @Test
    void mostDamageInTheMiddleIsNoticed() {
        byte[] good = TRACES.get("c37x29s0p0q35.jpg");
        int data = indexOf(good, new byte[] {(byte) 0xff, (byte) 0xda}) + 14;
        JpegDecoder decoder = new JpegDecoder();
        int noticed = 0, tried = 0;
        for (int at = data; at < good.length - 40; at++, tried++) {
            byte[] bad = good.clone();
            Arrays.fill(bad, at, at + 20, (byte) 0x5a);
            try {
                decode(decoder, bad);
            } catch (JpegException e) {
                noticed++;
            }
        }
        assertTrue(tried > 200 && noticed > 0.85 * tried, noticed + " of " + tried);
    }

    @Test
    void cutFilesSaySo() {
        JpegDecoder decoder = new JpegDecoder();
        for (String name : new String[] {"c37x29s2p0q35.jpg", "c37x29s2p1q35.jpg"}) {
            byte[] good = TRACES.get(name);
            for (int length : new int[] {good.length / 2, good.length - 60, 30}) {
                byte[] cut = Arrays.copyOf(good, length);
                JpegException e = assertThrows(JpegException.class, () -> decode(decoder, cut), name + " " + length);
                assertEquals(JpegException.Kind.CUT_SHORT, e.kind(), e.getMessage());
            }
        }
    }

    @Test
    void itEndsWhenTheTimeIsUp() throws JpegException {
        byte[] file = TRACES.get("c37x29s2p1q35.jpg");
        JpegDecoder decoder = new JpegDecoder();
        decoder.open(file, file.length);
        JpegException e =
                assertThrows(JpegException.class, () -> decoder.decode(new byte[3 * 37 * 29], System.nanoTime() - 1));
        assertEquals(JpegException.Kind.TOO_SLOW, e.kind());
    }

    @Test
    void varietiesThatItDoesNotKnowAreHandedOn() {
        byte[] file = TRACES.get("c37x29s2p0q35.jpg").clone();
        file[indexOf(file, new byte[] {(byte) 0xff, (byte) 0xc0}) + 1] = (byte) 0xc9;
        JpegException e = assertThrows(JpegException.class, () -> new JpegDecoder().open(file, file.length));
        assertEquals(JpegException.Kind.UNSUPPORTED, e.kind());
    }
}
