package voluta.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When pictures count as unchanged, with files whose stamps and contents are made up. */
class PictureContentsTest {
    private static final int COUNT = 200;
    private static final long HOUR = 3_600_000_000_000L;

    @TempDir
    private Path folder;

    private final Pictures pictures = new Pictures();

    /** Counts what is read. */
    private static final class Pictures implements PictureSource {
        private final byte[][] contents = new byte[COUNT][];
        private final FileStamp[] stamps = new FileStamp[COUNT];
        private final List<Integer> read = Collections.synchronizedList(new ArrayList<>());
        private String place = "/somewhere/";

        Pictures() {
            for (int i = 0; i < COUNT; i++) {
                contents[i] = new byte[100 + i];
                new Random(i).nextBytes(contents[i]);
                stamps[i] = new FileStamp(contents[i].length, FileStamp.now() - HOUR, FileStamp.now() - HOUR, i);
            }
        }

        @Override
        public int size() {
            return COUNT;
        }

        @Override
        public String picture(int index) {
            return place + name(index);
        }

        @Override
        public String name(int index) {
            return index + ".jpg";
        }

        @Override
        public int label(int index) {
            return 0;
        }

        @Override
        public List<String> classNames() {
            return List.of("a");
        }

        @Override
        public void read(int index, FileBytes into) throws IOException {
            read.add(index);
            if (contents[index] == null) throw new IOException("not there");
            into.set(contents[index].clone());
        }

        @Override
        public FileStamp stamp(int index) throws IOException {
            if (contents[index] == null) throw new IOException("not there");
            return stamps[index];
        }
    }

    private String key() {
        return PictureContents.of(folder, pictures).key();
    }

    private List<Integer> readFor(String key) {
        pictures.read.clear();
        assertEquals(key, key());
        List<Integer> read = new ArrayList<>(pictures.read);
        Collections.sort(read);
        return read;
    }

    private FileStamp changedNow(FileStamp s, long before) {
        return new FileStamp(s.size(), s.modified(), FileStamp.now() - before, s.file());
    }

    /** A picture that changes between the look and the decoding is not kept under the name of what it was. */
    @Test
    void whatAPictureHeldIsKnown() throws IOException {
        PictureContents contents = PictureContents.of(folder, pictures);
        FileBytes bytes = new FileBytes();
        pictures.read(3, bytes);
        assertTrue(contents.holds(3, bytes));
        assertFalse(contents.holds(4, bytes));
        pictures.contents[3][99]++;
        pictures.read(3, bytes);
        assertFalse(contents.holds(3, bytes));
    }

    /** Such a stamp says nothing, even where it is the same twice. */
    @Test
    void picturesWithoutAStampAreReadEachTime() {
        pictures.stamps[5] = FileStamp.NONE;
        String key = key();
        assertEquals(List.of(5), readFor(key));
    }

    @Test
    void filesWithTheSameStampAreNotReadAgain() {
        String key = key();
        assertEquals(COUNT, pictures.read.size());
        assertEquals(List.of(), readFor(key));
        // Copied over, for instance: the same bytes and the same date.
        pictures.stamps[17] = changedNow(pictures.stamps[17], HOUR / 2);
        assertEquals(List.of(17), readFor(key));
        assertEquals(List.of(), readFor(key));
    }

    @Test
    void otherBytesAreAnotherKeyAlsoWithTheSameSizeAndDate() {
        String key = key();
        pictures.contents[17][50] ^= 1;
        pictures.stamps[17] = changedNow(pictures.stamps[17], HOUR / 2);
        String other = key();
        assertNotEquals(key, other);
        pictures.contents[17] = null;
        assertFalse(List.of(key, other).contains(key()));
    }

    @Test
    void whatHasOnlyJustChangedIsReadEachTime() {
        pictures.stamps[3] = changedNow(pictures.stamps[3], 0);
        String key = key();
        assertEquals(List.of(3), readFor(key));
        // So a change that leaves the stamp as it was, within the same tick of a clock, is noticed.
        pictures.contents[3][0] ^= 1;
        assertNotEquals(key, key());
    }

    @Test
    void withoutATimeOfChangeAllIsReadEachTime() {
        Arrays.setAll(
                pictures.stamps,
                i -> new FileStamp(pictures.stamps[i].size(), 0, FileStamp.NONE.changed(), pictures.stamps[i].file()));
        assertEquals(COUNT, readFor(key()).size());
        assertEquals(Optional.empty(), FileStamp.ofAll(pictures, FileStamp.now()));
    }

    @Test
    void thePlaceDoesNotMatterButTheOrderDoes() {
        String key = key();
        pictures.place = "/elsewhere/";
        assertEquals(COUNT, readFor(key).size());
        byte[] first = pictures.contents[0];
        pictures.contents[0] = pictures.contents[1];
        pictures.contents[1] = first;
        pictures.place = "/swapped/";
        assertNotEquals(key, key());
    }

    @Test
    void damageIsNoticedByTheChecksum() throws IOException {
        String key = key();
        Path file;
        try (Stream<Path> files = Files.list(folder)) {
            file = files.findFirst().orElseThrow();
        }
        byte[] good = Files.readAllBytes(file);
        Random random = new Random(2);
        for (int i = 0; i < 8; i++) {
            byte[] bad = good.clone();
            bad[random.nextInt(bad.length)] ^= (byte) (1 << random.nextInt(8));
            Files.write(file, i == 0 ? Arrays.copyOf(good, good.length / 2) : bad);
            assertEquals(COUNT, readFor(key).size());
        }
        assertEquals(List.of(), readFor(key));
    }

    @Test
    void aFolderThatCannotBeWrittenToCostsReading() throws IOException {
        Path file = Files.createFile(folder.resolve("file"));
        String key = key();
        assertEquals(key, PictureContents.of(file.resolve("x"), pictures).key());
    }

    @Test
    void stampsNameTheDataWhereTheyAreSettled() {
        Optional<String> name = FileStamp.ofAll(pictures, FileStamp.now());
        assertTrue(name.isPresent());
        assertEquals(name, FileStamp.ofAll(pictures, FileStamp.now()));
        pictures.stamps[5] = changedNow(pictures.stamps[5], HOUR / 2);
        assertNotEquals(name, FileStamp.ofAll(pictures, FileStamp.now()));
        pictures.stamps[5] = changedNow(pictures.stamps[5], 0);
        assertEquals(Optional.empty(), FileStamp.ofAll(pictures, FileStamp.now()));
        pictures.contents[5] = null;
        assertEquals(Optional.empty(), FileStamp.ofAll(pictures, FileStamp.now()));
    }

    /** The rule rests on this: a date that is set back moves the other time. */
    @Test
    void aStampChangesWithTheContentWhateverDateIsSet() throws Exception {
        Path file = Files.write(folder.resolve("1.jpg"), new byte[9]);
        FileTime date = FileTime.fromMillis(1_600_000_000_000L);
        Files.setLastModifiedTime(file, date);
        FileStamp before = FileStamp.of(file);
        Thread.sleep(30);
        Files.write(file, new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        Files.setLastModifiedTime(file, date);
        FileStamp after = FileStamp.of(file);
        assertEquals(before.size(), after.size());
        assertEquals(before.modified(), after.modified());
        assertTrue(!after.equals(before) || !after.settled(Long.MAX_VALUE));
        assertFalse(after.settled(FileStamp.now()));
    }
}
