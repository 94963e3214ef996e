package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureFoldersTest {
    @TempDir
    private Path folder;

    private static void assertSays(Throwable error, String... parts) {
        for (String part : parts) assertTrue(error.getMessage().contains(part), error.getMessage());
    }

    private DataException refused(Split split) {
        return assertThrows(DataException.class, () -> Datasets.open(folder, split));
    }

    @Test
    void classesAndPicturesAreInNaturalOrder() {
        for (String name : List.of("train/class10/b.png", "train/class2/x10.PNG", "train/class2/x9.png")) {
            TestPictures.png(folder.resolve(name), 4, 4, 100);
        }
        TestPictures.png(folder.resolve("train/class2/deeper/x1.png"), 4, 4, 100);
        TestPictures.png(folder.resolve("train/.hidden/x1.png"), 4, 4, 100);
        TestPictures.png(folder.resolve("train/class2/.hidden.png"), 4, 4, 100);
        Samples.write(folder.resolve("train/class2"), "notes.txt", new byte[3]);
        try (Dataset data = Datasets.open(folder, Split.TRAIN)) {
            assertEquals(List.of("class2", "class10"), data.classNames());
            assertEquals(4, data.size());
            int[] labels = {data.label(0), data.label(1), data.label(2), data.label(3)};
            assertArrayEquals(new int[] {0, 0, 0, 1}, labels);
            assertTrue(data.describe(0).endsWith("class2/deeper/x1.png"), data.describe(0));
            assertTrue(data.describe(1).endsWith("x9.png"), data.describe(1));
            assertTrue(data.describe(2).endsWith("x10.PNG"), data.describe(2));
        }
    }

    @Test
    void naturalOrderIsAnOrder() {
        List<String> names =
                Arrays.asList("a10", "a2", "a02", "a", "a2b", "10", "9", "b", "a1a10", "a1a9", "99999999999999999999");
        names.sort(NaturalOrder.INSTANCE);
        assertEquals(
                List.of("9", "10", "99999999999999999999", "a", "a1a9", "a1a10", "a02", "a2", "a2b", "a10", "b"),
                names);
    }

    @Test
    void picturesAreBroughtToOneSizeAndGreyStaysGrey() {
        TestPictures.png(folder.resolve("train/a/1.png"), 8, 6, 50);
        TestPictures.greyPng(folder.resolve("train/b/1.png"), 6, 6, 90);
        TestPictures.greyPng(folder.resolve("val/a/1.png"), 6, 6, 90);
        try (Dataset data = Datasets.open(folder, Split.TRAIN)) {
            assertFalse(data.sameSize());
            assertEquals(3, data.imageShape().channels());
            Dataset small = data.resized(new ImageShape(3, 5, 4));
            assertTrue(small.sameSize());
            assertEquals(50, Samples.image(small, 0)[0]);
            assertEquals(90, Samples.image(small, 1)[59]);
            assertEquals(new ImageShape(3, 6, 8), data.picture(0).shape());
        }
        try (Dataset data = Datasets.open(folder, Split.VALIDATION)) {
            assertEquals(new ImageShape(1, 6, 6), data.imageShape());
            assertTrue(data.sameSize());
        }
    }

    /** The mistake that shifts all labels behind a missing folder. */
    @Test
    void aValidationFolderThatLacksAClassIsMappedByName() {
        for (String name : List.of("ant", "bee", "cat"))
            TestPictures.png(folder.resolve("train/" + name + "/1.png"), 4, 4, 1);
        TestPictures.png(folder.resolve("validation/cat/1.png"), 4, 4, 1);
        Dataset training = Datasets.open(folder, Split.TRAIN);
        Dataset validation = Datasets.open(folder, Split.VALIDATION);
        assertEquals(0, validation.label(0));
        Dataset mapped = validation.withClasses(training.classNames()).resized(new ImageShape(3, 2, 2));
        assertEquals(2, mapped.label(0));
        assertEquals(List.of("ant", "bee", "cat"), mapped.classNames());
        TestPictures.png(folder.resolve("validation/dog/1.png"), 4, 4, 1);
        Dataset strange = Datasets.open(folder, Split.VALIDATION);
        assertSays(
                assertThrows(DataException.class, () -> strange.withClasses(training.classNames())),
                "'dog'",
                "validation",
                "'ant', 'bee', 'cat'");
    }

    @Test
    void aClassMapFixesTheOrder() throws IOException {
        for (String name : List.of("ant", "bee")) TestPictures.png(folder.resolve("train/" + name + "/1.png"), 4, 4, 1);
        Path map = Files.writeString(folder.resolve("map.txt"), "cat\nbee\nant\n");
        DataOptions options = DataOptions.of(folder, Split.TRAIN).withClassMap(Optional.of(map));
        try (Dataset data = Datasets.open(options)) {
            assertEquals(List.of("cat", "bee", "ant"), data.classNames());
            assertEquals(2, data.label(0));
            assertEquals(1, data.label(1));
        }
        Files.writeString(map, "cat\nant\n");
        assertSays(assertThrows(DataException.class, () -> Datasets.open(options)), "'bee'", "class map");
        Files.writeString(map, "ant\n\nbee\n");
        assertSays(assertThrows(DataException.class, () -> Datasets.open(options)), "empty line 2");
    }

    @Test
    void splitsAreFoundByTheirUsualNamesAndByTheirOwn() {
        for (String split : List.of("train", "test", "fold1")) {
            TestPictures.png(folder.resolve(split + "/" + split + "/1.png"), 4, 4, 1);
        }
        assertEquals(List.of("test"), Datasets.open(folder, Split.VALIDATION).classNames());
        TestPictures.png(folder.resolve("val/val/1.png"), 4, 4, 1);
        assertEquals(List.of("val"), Datasets.open(folder, Split.VALIDATION).classNames());
        assertEquals(List.of("test"), Datasets.open(folder, Split.TEST).classNames());
        assertEquals(
                List.of("fold1"), Datasets.open(folder, Split.parse("fold1")).classNames());
        assertSays(refused(Split.parse("fold2")), "fold2");
    }

    @Test
    void whatIsMissingIsNamed() throws IOException {
        Files.createDirectories(folder.resolve("train"));
        assertSays(refused(Split.TRAIN), "train holds neither");
        TestPictures.png(folder.resolve("train/full/1.png"), 4, 4, 1);
        Files.createDirectories(folder.resolve("train/empty"));
        assertSays(refused(Split.TRAIN), "'empty'", "png");
        Files.delete(folder.resolve("train/empty"));
        assertEquals(1, Datasets.open(folder, Split.TRAIN).size());
    }

    @Test
    void badPicturesAreCountedOnceAndTooManyEndTheReading() throws IOException {
        for (int i = 0; i < 50; i++) TestPictures.png(folder.resolve("train/a/" + i + ".png"), 4, 4, 1);
        Files.write(folder.resolve("train/a/31.png"), new byte[100]);
        DataOptions options = DataOptions.of(folder, Split.TRAIN).withMaxBad(BadShare.parse("2%"));
        try (Dataset data = Datasets.open(options)) {
            for (int round = 0; round < 2; round++) {
                PictureException e = assertThrows(PictureException.class, () -> Samples.image(data, 31));
                assertTrue(e.picture().endsWith("31.png"));
            }
            assertEquals(1, data.skips().count());
            assertEquals(31, data.skips().list().get(0).index());
            Files.write(folder.resolve("train/a/33.png"), new byte[100]);
            Files.delete(folder.resolve("train/a/35.png"));
            DataException e = assertThrows(DataException.class, () -> {
                for (int i = 32; i < 36; i++) {
                    try {
                        Samples.image(data, i);
                    } catch (PictureException skipped) {
                        assertEquals(35, i);
                    }
                }
            });
            assertSays(e, "2 of 50", "(2%)", "33.png", "--max-bad");
        }
        DataOptions none = options.withMaxBad(BadShare.parse("0"));
        try (Dataset data = Datasets.open(none)) {
            DataException e = assertThrows(DataException.class, () -> Samples.image(data, 31));
            assertFalse(e instanceof PictureException);
        }
    }

    @Test
    void aLoaderLeavesBadPicturesOut() throws IOException {
        for (int i = 0; i < 20; i++) TestPictures.png(folder.resolve("train/a/" + i + ".png"), 4, 4, 200);
        Files.write(folder.resolve("train/a/7.png"), new byte[100]);
        DataOptions options = DataOptions.of(folder, Split.TRAIN).withMaxBad(new BadShare(0.1));
        try (Dataset data = Datasets.open(options);
                BatchLoader loader = new BatchLoader(
                        data,
                        Samples.slots(2, 10, data),
                        LoaderOptions.evaluation(10).withWorkers(2))) {
            BatchSlot slot = loader.take();
            for (int i = 0; i < 10; i++) {
                assertEquals(i == 7 ? -1 : 0, slot.labels().getInt(4 * i));
                assertEquals(i == 7 ? 0 : (byte) 200, slot.images().get(48 * i));
            }
            // Statistics leave it out too: all other pixels are the same.
            assertEquals(0, DatasetStatistics.compute(data, 2).std()[0]);
        }
    }
}
