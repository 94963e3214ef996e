package voluta.data;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decoded pictures in one file, mapped into memory. The file is named after what the encoded pictures hold ({@link
 * PictureContents#key}), so one that has changed leads to another file. A damaged one is noticed by its checksums: the list
 * when it is opened, the pixels of a picture when they are first used; it is made anew, at once or by the next run.
 *
 * <p>The file: the pixels of all pictures, one after another; then for each picture its place (i64), channels, height and
 * width (i32; all 0 for one that is not kept) and the CRC-32C of its pixels (i32); then the place of that list, the number
 * of pictures, {@link #MAGIC} and the CRC-32C of the list and these three (i64).
 */
final class DiskCache implements PictureCache {
    private static final Logger LOG = LoggerFactory.getLogger(DiskCache.class);
    private static final long MAGIC = 0x766f6c7574610002L;
    private static final int ENTRY = 24;
    private static final int END = 32;
    /** Decoded side by side while the file is written. */
    private static final int TOGETHER = 256;
    /** Pictures begin in a part and end in it or the next bytes: a part may be larger than this by one picture. */
    private static final long PART = 1L << 30;

    private final Path file;
    private final List<MappedByteBuffer> parts = new ArrayList<>();
    private final int[] part;
    private final int[] offset;
    private final int[] checksum;
    private final ImageShape[] shapes;
    /** Whose pixels were looked at; written by any thread, at worst twice. */
    private final boolean[] checked;

    private final AtomicBoolean damaged = new AtomicBoolean();

    private DiskCache(Path file, int count) {
        this.file = file;
        part = new int[count];
        offset = new int[count];
        checksum = new int[count];
        shapes = new ImageShape[count];
        checked = new boolean[count];
    }

    /**
     * Opens the file for pictures that hold this, or writes it first, which takes as long as decoding all of them.
     *
     * @param decode gives a picture, or null if it cannot be used or no longer holds what it did
     */
    static DiskCache open(Path folder, String key, int count, IntFunction<Image> decode) {
        Path file = folder.resolve(key + ".pictures");
        try {
            if (Files.exists(file)) {
                try {
                    return map(file, count);
                } catch (IOException e) {
                    LOG.warn("the cache of pictures {} cannot be used ({}); it is made anew", file, e.getMessage());
                }
            }
            WholeFile.write(file, out -> write(out, count, decode));
            return map(file, count);
        } catch (IOException e) {
            String reason = e instanceof AccessDeniedException ? "there is no permission to write it" : e.getMessage();
            throw new DataException(
                    "the cache of pictures " + file + " cannot be used (" + reason
                            + "); choose another --cache-dir, with room and permission to write, or leave it out",
                    e);
        }
    }

    private static void write(DataOutputStream out, int count, IntFunction<Image> decode) throws IOException {
        ByteBuffer list = ByteBuffer.allocate(Math.addExact(Math.multiplyExact(count, ENTRY), END));
        long place = 0;
        for (int from = 0; from < count; from += TOGETHER) {
            Image[] images = IntStream.range(from, Math.min(count, from + TOGETHER))
                    .parallel()
                    .mapToObj(decode)
                    .toArray(Image[]::new);
            for (Image image : images) {
                ImageShape s = image == null ? null : image.shape();
                list.putLong(place).putInt(s == null ? 0 : s.channels());
                list.putInt(s == null ? 0 : s.height()).putInt(s == null ? 0 : s.width());
                list.putInt(s == null ? 0 : crc(ByteBuffer.wrap(image.pixels())));
                if (s == null) continue;
                out.write(image.pixels());
                place += s.bytes();
            }
        }
        list.putLong(place).putLong(count).putLong(MAGIC);
        list.putLong(crc(list.duplicate().flip()));
        out.write(list.array());
    }

    private static int crc(ByteBuffer bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        return (int) crc.getValue();
    }

    /** @throws IOException if it is not what {@link #write} writes, or cannot be read */
    private static DiskCache map(Path file, int count) throws IOException {
        DiskCache cache = new DiskCache(file, count);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer list = list(channel, count);
            long pixels = channel.size() - list.capacity(), begin = 0;
            List<Long> begins = new ArrayList<>(List.of(0L));
            for (int i = 0; i < count; i++) {
                long place = list.getLong();
                int channels = list.getInt(), height = list.getInt(), width = list.getInt();
                cache.checksum[i] = list.getInt();
                if (channels == 0) continue;
                cache.shapes[i] = new ImageShape(channels, height, width);
                if (place - begin > PART - cache.shapes[i].bytes() && place > begin) {
                    begin = place;
                    begins.add(begin);
                }
                cache.part[i] = begins.size() - 1;
                cache.offset[i] = (int) (place - begin);
            }
            begins.add(pixels);
            for (int p = 0; p + 1 < begins.size(); p++) {
                cache.parts.add(
                        channel.map(FileChannel.MapMode.READ_ONLY, begins.get(p), begins.get(p + 1) - begins.get(p)));
            }
            return cache;
        }
    }

    private static ByteBuffer list(FileChannel channel, int count) throws IOException {
        ByteBuffer list = ByteBuffer.allocate(Math.addExact(Math.multiplyExact(count, ENTRY), END));
        long begin = channel.size() - list.capacity();
        if (begin < 0) throw new IOException("it is too short");
        while (list.hasRemaining()) {
            if (channel.read(list, begin + list.position()) < 0) throw new IOException("it is too short");
        }
        int end = list.flip().limit() - END;
        boolean whole = list.getLong(end) == begin
                && list.getLong(end + 8) == count
                && list.getLong(end + 16) == MAGIC
                && list.getLong(end + 24) == crc(list.slice(0, end + 24));
        if (!whole) throw new IOException("it is damaged");
        return list;
    }

    @Override
    public Image get(int index) {
        ImageShape shape = shapes[index];
        if (shape == null) return null;
        byte[] pixels = new byte[shape.bytes()];
        parts.get(part[index]).get(offset[index], pixels);
        if (!checked[index] && crc(ByteBuffer.wrap(pixels)) != checksum[index]) return damaged(index);
        checked[index] = true;
        return new Image(shape, pixels);
    }

    /** From now on the picture is decoded each time; without the file, the next run makes it anew. */
    private Image damaged(int index) {
        shapes[index] = null;
        if (damaged.compareAndSet(false, true)) {
            LOG.warn("the cache of pictures {} is damaged; what is damaged in it is decoded instead", file);
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                LOG.debug("{} cannot be deleted", file, e);
            }
        }
        return null;
    }

    @Override
    public void put(int index, Image image) {
        // All that can be kept is there from the beginning.
    }
}
