package voluta.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Reads NumPy's archives ({@code numpy.savez}, plain or compressed): a zip file whose members are arrays as {@link NpyReader}
 * knows them. A sample is one array, so an archive has to hold just one, whatever its name.
 */
final class NpzReader {
    private static final String MEMBER = ".npy";
    /** As much as the largest array takes, with the longest header that makes sense. */
    private static final long MOST_BYTES = Math.min(Integer.MAX_VALUE - 16, 8 * ArrayShape.MOST_NUMBERS + (1 << 16));

    /** What compression can save at the most, so that a short file cannot cause a large allocation. */
    private static final long DEFLATED = 1032;

    private static final int NAMED = 5;

    private NpzReader() {}

    /** @throws PictureException naming the file and what is wrong with it */
    static NpyReader.Array read(Path file) {
        try (ZipFile zip = new ZipFile(file.toFile())) {
            List<? extends ZipEntry> arrays = zip.stream()
                    .filter(e -> !e.isDirectory() && e.getName().endsWith(MEMBER))
                    .toList();
            if (arrays.size() != 1) throw notOne(file, arrays);
            ZipEntry only = arrays.get(0);
            return NpyReader.read(file + ", " + name(only), ByteBuffer.wrap(content(file, zip, only)));
        } catch (IOException | IllegalArgumentException e) {
            throw new PictureException(
                    file.toString(),
                    "is no archive that can be read (" + e.getMessage() + "); save it again with numpy.savez",
                    e);
        }
    }

    private static PictureException notOne(Path file, List<? extends ZipEntry> arrays) {
        String names = arrays.stream().limit(NAMED).map(NpzReader::name).collect(Collectors.joining(", "));
        String held = arrays.isEmpty()
                ? "no array"
                : arrays.size() + " arrays (" + names + (arrays.size() > NAMED ? ", ..." : "") + ")";
        return new PictureException(
                file.toString(), "holds " + held + "; save each sample in a file of its own, with one array");
    }

    private static String name(ZipEntry array) {
        String name = array.getName();
        return name.substring(0, name.length() - MEMBER.length());
    }

    /** No more is unpacked than the directory claims, and no more than an array may have. */
    private static byte[] content(Path file, ZipFile zip, ZipEntry entry) throws IOException {
        long size = entry.getSize();
        long most = Math.min(MOST_BYTES, DEFLATED * Files.size(file));
        if (size > most) {
            throw new PictureException(
                    file.toString(),
                    "claims " + size + " bytes for its array, and cannot hold more than " + most + "; save it again");
        }
        try (InputStream in = zip.getInputStream(entry)) {
            byte[] content = in.readNBytes((int) size);
            CRC32 sum = new CRC32();
            sum.update(content);
            if (content.length != size || in.read() >= 0 || sum.getValue() != entry.getCrc()) {
                throw new PictureException(
                        file.toString(), "is damaged: its array is not what its checksum says; save it again");
            }
            return content;
        }
    }
}
