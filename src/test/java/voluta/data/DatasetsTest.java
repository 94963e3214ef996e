package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DatasetsTest {
    private static final byte[] IMAGES = Samples.idx(8, new int[] {2, 3, 4}, Samples.pattern(24));
    private static final byte[] LABELS = Samples.idx(8, new int[] {2}, (byte) 1, (byte) 2);

    @TempDir
    Path folder;

    private String refused(Path place, Split split) {
        return assertThrows(DataException.class, () -> Datasets.open(place, split))
                .getMessage();
    }

    private static void assertSays(String message, String... parts) {
        for (String part : parts) assertTrue(message.contains(part), message);
    }

    @Test
    void theCarriedSubsetIsBalanced() {
        for (Split split : java.util.List.of(Split.TRAIN, Split.TEST)) {
            Dataset dataset = Datasets.open(null, split);
            int each = split == Split.TRAIN ? 1_000 : 200;
            int[] counts = new int[10];
            for (int i = 0; i < dataset.size(); i++) counts[dataset.label(i)]++;
            int[] expected = new int[10];
            Arrays.fill(expected, each);
            assertArrayEquals(expected, counts);
            assertEquals(new ImageShape(1, 28, 28), dataset.imageShape());
            assertEquals("Ankle boot", dataset.classNames().get(9));
        }
        // The official training file begins with the labels 9 0 0 3 0 2 7 2 5 5, all among the first of their class.
        Dataset train = Datasets.carried(Split.TRAIN);
        int[] first = new int[10];
        for (int i = 0; i < 10; i++) first[i] = train.label(i);
        assertArrayEquals(new int[] {9, 0, 0, 3, 0, 2, 7, 2, 5, 5}, first);
    }

    @ParameterizedTest
    @CsvSource({
        "., train-images-idx3-ubyte, train-labels-idx1-ubyte, false",
        "., train-images.idx3-ubyte, train-labels.idx1-ubyte, false",
        "., train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz, true",
        "., train-images.idx3-ubyte.gz, train-labels-idx1-ubyte, true",
        "mnist, train-images-idx3-ubyte, train-labels-idx1-ubyte, false",
        "MNIST/raw, train-images-idx3-ubyte, train-labels-idx1-ubyte, false",
    })
    void recognisesTheNamesAndPlacesOfIdxFiles(String place, String images, String labels, boolean gzip) {
        Samples.write(folder.resolve(place), images, gzip ? Samples.gzip(IMAGES) : IMAGES);
        Samples.write(folder.resolve(place), labels, gzip ? Samples.gzip(LABELS) : LABELS);
        Dataset dataset = Datasets.open(folder, Split.TRAIN);
        assertEquals(2, dataset.size());
        assertEquals(2, dataset.label(1));
        assertEquals(Samples.DIGITS, dataset.classNames());
        assertEquals(folder.getFileName() + " (train)", dataset.name());
    }

    @Test
    void namesTheClasses() {
        Path place = folder.resolve("FashionMNIST").resolve("raw");
        Samples.write(place, "t10k-images-idx3-ubyte", IMAGES);
        Samples.write(place, "t10k-labels-idx1-ubyte", LABELS);
        assertEquals(ClassNames.FASHION_MNIST, Datasets.open(folder, Split.TEST).classNames());
        Samples.write(place, "classes.txt", " zero \r\none\ntwo\n\n".getBytes());
        assertEquals(
                java.util.List.of("zero", "one", "two"),
                Datasets.open(folder, Split.TEST).classNames());
        Samples.write(place, "labels.txt", "zero\n\ntwo\n".getBytes());
        assertSays(refused(folder, Split.TEST), "labels.txt", "empty line 2");
        Samples.write(place, "labels.txt", "zero\none\nzero\n".getBytes());
        assertSays(refused(folder, Split.TEST), "'zero' twice", "line 3");
        Samples.write(place, "labels.txt", "\n".getBytes());
        assertSays(refused(folder, Split.TEST), "names 0 classes");
        Samples.write(place, "labels.txt", new byte[] {(byte) 0xff, (byte) 0xfe});
        assertSays(refused(folder, Split.TEST), "UTF-8");
        Samples.write(place, "labels.txt", "zero\none\n".getBytes());
        assertSays(refused(folder, Split.TEST), "label 2", "2 classes", "labels.txt");
    }

    @Test
    void saysWhatIsMissing() {
        assertSays(refused(folder.resolve("none"), Split.TRAIN), "does not exist");
        assertSays(refused(Samples.write(folder, "file", IMAGES), Split.TRAIN), "is not a folder");
        assertSays(refused(folder, Split.TRAIN), "train-images-idx3-ubyte", "data_batch_1.bin", "get-data.sh");
        Samples.write(folder, "t10k-images-idx3-ubyte", IMAGES);
        assertSays(refused(folder, Split.TRAIN), "the test split is there");
        assertSays(refused(folder, Split.TEST), "no t10k-labels-idx1-ubyte");
    }

    @Test
    void doesNotGuessBetweenTwoDataSets() {
        for (String place : new String[] {"a", "b"}) {
            Samples.write(folder.resolve(place), "train-images-idx3-ubyte", IMAGES);
            Samples.write(folder.resolve(place), "train-labels-idx1-ubyte", LABELS);
        }
        assertSays(
                refused(folder, Split.TRAIN),
                "more than one",
                folder.resolve("a").toString());
        assertEquals(2, Datasets.open(folder.resolve("b"), Split.TRAIN).size());
    }

    @Test
    void readsSplitNames() {
        assertEquals(Split.VALIDATION, Split.parse("Val"));
        assertEquals(Split.TRAIN, Split.parse("train"));
        assertSays(assertThrows(DataException.class, () -> Split.parse("x/y")).getMessage(), "'x/y'");
    }

    @Test
    void memoryDatasetsAreChecked() {
        ImageShape shape = new ImageShape(1, 2, 2);
        assertThrows(
                DataException.class, () -> new MemoryDataset("m", Samples.DIGITS, shape, new byte[7], new byte[2]));
        assertThrows(
                DataException.class, () -> new MemoryDataset("m", Samples.DIGITS, shape, new byte[0], new byte[0]));
        assertThrows(
                DataException.class, () -> new MemoryDataset("m", Samples.DIGITS, shape, new byte[4], new byte[] {11}));
    }
}
