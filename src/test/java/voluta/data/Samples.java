package voluta.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Small data sets and files for the tests of this room. */
final class Samples {
    static final List<String> DIGITS = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");

    private Samples() {}

    /** The content of an IDX file: header, then these elements. */
    static byte[] idx(int type, int[] dims, byte... elements) {
        ByteBuffer out = ByteBuffer.allocate(4 + 4 * dims.length + elements.length);
        out.put((byte) 0).put((byte) 0).put((byte) type).put((byte) dims.length);
        for (int dim : dims) out.putInt(dim);
        return out.put(elements).array();
    }

    /** Bytes that differ from place to place in a way that no shift or swap maps onto itself. */
    static byte[] pattern(int bytes) {
        byte[] pattern = new byte[bytes];
        for (int i = 0; i < bytes; i++) pattern[i] = (byte) (i * 31 + (i >> 8) * 7 + 1);
        return pattern;
    }

    static byte[] gzip(byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(out)) {
            gzip.write(content);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return out.toByteArray();
    }

    static Path write(Path folder, String name, byte[] content) {
        try {
            Files.createDirectories(folder);
            return Files.write(folder.resolve(name), content);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    /** A data set whose images are {@link #pattern}s and whose labels count 0 to 9 round and round. */
    static MemoryDataset memory(int images, ImageShape shape) {
        byte[] labels = new byte[images];
        for (int i = 0; i < images; i++) labels[i] = (byte) (i % 10);
        return new MemoryDataset("sample", DIGITS, shape, pattern(images * shape.bytes()), labels);
    }

    static byte[] image(Dataset dataset, int index) {
        byte[] image = new byte[dataset.imageShape().bytes()];
        dataset.read(index, ByteBuffer.wrap(image));
        return image;
    }

    static List<BatchSlot> slots(int count, int batchSize, Dataset dataset) {
        return java.util.stream.IntStream.range(0, count)
                .mapToObj(i -> BatchSlot.allocate(i, batchSize, dataset.imageShape()))
                .toList();
    }

    /** A data set that passes everything on; tests override what they need. */
    static class Forwarding implements Dataset {
        private final Dataset delegate;

        Forwarding(Dataset delegate) {
            this.delegate = delegate;
        }

        @Override
        public String name() {
            return delegate.name();
        }

        @Override
        public int size() {
            return delegate.size();
        }

        @Override
        public List<String> classNames() {
            return delegate.classNames();
        }

        @Override
        public ImageShape imageShape() {
            return delegate.imageShape();
        }

        @Override
        public void read(int index, ByteBuffer image) {
            delegate.read(index, image);
        }

        @Override
        public int label(int index) {
            return delegate.label(index);
        }
    }
}
