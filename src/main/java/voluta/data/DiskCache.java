package voluta.data;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Decoded pictures in one file, mapped into memory. The file is named after the names, sizes and dates of the pictures, so one
 * that has changed leads to another file; it is written under another name and renamed when it is whole.
 *
 * <p>The file: the pixels of all pictures, one after another; then for each picture its place (i64), channels, height and
 * width (i32; all 0 for one that cannot be used); then the place of that list, the number of pictures and {@link #MAGIC}.
 */
final class DiskCache implements PictureCache {
    private static final long MAGIC = 0x766f6c7574610001L;
    private static final int ENTRY = 20;
    private static final int END = 24;
    /** Decoded side by side while the file is written. */
    private static final int TOGETHER = 256;
    /** Pictures begin in a part and end in it or the next bytes: a part may be larger than this by one picture. */
    private static final long PART = 1L << 30;

    private final List<MappedByteBuffer> parts = new ArrayList<>();
    private final int[] part;
    private final int[] offset;
    private final ImageShape[] shapes;

    private DiskCache(int count) {
        part = new int[count];
        offset = new int[count];
        shapes = new ImageShape[count];
    }

    /**
     * Opens the file for these pictures, or writes it first, which takes as long as decoding all of them.
     *
     * @param decode gives a picture, or null if it cannot be used
     */
    static DiskCache open(Path folder, PictureSource source, IntFunction<Image> decode) {
        Path file = null;
        try {
            file = folder.resolve(key(source) + ".pictures");
            if (!Files.exists(file)) {
                Files.createDirectories(folder);
                write(file, source.size(), decode);
            }
            return map(file, source.size());
        } catch (IOException e) {
            throw new DataException(
                    "the cache of pictures " + (file == null ? folder : file) + " cannot be used (" + e.getMessage()
                            + "); choose another --cache-dir, with room and permission to write, or leave it out",
                    e);
        }
    }

    private static String key(PictureSource source) throws IOException {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            for (int i = 0; i < source.size(); i++) {
                String stamp;
                try {
                    stamp = source.stamp(i);
                } catch (IOException e) {
                    stamp = "missing " + source.picture(i);
                }
                digest.update(stamp.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) '\n');
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 16);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has SHA-256", e);
        }
    }

    private static void write(Path file, int count, IntFunction<Image> decode) throws IOException {
        Path unfinished =
                Files.createTempFile(file.getParent(), file.getFileName().toString(), ".part");
        boolean done = false;
        try {
            ByteBuffer list = ByteBuffer.allocate(Math.multiplyExact(count, ENTRY));
            try (DataOutputStream out =
                    new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(unfinished), 1 << 20))) {
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
                        if (s == null) continue;
                        out.write(image.pixels());
                        place += s.bytes();
                    }
                }
                out.write(list.array());
                out.writeLong(place);
                out.writeLong(count);
                out.writeLong(MAGIC);
            }
            Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            done = true;
        } finally {
            if (!done) Files.deleteIfExists(unfinished);
        }
    }

    private static DiskCache map(Path file, int count) throws IOException {
        DiskCache cache = new DiskCache(count);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long size = channel.size(), list = size - END - (long) count * ENTRY;
            if (list < 0) throw new IOException("it is too short");
            ByteBuffer end = ByteBuffer.allocate(count * ENTRY + END);
            while (end.hasRemaining()) {
                if (channel.read(end, list + end.position()) < 0) throw new IOException("it is too short");
            }
            end.flip();
            long begin = 0;
            List<Long> begins = new ArrayList<>(List.of(0L));
            for (int i = 0; i < count; i++) {
                long place = end.getLong();
                int channels = end.getInt(), height = end.getInt(), width = end.getInt();
                if (channels == 0) continue;
                cache.shapes[i] = new ImageShape(channels, height, width);
                if (place < begin || place > list - cache.shapes[i].bytes()) throw new IOException("it is damaged");
                if (place - begin > PART - cache.shapes[i].bytes() && place > begin) {
                    begin = place;
                    begins.add(begin);
                }
                cache.part[i] = begins.size() - 1;
                cache.offset[i] = (int) (place - begin);
            }
            if (end.getLong() != list || end.getLong() != count || end.getLong() != MAGIC) {
                throw new IOException("it is damaged; delete it");
            }
            begins.add(list);
            for (int p = 0; p + 1 < begins.size(); p++) {
                cache.parts.add(
                        channel.map(FileChannel.MapMode.READ_ONLY, begins.get(p), begins.get(p + 1) - begins.get(p)));
            }
            return cache;
        } catch (DataException e) {
            throw new IOException("it is damaged; delete it", e);
        }
    }

    @Override
    public Image get(int index) {
        ImageShape shape = shapes[index];
        if (shape == null) return null;
        byte[] pixels = new byte[shape.bytes()];
        parts.get(part[index]).get(offset[index], pixels);
        return new Image(shape, pixels);
    }

    @Override
    public void put(int index, Image image) {
        // All that can be kept is there from the beginning.
    }
}
