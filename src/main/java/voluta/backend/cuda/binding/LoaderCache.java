package voluta.backend.cuda.binding;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * What the system's loader would take, by its cache ({@code /etc/ld.so.cache}, format 1.1 of glibc's {@code dl-cache.h}). In
 * containers, NVIDIA's runtime puts a newer driver library than the host's in front there (forward compatibility), and
 * only there.
 */
final class LoaderCache {
    private static final byte[] MAGIC = "glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII);
    private static final int HEADER = 48, ENTRY = 24;
    /** Of libraries for glibc on x86-64. */
    private static final int FLAGS = 0x0303;

    private final ByteBuffer bytes;

    private LoaderCache(ByteBuffer bytes) {
        this.bytes = bytes;
    }

    /** The absolute path of the file that a name stands for; empty where the cache has none or cannot be read. */
    static Optional<String> fileOf(Path cache, String library) {
        try {
            byte[] all = Files.readAllBytes(cache);
            int begin = indexOfMagic(all); // older systems write an older table in front
            if (begin < 0) return Optional.empty();
            return new LoaderCache(ByteBuffer.wrap(all, begin, all.length - begin)
                            .slice()
                            .order(ByteOrder.LITTLE_ENDIAN))
                    .find(library);
        } catch (IOException | IndexOutOfBoundsException e) {
            return Optional.empty(); // not every system has one
        }
    }

    private static int indexOfMagic(byte[] all) {
        for (int at = 0; at + HEADER <= all.length; at += Integer.BYTES) {
            if (java.util.Arrays.equals(all, at, at + MAGIC.length, MAGIC, 0, MAGIC.length)) return at;
        }
        return -1;
    }

    /** The first of several is what the loader takes. */
    private Optional<String> find(String library) {
        int entries = bytes.getInt(MAGIC.length);
        for (int i = 0; i < entries; i++) {
            int at = HEADER + i * ENTRY;
            if (bytes.getInt(at) != FLAGS || !text(bytes.getInt(at + 4)).equals(library)) continue;
            String file = text(bytes.getInt(at + 8));
            return file.startsWith("/") ? Optional.of(file) : Optional.empty();
        }
        return Optional.empty();
    }

    private String text(int begin) {
        int end = begin;
        while (bytes.get(end) != 0) end++;
        byte[] letters = new byte[end - begin];
        bytes.get(begin, letters);
        return new String(letters, StandardCharsets.UTF_8);
    }
}
