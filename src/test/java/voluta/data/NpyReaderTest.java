package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class NpyReaderTest {
    private static final float[] SIX = {0, 1, 2, 3, 4, 5};

    /** A file of version 1 to 3, with these elements. */
    static byte[] npy(int version, String dictionary, byte[] elements) {
        byte[] text = (dictionary + "\n").getBytes(StandardCharsets.UTF_8);
        ByteBuffer b = ByteBuffer.allocate(12 + text.length + elements.length).order(ByteOrder.LITTLE_ENDIAN);
        b.put((byte) 0x93)
                .put("NUMPY".getBytes(StandardCharsets.US_ASCII))
                .put((byte) version)
                .put((byte) 0);
        if (version == 1) b.putShort((short) text.length);
        else b.putInt(text.length);
        b.put(text).put(elements);
        return Arrays.copyOf(b.array(), b.position());
    }

    static byte[] npy(String type, String shape, boolean fortran, byte[] elements) {
        String order = fortran ? "True" : "False";
        return npy(
                1, "{'descr': '" + type + "', 'fortran_order': " + order + ", 'shape': (" + shape + "), }", elements);
    }

    static byte[] floats(float... values) {
        ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float v : values) b.putFloat(v);
        return b.array();
    }

    private static byte[] bytes(int size, ByteOrder order, Consumer<ByteBuffer> fill) {
        ByteBuffer b = ByteBuffer.allocate(size).order(order);
        fill.accept(b);
        return b.array();
    }

    private static NpyReader.Array read(byte[] file) {
        return NpyReader.read("a.npy", ByteBuffer.wrap(file));
    }

    /** What NumPy 2.4 writes for {@code numpy.array([[1.5, -2.0, 3.25]], dtype='>f8')}. */
    @Test
    void readsWhatNumpyWrites() {
        String file =
                "934e554d5059010076007b276465736372273a20273e6638272c2027666f727472616e5f6f72646572273a2046616c73652c2027"
                        + "7368617065273a2028312c2033292c207d" + "20".repeat(58) + "0a"
                        + "3ff8000000000000c000000000000000400a000000000000";
        NpyReader.Array array = read(HexFormat.of().parseHex(file));
        assertEquals(List.of(1, 3), array.dims());
        assertArrayEquals(new float[] {1.5f, -2, 3.25f}, array.values());
    }

    @Test
    void everyTypeAndByteOrder() {
        ByteOrder little = ByteOrder.LITTLE_ENDIAN, big = ByteOrder.BIG_ENDIAN;
        byte[] unsigned = {0, 1, (byte) 200}, signed = {0, 1, -56};
        assertArrayEquals(
                new float[] {0, 1, 200}, read(npy("|u1", "3,", false, unsigned)).values());
        assertArrayEquals(
                new float[] {0, 1, -56}, read(npy("|i1", "3,", false, signed)).values());
        for (ByteOrder order : List.of(little, big)) {
            String sign = order == little ? "<" : ">";
            assertArrayEquals(
                    new float[] {-3, 7},
                    read(npy(
                                    sign + "i2",
                                    "2,",
                                    false,
                                    bytes(4, order, b -> b.putShort((short) -3).putShort((short) 7))))
                            .values());
            assertArrayEquals(
                    new float[] {65533},
                    read(npy(sign + "u2", "1,", false, bytes(2, order, b -> b.putShort((short) -3))))
                            .values());
            assertArrayEquals(
                    new float[] {-70000},
                    read(npy(sign + "i4", "1,", false, bytes(4, order, b -> b.putInt(-70000))))
                            .values());
            assertArrayEquals(
                    new float[] {0.5f},
                    read(npy(sign + "f4", "1,", false, bytes(4, order, b -> b.putFloat(0.5f))))
                            .values());
            assertArrayEquals(
                    new float[] {0.1f},
                    read(npy(sign + "f8", "1,", false, bytes(8, order, b -> b.putDouble(0.1))))
                            .values());
        }
    }

    @Test
    void versionsAndFortransOrder() {
        String dictionary = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
        for (int version = 1; version <= 3; version++) {
            assertArrayEquals(SIX, read(npy(version, dictionary, floats(SIX))).values());
        }
        // Columns first: [[0,2,4],[1,3,5]].
        NpyReader.Array turned = read(npy("<f4", "2, 3", true, floats(SIX)));
        assertEquals(List.of(2, 3), turned.dims());
        assertArrayEquals(new float[] {0, 2, 4, 1, 3, 5}, turned.values());
        float[] cube = read(npy("<f4", "2, 1, 3", true, floats(SIX))).values();
        assertArrayEquals(new float[] {0, 2, 4, 1, 3, 5}, cube);
    }

    @Test
    void whatIsWrongIsSaid() {
        refused(new byte[4], "ends within its header");
        refused("<html><body>not here".getBytes(StandardCharsets.US_ASCII), "is not a NumPy file");
        refused(npy(9, "{}", new byte[0]), "version 9");
        refused(npy("<f4", "7,", false, floats(SIX)), "holds 24 bytes of elements, but [7] of the type f4 take 28");
        refused(npy("<f4", "5,", false, floats(SIX)), "take 20");
        refused(npy("<c8", "6,", false, floats(SIX)), "type c8", "astype");
        refused(npy("|O", "6,", false, floats(SIX)), "save a plain array");
        refused(npy("<f4", "999999999, 999999999", false, floats(SIX)), "more than");
        refused(npy("<f4", "99999999999999999999999", false, floats(SIX)), "more than");
        refused(npy("<f4", "1,1,1,1,1,1,1,1,1", false, floats(1)), "8 dimensions");
        refused(npy("<f4", "2,", false, floats(1, Float.NaN)), "holds NaN as element 1");
        refused(npy("<f4", "2,", false, floats(Float.POSITIVE_INFINITY, 0)), "holds Infinity as element 0");
    }

    private static void refused(byte[] file, String... words) {
        PictureException e = assertThrows(PictureException.class, () -> read(file));
        for (String w : words) assertTrue(e.getMessage().contains(w), w + " is not in: " + e.getMessage());
        assertTrue(e.getMessage().startsWith("a.npy "), e.getMessage());
    }

    /** Whatever a file holds, it is an array or a sentence. */
    @Test
    void damagedFilesNeverDoAnythingElse() {
        byte[] whole = npy("<f4", "2, 3", true, floats(SIX));
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            byte[] file = Arrays.copyOf(whole, random.nextInt(4) == 0 ? random.nextInt(whole.length) : whole.length);
            for (int k = random.nextInt(4); k >= 0 && file.length > 0; k--) {
                file[random.nextInt(file.length)] = (byte) random.nextInt();
            }
            try {
                read(file);
            } catch (PictureException e) {
                // A sentence.
            }
        }
    }
}
