package voluta.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the binary version of CIFAR-10: records of one label byte and 3,072 pixel bytes, the red plane, then green, then
 * blue, each 32 rows of 32. Planes are interleaved to H,W,C once, here.
 *
 * <p>Every batch file must hold exactly the official number of records, so that a file cut at the end of a record is
 * noticed too.
 */
final class Cifar10Reader {
    static final ImageShape SHAPE = new ImageShape(3, 32, 32);
    static final int RECORD_BYTES = 1 + 3 * 32 * 32;
    static final int OFFICIAL_RECORDS = 10_000;
    static final String NAMES_FILE = "batches.meta.txt";
    static final List<String> CLASS_NAMES =
            List.of("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck");

    private final int recordsPerFile;

    private Cifar10Reader(int recordsPerFile) {
        this.recordsPerFile = recordsPerFile;
    }

    /** The files of a split, in the order in which they are read. */
    static List<String> files(Split split) {
        if (!split.isTraining()) return List.of("test_batch.bin");
        List<String> names = new ArrayList<>();
        for (int i = 1; i <= 5; i++) names.add("data_batch_" + i + ".bin");
        return names;
    }

    static MemoryDataset read(String name, Path folder, Split split) {
        return read(name, folder, split, OFFICIAL_RECORDS);
    }

    static MemoryDataset read(String name, Path folder, Split split, int recordsPerFile) {
        return new Cifar10Reader(recordsPerFile).read(name, folder, files(split));
    }

    private MemoryDataset read(String name, Path folder, List<String> files) {
        List<ByteSource> sources = new ArrayList<>();
        for (String file : files) sources.add(checked(folder.resolve(file)));
        List<String> classNames = classNames(folder);
        int count = files.size() * recordsPerFile;
        byte[] pixels = new byte[count * SHAPE.bytes()];
        byte[] labels = new byte[count];
        for (int f = 0; f < sources.size(); f++) {
            readFile(sources.get(f), f * recordsPerFile, pixels, labels, classNames.size());
        }
        return new MemoryDataset(name, classNames, SHAPE, pixels, labels);
    }

    private ByteSource checked(Path file) {
        if (!Files.exists(file)) {
            throw new DataException(
                    file + " is missing, although other files of CIFAR-10 are there; fetch the set again");
        }
        ByteSource source = ByteSource.file(file);
        long expected = (long) recordsPerFile * RECORD_BYTES;
        if (source.bytes() != expected) {
            throw new DataException(file + " holds " + source.bytes() + " bytes, but " + recordsPerFile + " records of "
                    + RECORD_BYTES + " bytes are " + expected + "; it is damaged, fetch the set again");
        }
        return source;
    }

    private void readFile(ByteSource source, int first, byte[] pixels, byte[] labels, int classes) {
        byte[] record = new byte[RECORD_BYTES];
        try (InputStream in = source.open()) {
            for (int i = 0; i < recordsPerFile; i++) {
                if (in.readNBytes(record, 0, RECORD_BYTES) < RECORD_BYTES) {
                    throw new DataException(source.name() + " ended within record " + i
                            + " while it was read; it must not change meanwhile, try again");
                }
                int label = record[0] & 0xff;
                if (label >= classes) {
                    throw new DataException(
                            source.name() + " gives record " + i + " the label " + label + ", but there are " + classes
                                    + " classes (0 to " + (classes - 1) + "); it is damaged, fetch the set again");
                }
                labels[first + i] = record[0];
                interleave(record, pixels, (first + i) * SHAPE.bytes());
            }
        } catch (IOException e) {
            throw ByteSource.unreadable(source.name(), e);
        }
    }

    private static void interleave(byte[] record, byte[] pixels, int offset) {
        int plane = SHAPE.height() * SHAPE.width();
        for (int p = 0; p < plane; p++) {
            pixels[offset + 3 * p] = record[1 + p];
            pixels[offset + 3 * p + 1] = record[1 + plane + p];
            pixels[offset + 3 * p + 2] = record[1 + 2 * plane + p];
        }
    }

    private static List<String> classNames(Path folder) {
        Path file = folder.resolve(NAMES_FILE);
        if (!Files.exists(file)) return CLASS_NAMES;
        List<String> names = ClassNames.read(file);
        if (names.size() != CLASS_NAMES.size()) {
            throw new DataException(file + " names " + names.size() + " classes, but CIFAR-10 has " + CLASS_NAMES.size()
                    + "; fetch the set again");
        }
        return names;
    }
}
