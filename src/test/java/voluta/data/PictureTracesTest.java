package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Decoding and changing pictures beside Pillow and torchvision; scripts/record-picture-traces.py records what they give. */
class PictureTracesTest {
    private static final Map<String, byte[]> TRACES = new TreeMap<>();
    private static final ImageShape SHAPE = new ImageShape(3, 23, 31);

    @BeforeAll
    static void readTraces() throws IOException {
        for (String archive : new String[] {"jpeg.zip", "pictures.zip", "varieties.zip"}) {
            try (InputStream in = PictureTracesTest.class.getResourceAsStream("/voluta/traces/" + archive);
                    ZipInputStream zip = new ZipInputStream(in)) {
                for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
                    TRACES.put(e.getName(), zip.readAllBytes());
                }
            }
        }
    }

    private static byte[] trace(String name) {
        byte[] trace = TRACES.get(name);
        assertTrue(trace != null, "no trace " + name + " in " + TRACES.keySet());
        return trace;
    }

    /** Asserts that no value differs by more than {@code most}, and the mean difference is within {@code mean}. */
    private static void assertClose(String name, byte[] actual, int most, double mean) {
        byte[] expected = trace(name);
        assertEquals(expected.length, actual.length, name);
        int worst = 0;
        long sum = 0;
        for (int i = 0; i < actual.length; i++) {
            int difference = Math.abs((actual[i] & 0xff) - (expected[i] & 0xff));
            worst = Math.max(worst, difference);
            sum += difference;
        }
        String found = name + ": at most " + worst + ", on average " + (double) sum / actual.length;
        assertTrue(worst <= most && (double) sum / actual.length <= mean, found);
    }

    @Test
    void kindsOfFilesAreDecodedAsPillowDoes() {
        for (String name : new String[] {"rgb.png", "rgba.png", "palette.png", "gif.gif", "bmp.bmp", "lossless.webp"}) {
            Image image = new Decoder().decode(name, content(trace(name)));
            assertEquals(new ImageShape(3, 9, 13), image.shape(), name);
            assertClose(name.substring(0, name.indexOf('.')) + ".raw", image.pixels(), 0, 0);
        }
    }

    /** Depths, palettes, transparency, interlacing, run lengths, samplings, inks: all that a folder may hold. */
    @Test
    void varietiesAreDecodedAsPillowDoes() {
        int compared = 0;
        for (String name : TRACES.keySet()) {
            String raw = name.replaceAll("\\.(\\w+)$", "-$1.raw");
            if (!TRACES.containsKey(raw) || raw.equals(name)) continue;
            if (name.equals("arithmetic.jpg") && !readsArithmeticCodes()) continue;
            Image image = new Decoder().decode(name, content(trace(name)));
            // Grey stays grey, of any depth.
            assertEquals(new ImageShape(trace(raw).length / (21 * 17), 17, 21), image.shape(), name);
            if (name.equals("lossy.webp")) assertClose(raw, image.pixels(), 40, 6); // another arithmetic
            else if (name.startsWith("rgb5")) assertClose(raw, image.pixels(), 1, 1); // 5 bits to 8
            else assertClose(raw, image.pixels(), 0, 0);
            compared++;
        }
        assertEquals(readsArithmeticCodes() ? 33 : 32, compared);
    }

    /**
     * Whether the Java runtime's JPEG reader takes arithmetic codes: that of Debian's does, since it is Debian's
     * libjpeg-turbo, that which OpenJDK itself carries does not.
     */
    private static boolean readsArithmeticCodes() {
        try {
            ImageIO.read(new ByteArrayInputStream(trace("arithmetic.jpg")));
            return true;
        } catch (IOException e) {
            assertTrue(e.getMessage().contains("arithmetic coding"), e.getMessage());
            FileBytes file = content(trace("arithmetic.jpg"));
            PictureException refused = assertThrows(PictureException.class, () -> new Decoder().decode("a.jpg", file));
            assertTrue(refused.getMessage().contains("save it again as PNG"), refused.getMessage());
            return false;
        }
    }

    private static FileBytes content(byte[] file) {
        FileBytes content = new FileBytes();
        content.set(file);
        return content;
    }

    /** Some readers take zeros for what is missing. */
    @Test
    void aFileThatIsCutShortIsNoPicture() {
        for (String name : TRACES.keySet()) {
            if (!name.matches(".*\\.(png|jpg|gif|bmp|webp)") || name.contains("1x1") || name.contains("3x2")) continue;
            byte[] whole = trace(name);
            // Of several pictures the first may be whole.
            for (int part = 1; part <= (name.equals("animated.gif") ? 4 : 6); part++) {
                FileBytes cut = content(Arrays.copyOf(whole, whole.length * part / 10));
                PictureException e = assertThrows(
                        PictureException.class, () -> new Decoder().decode(name, cut), name + " of " + part + "/10");
                assertTrue(e.getMessage().startsWith(name + " "), e.getMessage());
            }
        }
        PictureException e =
                assertThrows(PictureException.class, () -> new Decoder().decode("x", content(new byte[0])));
        assertEquals("x is empty; fetch it again", e.getMessage());
    }

    @Test
    void aPictureMayTakeSoMuchTime() {
        Decoder decoder = new Decoder(ImageFiles.MAX_PIXELS, 0);
        for (String name : new String[] {
            "rgb16.png", "runs.bmp", "alpha.webp", "animated.gif", "arithmetic.jpg", "c37x29s0p1q35.jpg"
        }) {
            PictureException e =
                    assertThrows(PictureException.class, () -> decoder.decode(name, content(trace(name))), name);
            assertTrue(e.getMessage().startsWith(name + " took longer than 0 ms"), e.getMessage());
        }
    }

    /** Whatever bytes a file has, the outcome is a picture or a PictureException. */
    @Test
    @Timeout(120)
    void damageIsContained() {
        Random random = new Random(17);
        Decoder decoder = new Decoder(100_000, TimeUnit.SECONDS.toNanos(2));
        int refused = 0, tried = 0;
        for (String name :
                new String[] {"rgba.png", "palette.png", "gif.gif", "bmp.bmp", "lossless.webp", "k37x29.jpg"}) {
            byte[] good = trace(name);
            for (int i = 0; i < 500; i++, tried++) {
                byte[] bad = i % 4 == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
                for (int k = random.nextInt(5); k >= 0 && bad.length > 0; k--) {
                    bad[random.nextInt(bad.length)] = (byte) random.nextInt();
                }
                FileBytes content = new FileBytes();
                content.set(bad);
                try {
                    decoder.decode(name, content);
                } catch (PictureException e) {
                    assertTrue(e.getMessage().startsWith(name), e.getMessage());
                    refused++;
                }
            }
        }
        assertTrue(refused > tried / 4, refused + " of " + tried + " were refused");
    }

    @Test
    void orientationIsThatOfTheCamera() {
        for (int o = 1; o <= 8; o++) {
            FileBytes content = new FileBytes();
            content.set(trace("o" + o + ".jpg"));
            Image image = new Decoder().decode("o" + o, content);
            assertEquals(o < 5 ? 19 : 11, image.shape().width());
            assertClose("o" + o + ".raw", image.pixels(), 0, 0);
            assertPartIsThat(content, image);
        }
    }

    /** A part that is turned as the whole is. */
    private static void assertPartIsThat(FileBytes content, Image whole) {
        int width = whole.shape().width();
        Area area = new Area(3, 5, whole.shape().height() - 7, 6);
        Cutout part = new Decoder().decode("part", content, size -> {
            assertEquals(whole.shape(), size);
            return area;
        });
        assertEquals(new ImageShape(3, area.height(), 6), part.pixels().shape());
        for (int y = 0; y < area.height(); y++) {
            int from = 3 * ((area.top() + y) * width + area.left());
            byte[] expected = Arrays.copyOfRange(whole.pixels(), from, from + 3 * 6);
            byte[] actual = Arrays.copyOfRange(part.pixels().pixels(), 3 * 6 * y, 3 * 6 * (y + 1));
            assertArrayEquals(expected, actual, "row " + y);
        }
    }

    @Test
    void scalingIsBitEqual() {
        int compared = 0;
        for (String name : TRACES.keySet()) {
            if (!name.startsWith("resize-")) continue;
            String[] parts = name.replace(".out", "").split("-");
            String[] size = parts[2].split("x");
            boolean grey = parts.length == 4;
            ImageShape from = new ImageShape(grey ? 1 : 3, 23, 31);
            ImageShape to = new ImageShape(from.channels(), Integer.parseInt(size[0]), Integer.parseInt(size[1]));
            byte[] out = new byte[to.bytes()];
            Resampling.scale(
                    new Image(from, trace(grey ? "grey.in" : "image.in")),
                    0,
                    0,
                    23,
                    31,
                    to,
                    Interpolation.parse(parts[1]),
                    out);
            assertClose(name, out, 0, 0);
            compared++;
        }
        assertEquals(16, compared);
    }

    /** Resize and CenterCrop of torchvision, which timm evaluates with. */
    @Test
    void framingIsBitEqual() {
        Image wide = new Image(new ImageShape(3, 23, 31), trace("image.in"));
        int compared = 0;
        for (String name : TRACES.keySet()) {
            if (!name.startsWith("fit-")) continue;
            String[] parts = name.replace(".out", "").split("-");
            int side = Integer.parseInt(parts[3]);
            Framing framing = new Framing(Double.parseDouble(parts[2]), Interpolation.parse(parts[1]));
            // Orientation 5 swaps rows and columns.
            Image picture = parts[4].equals("wide") ? wide : wide.turned(5);
            byte[] out = framing.apply(picture, new ImageShape(3, side, side)).pixels();
            assertClose(name, out, 0, 0);
            compared++;
        }
        assertEquals(24, compared);
    }

    /** torchvision copies the part before it is scaled, so that what lies around it does not count. */
    @Test
    void aPartIsScaledAsTorchvisionDoes() {
        for (String kind : new String[] {"bilinear", "bicubic"}) {
            byte[] part = new byte[3 * 17 * 20];
            for (int y = 0; y < 17; y++) System.arraycopy(trace("image.in"), 3 * ((y + 3) * 31 + 5), part, 60 * y, 60);
            ImageShape to = new ImageShape(3, 12, 12);
            byte[] out = new byte[to.bytes()];
            Resampling.scale(
                    new Image(new ImageShape(3, 17, 20), part), 0, 0, 17, 20, to, Interpolation.parse(kind), out);
            assertClose("crop-" + kind + ".out", out, 0, 0);
        }
    }

    @Test
    void turningIsThatOfPillow() {
        for (String degrees : new String[] {"-30", "7.5", "90", "180"}) {
            byte[] out = new byte[SHAPE.bytes()];
            double[] map = Affine.rotation(Double.parseDouble(degrees), SHAPE);
            Affine.apply(trace("image.in"), out, SHAPE, map, new byte[SHAPE.rowBytes()]);
            assertClose("rotate-" + degrees + ".out", out, 1, 0.02);
        }
    }

    @Test
    void tonesAreThoseOfPillow() {
        for (String factor : new String[] {"0", "0.4", "0.7", "1.3", "1.9"}) {
            double f = Double.parseDouble(factor);
            byte[] p = trace("image.in").clone();
            Tones.brightness(p, f);
            assertClose("brightness-" + factor + ".out", p, 1, 0.02);
            p = trace("image.in").clone();
            Tones.contrast(p, 3, f);
            assertClose("contrast-" + factor + ".out", p, 1, 0.02);
            p = trace("image.in").clone();
            Tones.saturation(p, 3, f);
            assertClose("saturation-" + factor + ".out", p, 1, 0.02);
            p = trace("image.in").clone();
            Tones.sharpness(p, new byte[p.length], SHAPE, f);
            assertClose("sharpness-" + factor + ".out", p, 1, 0.02);
        }
        for (String shift : new String[] {"-0.5", "-0.1", "0.05", "0.3"}) {
            byte[] p = trace("image.in").clone();
            Tones.hue(p, 3, Double.parseDouble(shift));
            assertClose("hue-" + shift + ".out", p, 4, 0.02);
        }
    }

    @Test
    void histogramsAreThoseOfPillow() {
        byte[] p = trace("image.in").clone();
        Tones.posterize(p, 3);
        assertClose("posterize-3.out", p, 0, 0);
        p = trace("image.in").clone();
        Tones.solarize(p, 100);
        assertClose("solarize-100.out", p, 0, 0);
        p = trace("image.in").clone();
        Tones.autoContrast(p, 3);
        assertClose("autocontrast.out", p, 0, 0);
        p = trace("image.in").clone();
        Tones.equalize(p, 3);
        assertClose("equalize.out", p, 0, 0);
    }
}
