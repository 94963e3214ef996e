package voluta.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A hash of what each encoded picture of a source holds, and so a name for all of it: two sources with the same {@link #key}
 * hold the same pictures in the same order, wherever they lie and whatever they are called.
 *
 * <p>Files are read to know that, but not each time: their hashes are kept beside the {@linkplain FileStamp stamps} that
 * they had, and a file whose stamp is still the same is not read again. What was kept is lost without harm, be it that the
 * folder cannot be written to: then all is read.
 *
 * <p>The file: {@link #MAGIC}, for each picture the stamp (4 x i64) and the hash, and the CRC-32C of all that (i64).
 */
final class PictureContents {
    private static final Logger LOG = LoggerFactory.getLogger(PictureContents.class);
    private static final long MAGIC = 0x766f6c7574620001L;
    private static final int HASH = 16;
    private static final int STAMP = 4 * Long.BYTES;
    private static final int ENTRY = STAMP + HASH;
    /** Each is the work of one thread. */
    private static final int PARTS = 64;

    private final int count;
    /** All entries, one after another. */
    private final ByteBuffer entries;

    private PictureContents(int count, ByteBuffer entries) {
        this.count = count;
        this.entries = entries;
    }

    /** @param folder where hashes are kept, and will be if that is possible */
    static PictureContents of(Path folder, PictureSource source) {
        int count = source.size();
        Path file = folder.resolve(placeOf(source) + ".contents");
        ByteBuffer known = read(file, count);
        PictureContents contents = new PictureContents(count, ByteBuffer.allocate(Math.multiplyExact(count, ENTRY)));
        IntStream.range(0, PARTS).parallel().forEach(part -> {
            FileBytes bytes = new FileBytes();
            int from = (int) ((long) count * part / PARTS), to = (int) ((long) count * (part + 1) / PARTS);
            for (int i = from; i < to; i++) contents.look(source, i, known, bytes);
        });
        if (known == null || !known.equals(contents.entries)) contents.write(file);
        return contents;
    }

    /** Where the pictures lie, as the name of a file. */
    private static String placeOf(PictureSource source) {
        MessageDigest digest = digest();
        for (int i = 0; i < source.size(); i++) {
            digest.update(Path.of(source.picture(i)).toAbsolutePath().toString().getBytes(StandardCharsets.UTF_8));
            digest.update((byte) '\n');
        }
        return name(digest);
    }

    private void look(PictureSource source, int index, ByteBuffer known, FileBytes bytes) {
        int at = index * ENTRY;
        try {
            long moment = FileStamp.now();
            FileStamp stamp = source.stamp(index);
            if (known != null && !stamp.equals(FileStamp.NONE) && stamp.equals(FileStamp.get(known.slice(at, STAMP)))) {
                entries.put(at, known, at, ENTRY);
                return;
            }
            source.read(index, bytes);
            put(at, stamp.settled(moment) ? stamp : FileStamp.NONE, hash(bytes));
        } catch (IOException e) {
            // Whoever wants the picture will say why it cannot be read; here it differs from all that can.
            put(at, FileStamp.NONE, new byte[HASH]);
        }
    }

    private void put(int at, FileStamp stamp, byte[] hash) {
        stamp.put(entries.slice(at, STAMP));
        entries.put(at + STAMP, hash);
    }

    /** What is known from the last time, or null. */
    private static ByteBuffer read(Path file, int count) {
        try {
            ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file));
            boolean whole = all.capacity() == 2L * Long.BYTES + (long) count * ENTRY
                    && all.getLong(0) == MAGIC
                    && all.getLong(all.capacity() - Long.BYTES) == checksum(all.slice(0, all.capacity() - Long.BYTES));
            if (whole) return all.slice(Long.BYTES, count * ENTRY);
            LOG.warn("{} is damaged; the pictures are read again", file);
        } catch (NoSuchFileException e) {
            // The first time.
        } catch (IOException | OutOfMemoryError e) {
            LOG.warn("{} cannot be read ({}); the pictures are read instead", file, e.getMessage());
        }
        return null;
    }

    private void write(Path file) {
        ByteBuffer head = ByteBuffer.allocate(Long.BYTES).putLong(0, MAGIC);
        try {
            WholeFile.write(file, out -> {
                out.write(head.array());
                out.write(entries.array());
                out.writeLong(checksum(head, entries));
            });
        } catch (IOException e) {
            // A folder that is only read: the next run reads the pictures too.
            LOG.debug("{} cannot be written", file, e);
        }
    }

    private static long checksum(ByteBuffer... parts) {
        CRC32C crc = new CRC32C();
        for (ByteBuffer part : parts) crc.update(part.duplicate());
        return crc.getValue();
    }

    /** Whether this is what a picture held when it was looked at. */
    boolean holds(int index, FileBytes content) {
        byte[] hash = new byte[HASH];
        entries.get(index * ENTRY + STAMP, hash);
        return Arrays.equals(hash, hash(content));
    }

    /** A name for all that the pictures hold, in their order. */
    String key() {
        MessageDigest digest = digest();
        for (int i = 0; i < count; i++) digest.update(entries.slice(i * ENTRY + STAMP, HASH));
        return name(digest);
    }

    private static byte[] hash(FileBytes content) {
        MessageDigest digest = digest();
        digest.update(content.bytes(), 0, content.length());
        return Arrays.copyOf(digest.digest(), HASH);
    }

    /** Enough of a digest to tell any two contents apart, in letters and digits. */
    static String name(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest(), 0, HASH);
    }

    /** A name for what is made of something that has a name. */
    static String name(String of, String how) {
        MessageDigest digest = digest();
        digest.update((of + '\n' + how).getBytes(StandardCharsets.UTF_8));
        return name(digest);
    }

    static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }
}
