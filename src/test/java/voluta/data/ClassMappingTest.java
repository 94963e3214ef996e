package voluta.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Labels mean the same class wherever they come from. Every picture's grey value says which class it is of, so that a label
 * that is shifted by a class that is missing, empty, unknown or sorted elsewhere is seen.
 */
class ClassMappingTest {
    /** Names that sort differently as numbers, as texts and by case, and that differ in little. */
    private static final List<String> NAMES =
            List.of("10", "2", "02", "1", "ant", "Ant", "ant hill", "ant-2", "ant-10", "Ärger", "z,z", "0");

    @TempDir
    Path folder;

    private int made;

    private enum Kind {
        FOLDERS,
        CSV,
        SHARDS
    }

    /** Writes a split that holds some pictures of each of these classes, in this order. */
    private void write(Path place, String split, Kind kind, List<String> classes, Random random) throws IOException {
        StringBuilder rows = new StringBuilder("path,label\r\n");
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
            for (String name : classes) {
                for (int i = random.nextInt(2); i >= 0; i--) {
                    Path file = place.resolve(
                            split + (kind == Kind.FOLDERS ? "/" + name : "-files") + "/" + made++ + ".png");
                    if (kind != Kind.SHARDS) TestPictures.greyPng(file, 2, 2, 20 * NAMES.indexOf(name));
                    rows.append(place.relativize(file))
                            .append(",\"")
                            .append(name)
                            .append("\"\r\n");
                    if (kind == Kind.SHARDS) sample(tar, name);
                }
            }
        }
        if (kind == Kind.CSV) Files.writeString(place.resolve(split + ".csv"), rows);
        if (kind == Kind.SHARDS) Samples.write(place, split + "-000.tar", bytes.toByteArray());
    }

    private void sample(TarArchiveOutputStream tar, String name) throws IOException {
        Path file = folder.resolve("one.png");
        TestPictures.greyPng(file, 2, 2, 20 * NAMES.indexOf(name));
        String key = "s" + made++;
        for (boolean label : new boolean[] {false, true}) {
            byte[] content = label ? (name + "\n").getBytes(StandardCharsets.UTF_8) : Files.readAllBytes(file);
            TarArchiveEntry entry = new TarArchiveEntry(key + (label ? ".cls" : ".png"));
            entry.setSize(content.length);
            tar.putArchiveEntry(entry);
            tar.write(content);
            tar.closeArchiveEntry();
        }
    }

    private static List<String> some(List<String> names, int count, Random random) {
        List<String> shuffled = new ArrayList<>(names);
        Collections.shuffle(shuffled, random);
        return shuffled.subList(0, count);
    }

    /** Fails unless each label is the place of the picture's class in {@code classes}. */
    private static void assertLabelled(Dataset data, List<String> classes) {
        assertEquals(classes, data.classNames());
        for (int i = 0; i < data.size(); i++) {
            String truth = NAMES.get((data.picture(i).pixels()[0] & 0xff) / 20);
            assertEquals(truth, classes.get(data.label(i)), data.describe(i));
        }
    }

    private Path map(List<String> names, Random random) throws IOException {
        String end = random.nextBoolean() ? "\r\n" : "\n", mark = random.nextBoolean() ? "\uFEFF" : "";
        String text = mark + String.join(random.nextBoolean() ? end : " " + end, names);
        if (random.nextBoolean()) text += end + end + " " + end;
        return Files.writeString(folder.resolve("map.txt"), text);
    }

    @Test
    void whateverIsMissingLabelsKeepTheirClass() throws IOException {
        Random random = new Random(8);
        int refused = 0, shifting = 0;
        for (int round = 0; round < 45; round++) {
            Path place = Files.createDirectories(folder.resolve("r" + round));
            List<String> known = some(NAMES, 3 + random.nextInt(6), random);
            List<String> others = some(random.nextInt(3) == 0 ? NAMES : known, 1 + random.nextInt(3), random);
            write(place, "train", Kind.values()[round % 3], known, random);
            write(place, "val", Kind.values()[random.nextInt(3)], others, random);
            Optional<Path> map = Optional.empty();
            List<String> expected = known.stream().sorted(NaturalOrder.INSTANCE).toList();
            if (random.nextInt(3) == 0) {
                expected = List.copyOf(some(known, known.size(), random));
                map = Optional.of(map(expected, random));
            }
            DataOptions options = DataOptions.of(place, Split.TRAIN).withClassMap(map);
            try (Dataset training = Datasets.open(options)) {
                assertLabelled(training, expected);
                boolean strange = !known.containsAll(others);
                if (strange) {
                    refused++;
                    DataException e =
                            assertThrows(DataException.class, () -> evaluation(options, training.classNames()));
                    String one = others.stream()
                            .filter(n -> !known.contains(n))
                            .findFirst()
                            .get();
                    assertTrue(e.getMessage().contains("'" + one + "'"), e.getMessage());
                    continue;
                }
                shifting++;
                try (Dataset evaluation = evaluation(options, training.classNames())) {
                    assertLabelled(evaluation, expected);
                    assertLabelled(evaluation.resized(new ImageShape(1, 3, 3)), expected);
                    // As a checkpoint does, whose classes may be in yet another order.
                    List<String> shuffled = List.copyOf(some(expected, expected.size(), random));
                    assertLabelled(evaluation.withClasses(shuffled), shuffled);
                    assertLabelled(evaluation.withClasses(shuffled).withClasses(expected), expected);
                }
            }
        }
        assertTrue(refused > 10 && shifting > 10, refused + " and " + shifting);
    }

    private static Dataset evaluation(DataOptions options, List<String> classes) {
        return Datasets.open(options.withSplit(Split.VALIDATION)).withClasses(classes);
    }

    @Test
    void mapsThatWouldShiftLabelsAreRefused() throws IOException {
        Path place = folder.resolve("d");
        write(place, "train", Kind.FOLDERS, List.of("ant", "2"), new Random(1));
        String[][] maps = {
            {"ant\n\n2\n", "an empty line 2"},
            {"\uFEFFant\r\n \r\n2", "an empty line 2"},
            {"\n2\nant\n", "an empty line 1"},
            {"2\nant\n2\n", "the class '2' twice, again in line 3"},
            {"2\nant \n", null},
            {"ant\n02\n", "has the class '2', which the class map lacks"},
            {"Ant\n2\n", "has the class 'ant', which the class map lacks"},
            {"", "names 0 classes"},
            {"\uFEFF\r\n", "names 0 classes"},
            {"ant\n2\nmore\n", null},
        };
        for (String[] m : maps) {
            Path map = Files.writeString(folder.resolve("map.txt"), m[0]);
            DataOptions options = DataOptions.of(place, Split.TRAIN).withClassMap(Optional.of(map));
            if (m[1] == null) {
                try (Dataset data = Datasets.open(options)) {
                    assertLabelled(data, m[0].strip().lines().map(String::strip).toList());
                }
                continue;
            }
            DataException e = assertThrows(DataException.class, () -> Datasets.open(options), m[0]);
            assertTrue(e.getMessage().contains(m[1]), e.getMessage());
        }
    }

    /** IDX files know numbers alone: there the map gives names; where names are known, it gives the order. */
    @Test
    void aMapCountsForDataOfEveryKind() throws IOException {
        List<String> reversed = new ArrayList<>(ClassNames.FASHION_MNIST);
        Collections.reverse(reversed);
        Path map = Files.write(folder.resolve("map.txt"), reversed);
        DataOptions options = DataOptions.of(null, Split.TEST).withClassMap(Optional.of(map));
        Dataset plain = Datasets.carried(Split.TEST);
        try (Dataset carried = Datasets.open(options)) {
            assertEquals(reversed, carried.classNames());
            for (int i = 0; i < 50; i++) assertEquals(9 - plain.label(i), carried.label(i));
        }
        Files.write(map, List.of("one", "two"));
        assertThrows(DataException.class, () -> Datasets.open(options));
        assertFalse(plain.classNames().contains("one"));
    }

    private static final List<String> SHUFFLED =
            List.of("truck", "cat", "airplane", "dog", "bird", "deer", "automobile", "ship", "frog", "horse");

    /** Two records in each batch, of the classes 3 and 8: cat and ship. */
    private Path cifar() {
        byte[] batch = new byte[2 * Cifar10Reader.RECORD_BYTES];
        batch[0] = 3;
        batch[Cifar10Reader.RECORD_BYTES] = 8;
        for (int i = 1; i <= 5; i++) Samples.write(folder.resolve("cifar"), "data_batch_" + i + ".bin", batch);
        Samples.write(folder.resolve("cifar"), "test_batch.bin", batch);
        return folder.resolve("cifar");
    }

    private Dataset cifar(Path place, Split split, List<String> map) throws IOException {
        DataOptions options = DataOptions.of(place, split);
        if (map != null) options = options.withClassMap(Optional.of(Files.write(folder.resolve("map.txt"), map)));
        return Datasets.open(options, place, 2);
    }

    private static String nameOf(Dataset data, int index) {
        return data.classNames().get(data.label(index));
    }

    @Test
    void cifarFollowsAMapAndIsMatchedByName() throws IOException {
        Path place = cifar();
        try (Dataset train = cifar(place, Split.TRAIN, SHUFFLED);
                Dataset test = cifar(place, Split.TEST, null)) {
            assertEquals(SHUFFLED, train.classNames());
            assertEquals(List.of("cat", "ship"), List.of(nameOf(train, 0), nameOf(train, 1)));
            assertEquals(1, train.label(0));
            assertEquals(3, test.label(0));
            // A checkpoint of the one, data of the other; and a network that knows more.
            for (List<String> known : List.of(SHUFFLED, Cifar10Reader.CLASS_NAMES)) {
                assertEquals("cat", nameOf(test.withClasses(known), 0));
                assertEquals("ship", nameOf(train.withClasses(known), 1));
            }
            List<String> more = new ArrayList<>(SHUFFLED);
            more.add(2, "plane");
            assertEquals("ship", nameOf(train.withClasses(more), 1));
            DataException e = assertThrows(DataException.class, () -> test.withClasses(List.of("cat", "ship")));
            assertTrue(e.getMessage().contains("'airplane', 'automobile', 'bird'"), e.getMessage());
        }
    }

    @Test
    void cifarRefusesAMapThatLacksAClass() throws IOException {
        Path place = cifar();
        List<String> nine = SHUFFLED.subList(0, 9);
        DataException e = assertThrows(DataException.class, () -> cifar(place, Split.TRAIN, nine));
        assertTrue(e.getMessage().contains("the class 'horse', which the class map "), e.getMessage());
        assertTrue(e.getMessage().endsWith("map.txt lacks; add a line for each"), e.getMessage());
        List<String> others = new ArrayList<>(Cifar10Reader.CLASS_NAMES);
        others.set(3, "kitten");
        Samples.write(place, Cifar10Reader.NAMES_FILE, String.join("\n", others).getBytes(StandardCharsets.UTF_8));
        try (Dataset other = cifar(place, Split.TEST, null)) {
            e = assertThrows(DataException.class, () -> other.withClasses(Cifar10Reader.CLASS_NAMES));
            assertTrue(e.getMessage().contains("'kitten'"), e.getMessage());
        }
    }

    private Dataset idx(String place, List<String> map) throws IOException {
        Path at = Files.createDirectories(folder.resolve(place));
        Samples.write(at, "train-images-idx3-ubyte", Samples.idx(8, new int[] {2, 3, 3}, Samples.pattern(18)));
        Samples.write(at, "train-labels-idx1-ubyte", Samples.idx(8, new int[] {2}, new byte[] {3, 7}));
        DataOptions options = DataOptions.of(at, Split.TRAIN);
        return Datasets.open(
                map == null ? options : options.withClassMap(Optional.of(Files.write(folder.resolve("map.txt"), map))));
    }

    @Test
    void aMapNamesNumbersOrOrdersNames() throws IOException {
        List<String> letters = List.of("a", "b", "c", "d", "e", "f", "g", "h");
        List<String> reversed = new ArrayList<>(ClassNames.FASHION_MNIST);
        Collections.reverse(reversed);
        List<String> digits = List.of("9", "8", "7", "6", "5", "4", "3", "2", "1", "0");
        List<String> longer = new ArrayList<>(Samples.DIGITS);
        longer.add("A");
        try (Dataset named = idx("some", letters);
                Dataset more = idx("some", longer);
                Dataset plain = idx("some", null);
                Dataset ordered = idx("some", digits);
                Dataset fashion = idx("fashion", null);
                Dataset turned = idx("fashion", reversed)) {
            assertEquals(List.of("d", "h"), List.of(nameOf(named, 0), nameOf(named, 1)));
            assertEquals(letters, named.classNames());
            assertEquals("3", nameOf(more, 0));
            assertEquals("3", nameOf(plain, 0));
            assertEquals(digits, ordered.classNames());
            assertEquals("3", nameOf(ordered, 0));
            assertEquals("Dress", nameOf(fashion, 0));
            // The names are known, so that a map in another order gives the order, and does not call a dress something
            // else.
            assertEquals(reversed, turned.classNames());
            assertEquals("Dress", nameOf(turned, 0));
            assertEquals("Dress", nameOf(fashion.withClasses(reversed), 0));
            DataException e = assertThrows(DataException.class, () -> plain.withClasses(letters));
            assertTrue(e.getMessage().contains("--class-map"), e.getMessage());
        }
    }

    @Test
    void aMapThatCouldMeanEitherIsRefused() {
        List<String> typo = new ArrayList<>(ClassNames.FASHION_MNIST);
        Collections.reverse(typo);
        typo.set(9, "T-shirt");
        DataException e = assertThrows(DataException.class, () -> idx("fashion", typo));
        assertTrue(e.getMessage().contains("has 'Ankle boot' in line 1"), e.getMessage());
        assertTrue(e.getMessage().contains("usually that of 9"), e.getMessage());
        e = assertThrows(DataException.class, () -> idx("some", List.of("1", "2", "3", "4", "5", "6", "7", "8")));
        assertTrue(e.getMessage().contains("has '1' in line 1"), e.getMessage());
        e = assertThrows(DataException.class, () -> idx("some", List.of("a", "b", "c", "d")));
        assertTrue(e.getMessage().contains("label 7"), e.getMessage());
    }

    /** A file beside the data names the numbers for good: the map orders those names. */
    @Test
    void namesBesideIdxFilesAreMatchedByName() throws IOException {
        List<String> names = List.of("ant", "bee", "cow", "dog", "elk", "fox", "gnu", "hen");
        Files.write(Files.createDirectories(folder.resolve("named")).resolve("labels.txt"), names);
        List<String> turned = new ArrayList<>(names);
        Collections.reverse(turned);
        try (Dataset data = idx("named", turned)) {
            assertEquals(turned, data.classNames());
            assertEquals(List.of("dog", "hen"), List.of(nameOf(data, 0), nameOf(data, 1)));
        }
        DataException e = assertThrows(DataException.class, () -> idx("named", List.of("dog", "hen")));
        assertTrue(e.getMessage().contains("the classes 'ant', 'bee'"), e.getMessage());
    }
}
