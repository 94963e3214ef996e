package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NpzReaderTest {
    /** What NumPy writes for {@code numpy.savez_compressed(f, x=numpy.array([[1.5, -2, 3.25]], dtype='f4'))}. */
    private static final String COMPRESSED =
            "504b03042d0000000800000021007fad3550ffffffffffffffff05001400782e6e7079010010008c0000000000000051"
                    + "000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366a2aea3a09e965f54529498179f"
                    + "5f94920a12774bcc294e058a17672416a402f91a863a0ac69a3a0ab50a64032e068603f60c40828121c00100"
                    + "504b01022d032d0000000800000021007fad3550510000008c00000005000000000000000000000080010000"
                    + "0000782e6e7079504b0506000000000100010033000000880000000000";

    private static final byte[] ONE = NpyReaderTest.npy("<f4", "1, 2", false, NpyReaderTest.floats(4, 5));

    @TempDir
    private Path folder;

    private Path zip(String name, boolean plain, byte[] content, String... members) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        try (OutputStream out = Files.newOutputStream(file);
                ZipOutputStream zip = new ZipOutputStream(out)) {
            if (plain) zip.setLevel(0);
            for (String member : members) {
                zip.putNextEntry(new ZipEntry(member));
                zip.write(content);
            }
        }
        return file;
    }

    private String fault(Path file) {
        String message =
                assertThrows(PictureException.class, () -> NpzReader.read(file)).getMessage();
        assertTrue(message.startsWith(file.toString()), message);
        return message;
    }

    @Test
    void readsWhatNumpyWrites() throws IOException {
        Path file = Files.write(folder.resolve("a.NPZ"), HexFormat.of().parseHex(COMPRESSED));
        NpyReader.Array array = NpyReader.read(file, new FileBytes());
        assertEquals(List.of(1, 3), array.dims());
        assertArrayEquals(new float[] {1.5f, -2, 3.25f}, array.values());
        List<NamedArray> named = NamedArray.read(file);
        assertEquals(1, named.size());
        assertArrayEquals(new float[] {1.5f, -2, 3.25f}, named.get(0).numbers());
    }

    @Test
    void classFoldersOfArchivesAreADataSet() throws IOException {
        zip("train/a/1.npz", false, ONE, "signal.npy");
        zip("train/b/2.npz", true, ONE, "arr_0.npy");
        Files.write(folder.resolve("train/b/3.npy"), ONE);
        try (Dataset data = Datasets.open(DataOptions.of(folder, Split.TRAIN))) {
            assertEquals(3, data.size());
            assertEquals(List.of("a", "b"), data.classNames());
            assertEquals(List.of(1, 2), data.arrayShape().orElseThrow().dims());
        }
    }

    @Test
    void oneArrayIsOneSample() throws IOException {
        assertTrue(fault(zip("two.npz", false, ONE, "x.npy", "y.npy")).contains("holds 2 arrays (x, y); save each"));
        assertTrue(fault(zip("none.npz", false, ONE, "x.txt")).contains("holds no array; save each"));
        byte[] objects = NpyReaderTest.npy("|O8", "1,", false, new byte[8]);
        Path file = zip("objects.npz", false, objects, "x.npy");
        assertTrue(fault(file).startsWith(file + ", x "), fault(file));
    }

    @Test
    void damageIsNoticed() throws IOException {
        Path whole = zip("whole.npz", true, ONE, "x.npy");
        byte[] bytes = Files.readAllBytes(whole);
        assertArrayEquals(new float[] {4, 5}, NpzReader.read(whole).values());
        for (int cut : new int[] {0, 3, 40, bytes.length / 2, bytes.length - 1}) {
            Path file = Files.write(folder.resolve("cut.npz"), Arrays.copyOf(bytes, cut));
            assertTrue(fault(file).contains("is no archive that can be read"), fault(file));
        }
        int element = 0;
        while (!Arrays.equals(bytes, element, element + 4, new byte[] {0, 0, (byte) 0x80, 0x40}, 0, 4)) element++;
        bytes[element]++;
        assertTrue(fault(Files.write(folder.resolve("flipped.npz"), bytes)).contains("is damaged"));
        assertTrue(fault(folder.resolve("missing.npz")).contains("is no archive that can be read"));
    }

    /** The directory's size of the member, four bytes from its 24th on, says two gigabytes. */
    @Test
    void aShortFileClaimsNoLargeArray() throws IOException {
        byte[] bytes = Files.readAllBytes(zip("a.npz", false, ONE, "x.npy"));
        int directory = bytes.length - 22 - 46 - "x.npy".length();
        assertEquals('P', bytes[directory]);
        bytes[directory + 27] = 0x7f;
        assertTrue(fault(Files.write(folder.resolve("large.npz"), bytes)).contains("and cannot hold more than"));
    }
}
