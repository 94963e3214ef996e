package voluta.data;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import voluta.data.jpeg.JpegDecoder;
import voluta.data.jpeg.JpegException;

/** Reads bytes as each kind of data file, and has good examples of each: for {@code voluta.fuzz}. */
public final class DataInputs {
    /** Small, so that a header that lies costs little. */
    private static final long MOST_PIXELS = 1 << 20;

    private static final int CIFAR_RECORDS = 2;
    private static final int MOST_IMAGES = 4;

    private DataInputs() {}

    /** The reader of JPEG alone: what comes out of it is pixels or its own exception. */
    public static void jpeg(byte[] input) {
        JpegDecoder decoder = new JpegDecoder();
        try {
            decoder.open(input, input.length);
            if ((long) decoder.width() * decoder.height() > MOST_PIXELS) return;
            byte[] pixels = new byte[decoder.channels() * decoder.width() * decoder.height()];
            decoder.decode(pixels, System.nanoTime() + Decoder.MAX_NANOS);
        } catch (JpegException e) {
            // Refused.
        }
    }

    /** A file of any kind of picture, as everything that reads pictures does it. */
    public static void picture(byte[] input) {
        FileBytes content = new FileBytes();
        content.set(input);
        new Decoder(MOST_PIXELS, Decoder.MAX_NANOS).decode("picture", content);
    }

    /** As images with two good labels, and as labels of two good images. */
    public static void idx(byte[] input, Path folder) throws IOException {
        ByteSource given = ByteSource.file(Files.write(folder.resolve("given"), input));
        ByteSource images = ByteSource.file(Files.write(folder.resolve("images"), idxImages()));
        ByteSource labels = ByteSource.file(Files.write(folder.resolve("labels"), idxLabels()));
        List<DataException> refused = new ArrayList<>();
        for (ByteSource[] pair : new ByteSource[][] {{given, labels}, {images, given}}) {
            try {
                all(IdxReader.read("idx", pair[0], pair[1], Samples.DIGITS));
            } catch (DataException e) {
                refused.add(e);
            }
        }
        if (refused.size() == 2) throw refused.get(0);
    }

    private static byte[] idxImages() {
        return Samples.idx(8, new int[] {2, 3, 3}, Samples.pattern(18));
    }

    private static byte[] idxLabels() {
        return Samples.idx(8, new int[] {2}, new byte[] {3, 7});
    }

    /** Records; what is longer than two of them is the file of class names. */
    public static void cifar(byte[] input, Path folder) throws IOException {
        int records = Math.min(input.length, CIFAR_RECORDS * Cifar10Reader.RECORD_BYTES);
        Files.write(folder.resolve("test_batch.bin"), java.util.Arrays.copyOf(input, records));
        Path names = folder.resolve(Cifar10Reader.NAMES_FILE);
        Files.deleteIfExists(names);
        if (records < input.length) Files.write(names, java.util.Arrays.copyOfRange(input, records, input.length));
        all(Cifar10Reader.read("cifar", folder, Split.TEST, CIFAR_RECORDS));
    }

    /** An archive of pictures and labels. */
    public static void tar(byte[] input, Path folder) throws IOException {
        Files.write(folder.resolve("train-000.tar"), input);
        opened(folder);
    }

    /** A list of pictures and labels, in a folder that has some of the pictures. */
    public static void csv(byte[] input, Path folder) throws IOException {
        if (!Files.exists(folder.resolve("a.png"))) TestPictures.png(folder.resolve("a.png"), 4, 4, 10);
        opened(Files.write(folder.resolve("list.csv"), input));
    }

    private static void opened(Path place) {
        try (Dataset data = Datasets.open(DataOptions.of(place, Split.TRAIN).withMaxBad(BadShare.parse("100%")))) {
            all(data);
        }
    }

    private static void all(Dataset data) {
        ByteBuffer image = ByteBuffer.allocate(data.imageShape().bytes());
        for (int i = 0; i < Math.min(data.size(), MOST_IMAGES); i++) {
            data.read(i, image.clear());
            if (data.label(i) < 0 || data.label(i) >= data.classNames().size())
                throw new IllegalStateException("label " + data.label(i) + " of " + data.classNames());
        }
    }

    /** Good JPEG files of many varieties. */
    public static List<byte[]> jpegs() {
        List<byte[]> files = new ArrayList<>();
        traces("jpeg.zip").values().stream()
                .filter(f -> f.length < 8_000 && f.length > 2 && f[0] == -1)
                .forEach(files::add);
        return files;
    }

    /** Good pictures of this kind. */
    public static List<byte[]> pictures(String ending) {
        List<byte[]> files = new ArrayList<>();
        traces("pictures.zip").forEach((name, file) -> {
            if (name.endsWith("." + ending)) files.add(file);
        });
        if (files.isEmpty()) throw new IllegalStateException("no picture ends in " + ending);
        return files;
    }

    private static Map<String, byte[]> traces(String archive) {
        Map<String, byte[]> traces = new TreeMap<>();
        try (InputStream in = DataInputs.class.getResourceAsStream("/voluta/traces/" + archive);
                ZipInputStream zip = new ZipInputStream(in)) {
            for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
                traces.put(e.getName(), zip.readAllBytes());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return traces;
    }

    public static List<byte[]> idxFiles() {
        return List.of(idxImages(), idxLabels(), Samples.gzip(idxImages()));
    }

    public static List<byte[]> cifarFiles() {
        byte[] records = Samples.pattern(CIFAR_RECORDS * Cifar10Reader.RECORD_BYTES);
        records[0] = 3;
        records[Cifar10Reader.RECORD_BYTES] = 9;
        byte[] names = String.join("\n", Cifar10Reader.CLASS_NAMES).getBytes(StandardCharsets.UTF_8);
        byte[] both = java.util.Arrays.copyOf(records, records.length + names.length);
        System.arraycopy(names, 0, both, records.length, names.length);
        return List.of(records, both);
    }

    /** Archives with long names, in the older and in the newer manner, and with classes as files or in JSON. */
    public static List<byte[]> tars() {
        return List.of(tar(TarArchiveOutputStream.LONGFILE_GNU), tar(TarArchiveOutputStream.LONGFILE_POSIX));
    }

    private static byte[] tar(int longNames) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        byte[] picture = TestPictures.encoded(TestPictures.photo(4, 4, 1), "png");
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes)) {
            tar.setLongFileMode(longNames);
            for (int i = 0; i < 2; i++) {
                add(tar, "n".repeat(110 * i) + i + ".png", picture);
                add(tar, "n".repeat(110 * i) + i + ".cls", Integer.toString(i).getBytes(StandardCharsets.UTF_8));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    private static void add(TarArchiveOutputStream tar, String name, byte[] content) throws IOException {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }
}
