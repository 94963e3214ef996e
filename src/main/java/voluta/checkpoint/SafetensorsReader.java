package voluta.checkpoint;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.CRC32C;
import voluta.checkpoint.SafetensorsHeader.Entry;
import voluta.tensor.Half;
import voluta.tensor.HostTensor;

/**
 * An open safetensors file whose tensors are read one at a time. Memory needed: the header, one tensor, and a chunk.
 * Not for use by several threads at once.
 */
public final class SafetensorsReader implements AutoCloseable {
    private static final int PREFIX = Long.BYTES;
    private static final int LONGEST_LIST = 5;

    private final Path path;
    private final RandomAccessFile file;
    private final SafetensorsHeader header;
    private final int[] crcs;
    private final Map<String, Integer> indices = new HashMap<>();
    private byte[] chunk = new byte[0];

    private SafetensorsReader(Path path, RandomAccessFile file, SafetensorsHeader header) {
        this.path = path;
        this.file = file;
        this.header = header;
        this.crcs = Checksums.data(path, header);
        for (int i = 0; i < header.entries().size(); i++)
            indices.put(header.entries().get(i).name(), i);
    }

    static SafetensorsReader open(Path path) {
        if (Files.notExists(path)) throw new CheckpointException(path, "there is no such file; check the path");
        if (!Files.isRegularFile(path)) {
            throw new CheckpointException(
                    path, "this is not a file that can be read as a checkpoint; give the path of a .safetensors file");
        }
        RandomAccessFile file;
        try {
            file = new RandomAccessFile(path.toFile(), "r");
        } catch (IOException e) {
            throw new CheckpointException(path, "cannot be opened: " + e.getMessage() + "; check its permissions", e);
        }
        try {
            SafetensorsHeader header = header(path, file);
            Checksums.verifyHeader(path, header);
            return new SafetensorsReader(path, file, header);
        } catch (IOException e) {
            close(file, e);
            throw unreadable(path, e);
        } catch (RuntimeException | Error e) {
            close(file, e);
            throw e;
        }
    }

    private static SafetensorsHeader header(Path path, RandomAccessFile file) throws IOException {
        long size = file.length();
        if (size < PREFIX) {
            throw new CheckpointException(
                    path, "has " + size + " bytes, too few for a safetensors file; it is damaged or of another kind");
        }
        byte[] prefix = new byte[PREFIX];
        file.readFully(prefix);
        long length = ByteBuffer.wrap(prefix).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (length < 0 || length > Safetensors.MAX_HEADER) {
            throw new CheckpointException(
                    path,
                    "says that its header has " + Long.toUnsignedString(length) + " bytes, the format allows "
                            + Safetensors.MAX_HEADER + "; it is damaged or not a safetensors file");
        }
        if (length > size - PREFIX) {
            throw new CheckpointException(
                    path,
                    "says that its header has " + length + " bytes, but only " + (size - PREFIX)
                            + " follow; it was cut off or is not a safetensors file");
        }
        if (length == 0 || file.read() != '{') {
            throw new CheckpointException(
                    path, "its header does not begin with '{'; it is damaged or not a safetensors file");
        }
        file.seek(PREFIX);
        return HeaderParser.parse(path, new Window(file, length), length, size - PREFIX - length);
    }

    /** The file that is being read. */
    public Path path() {
        return path;
    }

    public SafetensorsHeader header() {
        return header;
    }

    /**
     * Reads one tensor, and compares it to its checksum if the file has one.
     *
     * @throws CheckpointException if there is none of this name, or it is damaged or too large
     */
    public HostTensor read(String name) {
        Integer index = indices.get(name);
        if (index == null) {
            throw new CheckpointException(path, "holds no tensor " + Quote.text(name) + "; it holds " + names());
        }
        Entry entry = header.entries().get(index);
        long bytes = entry.type().plainBytes();
        if (bytes > Integer.MAX_VALUE) {
            throw new CheckpointException(
                    path,
                    "tensor " + Quote.text(name) + " has " + bytes
                            + " bytes, the most for one tensor is 2147483647; split it");
        }
        HostTensor tensor;
        try {
            tensor = HostTensor.zeros(entry.type());
        } catch (OutOfMemoryError e) {
            throw new CheckpointException(
                    path,
                    "there is no memory for the " + bytes + " bytes of tensor " + Quote.text(name)
                            + "; allow more with -XX:MaxDirectMemorySize",
                    e);
        }
        try {
            fill(tensor, entry, index);
        } catch (IOException e) {
            throw unreadable(path, e);
        }
        return tensor;
    }

    private void fill(HostTensor tensor, Entry entry, int index) throws IOException {
        StoredType stored = StoredType.parse(entry.storedDtype());
        ByteBuffer target = tensor.bytes();
        CRC32C crc = new CRC32C();
        file.seek(header.dataStart() + entry.begin());
        long left = entry.bytes();
        while (left > 0) {
            int n = (int) Math.min(left, AtomicFile.CHUNK);
            if (chunk.length < n) chunk = new byte[n];
            file.readFully(chunk, 0, n);
            crc.update(chunk, 0, n);
            ByteBuffer elements =
                    Elements.littleEndian(ByteBuffer.wrap(chunk, 0, n), stored.bytes(), ByteOrder.nativeOrder());
            if (stored == StoredType.F16) {
                elements.order(ByteOrder.nativeOrder());
                while (elements.hasRemaining()) target.putFloat(Half.toFloat(elements.getShort()));
            } else {
                target.put(elements);
            }
            left -= n;
        }
        int actual = (int) crc.getValue();
        if (crcs != null && actual != crcs[index]) {
            HexFormat hex = HexFormat.of();
            throw new CheckpointException(
                    path,
                    "tensor " + Quote.text(entry.name()) + " has checksum " + hex.toHexDigits(actual)
                            + " but was written with "
                            + hex.toHexDigits(crcs[index]) + ", so the file was damaged or changed; "
                            + Checksums.remedy(Checksums.DATA));
        }
    }

    private String names() {
        if (indices.isEmpty()) return "none";
        StringBuilder s = new StringBuilder();
        int n = Math.min(LONGEST_LIST, header.entries().size());
        for (int i = 0; i < n; i++) {
            if (i > 0) s.append(", ");
            s.append(Quote.text(header.entries().get(i).name()));
        }
        int more = header.entries().size() - n;
        return more == 0 ? s.toString() : s + " and " + more + " more";
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw unreadable(path, e);
        }
    }

    private static void close(RandomAccessFile file, Throwable reason) {
        try {
            file.close();
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private static CheckpointException unreadable(Path path, IOException e) {
        if (e instanceof EOFException) {
            return new CheckpointException(
                    path, "became shorter while it was being read; wait until whoever writes it is done", e);
        }
        return new CheckpointException(
                path, "cannot be read: " + e.getMessage() + "; check the disk and its permissions", e);
    }

    /** The next bytes of a file, and then an end. */
    private static final class Window extends InputStream {
        private final RandomAccessFile file;
        private long left;

        Window(RandomAccessFile file, long left) {
            this.file = file;
            this.left = left;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] b, int offset, int length) throws IOException {
            if (left == 0) return -1;
            int n = file.read(b, offset, (int) Math.min(left, length));
            if (n < 0) throw new EOFException();
            left -= n;
            return n;
        }
    }
}
