package voluta.checkpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;
import voluta.checkpoint.SafetensorsHeader.Entry;

/**
 * CRC-32C checksums that travel in the metadata of a file: one per tensor, in the order of the data, under
 * {@link #DATA}; and one over names, types, shapes, offsets and metadata under {@link #HEADER}. Together they cover
 * whatever a reader uses. The second is taken over values, not over JSON text, so that a program which writes the same
 * header in another way leaves it valid.
 */
final class Checksums {
    static final String DATA = "voluta.crc32c";
    static final String HEADER = "voluta.header.crc32c";

    private static final HexFormat HEX = HexFormat.of();
    private static final int DIGITS = 8;

    private Checksums() {}

    static String format(int[] crcs) {
        StringBuilder s = new StringBuilder();
        for (int crc : crcs) {
            if (!s.isEmpty()) s.append(' ');
            s.append(HEX.toHexDigits(crc));
        }
        return s.toString();
    }

    /** The checksums of the tensors, or null if the file has none. */
    static int[] data(Path file, SafetensorsHeader header) {
        String text = header.metadata().get(DATA);
        if (text == null) return null;
        int n = header.entries().size();
        if (text.length() != Math.max(0, n * (DIGITS + 1L) - 1)) {
            throw new CheckpointException(
                    file,
                    "the metadata entry " + DATA + " does not hold one checksum for each of the " + n + " tensors; "
                            + remedy(DATA));
        }
        int[] crcs = new int[n];
        for (int i = 0; i < n; i++) {
            int at = i * (DIGITS + 1);
            try {
                crcs[i] = HexFormat.fromHexDigits(text, at, at + DIGITS);
            } catch (IllegalArgumentException e) {
                throw new CheckpointException(
                        file, "the metadata entry " + DATA + " is not hexadecimal; " + remedy(DATA), e);
            }
        }
        return crcs;
    }

    /** Checks names, types, shapes, offsets and metadata, if the file has a checksum of them. */
    static void verifyHeader(Path file, SafetensorsHeader header) {
        String expected = header.metadata().get(HEADER);
        if (expected == null) return;
        String actual = ofHeader(header.metadata(), header.entries());
        if (!expected.equals(actual)) {
            throw new CheckpointException(
                    file,
                    "the header has checksum " + actual + " but says " + Quote.text(expected)
                            + ", so the file was damaged or changed; " + remedy(HEADER));
        }
    }

    /** What to do about a wrong checksum stored under {@code key}. */
    static String remedy(String key) {
        return "use an earlier checkpoint or a fresh copy, or, if another program changed the file on purpose, "
                + "have it remove " + key + " from the metadata";
    }

    /** The checksum of everything but the data and this checksum itself. */
    static String ofHeader(Map<String, String> metadata, List<Entry> entries) {
        CRC32C crc = new CRC32C();
        new TreeMap<>(metadata).forEach((key, value) -> {
            if (key.equals(HEADER)) return;
            add(crc, key);
            add(crc, value);
        });
        for (Entry e : entries) {
            add(crc, e.name());
            add(crc, e.storedDtype());
            add(crc, e.type().shape().toString());
            add(crc, e.begin() + ":" + e.end());
        }
        return HEX.toHexDigits((int) crc.getValue());
    }

    /** Length first, so that no two different lists of texts give the same bytes. */
    private static void add(CRC32C crc, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        crc.update(ByteBuffer.allocate(4).putInt(0, bytes.length));
        crc.update(bytes);
    }
}
