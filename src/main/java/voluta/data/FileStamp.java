package voluta.data;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * What the file system says of a file without reading it. Whoever writes to a file, replaces it or sets back the date of its
 * last change moves the time at which its entry changed, which no program can set. So an equal stamp means equal content,
 * provided that it was {@linkplain #settled settled} when the content was read.
 *
 * @param size in bytes
 * @param modified the last change of the content, nanoseconds since 1970
 * @param changed the last change of the content or of the file's entry; the smallest number where a system has no such time
 * @param file the file's number in its file system
 */
record FileStamp(long size, long modified, long changed, long file) {
    /** Of a file that is not there, or of which nothing is promised. */
    static final FileStamp NONE = new FileStamp(-1, 0, Long.MIN_VALUE, 0);

    /** The time of a change where there is none. */
    private static final long UNKNOWN = Long.MIN_VALUE;

    /** A stamp of that age: the coarsest clock of a file system in use, FAT's, has steps of two seconds. */
    private static final long STEP = TimeUnit.SECONDS.toNanos(2);

    private static final boolean UNIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("unix");

    static FileStamp of(Path path) throws IOException {
        Map<String, Object> a =
                Files.readAttributes(path, UNIX ? "unix:size,lastModifiedTime,ctime,ino" : "size,lastModifiedTime");
        return new FileStamp(
                (Long) a.get("size"),
                nanos(a.get("lastModifiedTime")),
                UNIX ? nanos(a.get("ctime")) : UNKNOWN,
                UNIX ? (Long) a.get("ino") : 0);
    }

    /** The present time as stamps have it. */
    static long now() {
        return TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    }

    private static long nanos(Object time) {
        return ((FileTime) time).to(TimeUnit.NANOSECONDS);
    }

    /**
     * A name for what all pictures are called and their stamps; nothing if one of them is not settled.
     *
     * @param moment a time before anything of them was read
     */
    static Optional<String> ofAll(PictureSource source, long moment) {
        FileStamp[] stamps = new FileStamp[source.size()];
        IntStream.range(0, stamps.length).parallel().forEach(i -> {
            try {
                stamps[i] = source.stamp(i);
            } catch (IOException e) {
                stamps[i] = NONE;
            }
        });
        MessageDigest digest = PictureContents.digest();
        ByteBuffer numbers = ByteBuffer.allocate(4 * Long.BYTES);
        for (int i = 0; i < stamps.length; i++) {
            if (!stamps[i].settled(moment)) return Optional.empty();
            stamps[i].put(numbers.clear());
            digest.update(numbers.flip());
            digest.update((source.name(i) + '\n').getBytes(StandardCharsets.UTF_8));
        }
        return Optional.of(PictureContents.name(digest));
    }

    /** Writes four numbers of 64 bits. */
    void put(ByteBuffer to) {
        to.putLong(size).putLong(modified).putLong(changed).putLong(file);
    }

    /** Reads what {@link #put} wrote. */
    static FileStamp get(ByteBuffer from) {
        return new FileStamp(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    }

    /**
     * Whether a change after a moment leads to another stamp. A file that had only just been written may be written again
     * before the clock of its file system goes on.
     *
     * @param moment a time of {@link #now}, not after the content was read
     */
    boolean settled(long moment) {
        return changed != UNKNOWN && changed < moment - STEP;
    }
}
