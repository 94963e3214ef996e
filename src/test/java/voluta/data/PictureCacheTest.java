package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PictureCacheTest {
    private static final int COUNT = 300;

    @TempDir
    private Path folder;

    private Path caches;
    private DataOptions options;

    @BeforeEach
    void pictures() throws IOException {
        for (int i = 0; i < COUNT; i++)
            TestPictures.png(folder.resolve("train/a/" + i + ".png"), 3 + i % 5, 4, i % 256);
        Files.write(folder.resolve("train/a/100.png"), new byte[9]);
        caches = folder.resolve("caches/here");
        options = DataOptions.of(folder, Split.TRAIN)
                .withCacheDir(Optional.of(caches))
                .withMaxBad(new BadShare(0.5));
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(caches)) {
            return files.toList();
        }
    }

    private static void assertReads(Dataset data) {
        for (int i = 0; i < COUNT; i++) {
            int index = i;
            if (i == 100) {
                assertThrows(PictureException.class, () -> data.picture(index));
                continue;
            }
            Image image = data.picture(i);
            assertEquals(new ImageShape(3, 4, 3 + i % 5), image.shape());
            assertEquals((byte) i, image.pixels()[image.pixels().length - 1]);
        }
        assertEquals(1, data.skips().count());
    }

    @Test
    void pixelsComeFromTheFileUntilAPictureChanges() throws IOException {
        for (int round = 0; round < 2; round++) {
            try (Dataset data = Datasets.open(options)) {
                assertReads(data);
            }
            assertEquals(1, files().size());
        }
        // Same size and date, other content: proof that the second opening does not decode.
        Path picture = folder.resolve("train/a/7.png");
        FileTime date = Files.getLastModifiedTime(picture);
        byte[] content = Files.readAllBytes(picture);
        content[content.length / 2] ^= 1;
        Files.write(picture, content);
        Files.setLastModifiedTime(picture, date);
        try (Dataset data = Datasets.open(options)) {
            assertReads(data);
        }
        TestPictures.png(picture, 9, 9, 50);
        try (Dataset data = Datasets.open(options)) {
            assertEquals(9, data.picture(7).shape().width());
        }
        assertEquals(2, files().size());
    }

    @Test
    void damagedFilesAreNamed() throws IOException {
        Datasets.open(options).close();
        Path file = files().get(0);
        byte[] good = Files.readAllBytes(file);
        for (int length : new int[] {0, 10, good.length - 1, good.length / 2}) {
            Files.write(file, java.util.Arrays.copyOf(good, length));
            DataException e = assertThrows(DataException.class, () -> Datasets.open(options));
            assertTrue(e.getMessage().contains("--cache-dir"), e.getMessage());
        }
        java.util.Random random = new java.util.Random(4);
        for (int i = 0; i < 500; i++) {
            byte[] bad = good.clone();
            bad[bad.length - 1 - random.nextInt(24 + 20 * COUNT)] = (byte) random.nextInt();
            Files.write(file, bad);
            try (Dataset data = Datasets.open(options)) {
                for (int p = 0; p < COUNT; p++) if (p != 100) data.picture(p);
            } catch (DataException e) {
                assertTrue(!e.getMessage().isEmpty());
            }
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsNamed() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        DataOptions wrong = options.withCacheDir(Optional.of(file.resolve("x")));
        DataException e = assertThrows(DataException.class, () -> Datasets.open(wrong));
        assertTrue(e.getMessage().contains("--cache-dir"), e.getMessage());
    }

    @Test
    void memoryKeepsPicturesAsLongAsThereIsRoom() throws IOException {
        MemoryCache cache = new MemoryCache(3, 20);
        Image image = new Image(new ImageShape(1, 2, 5), new byte[10]);
        for (int i = 0; i < 3; i++) cache.put(i, image);
        assertEquals(image, cache.get(0));
        assertEquals(image, cache.get(1));
        assertEquals(null, cache.get(2));
        try (Dataset data = Datasets.open(DataOptions.of(folder, Split.TRAIN).withMaxBad(new BadShare(0.5)))) {
            byte[] before = data.picture(5).pixels();
            Files.delete(folder.resolve("train/a/5.png"));
            assertArrayEquals(before, data.picture(5).pixels());
        }
    }
}
