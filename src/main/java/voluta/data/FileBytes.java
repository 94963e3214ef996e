package voluta.data;

import java.io.EOFException;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/** The content of one file after another, in a buffer that grows as needed and is used again. For one thread. */
final class FileBytes {
    /** A larger file is no picture. */
    static final int LARGEST = 256 << 20;

    private byte[] bytes = new byte[1 << 16];
    private int length;

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    /** A copy of nothing: these bytes are used as they are. */
    void set(byte[] content) {
        bytes = content;
        length = content.length;
    }

    void read(Path path) throws IOException {
        File file = new File(path.toString());
        try (FileInputStream in = new FileInputStream(file)) {
            // The size is a hint alone: the file may be growing, or a pipe.
            length = 0;
            long size = file.length();
            if (size > LARGEST) throw tooLarge(size);
            reserve((int) size + 1);
            int n;
            while ((n = in.read(bytes, length, bytes.length - length)) > 0) {
                length += n;
                if (length > LARGEST) throw tooLarge(length);
                if (length == bytes.length) reserve(2 * length);
            }
        }
    }

    void read(Path path, long offset, int size) throws IOException {
        reserve(size);
        try (RandomAccessFile file = new RandomAccessFile(path.toString(), "r")) {
            file.seek(offset);
            file.readFully(bytes, 0, size);
        } catch (EOFException e) {
            throw new IOException("the archive ends within it", e);
        }
        length = size;
    }

    private static IOException tooLarge(long size) {
        return new IOException("it has " + size + " bytes, pictures at most " + LARGEST);
    }

    private void reserve(int size) {
        if (bytes.length >= size) return;
        byte[] larger = new byte[Math.max(size, Math.min(LARGEST, bytes.length * 2))];
        System.arraycopy(bytes, 0, larger, 0, length);
        bytes = larger;
    }
}
