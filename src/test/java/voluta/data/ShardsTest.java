package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class ShardsTest {
    @TempDir
    private Path folder;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes);

    private void add(String name, byte[] content) throws IOException {
        tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_GNU);
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(content.length);
        tar.putArchiveEntry(entry);
        tar.write(content);
        tar.closeArchiveEntry();
    }

    private void sample(String key, int value, String label) throws IOException {
        add(key + ".png", TestPictures.encoded(plain(value), "png"));
        add(key + ".cls", label.getBytes(StandardCharsets.UTF_8));
    }

    private static java.awt.image.BufferedImage plain(int value) {
        var image = new java.awt.image.BufferedImage(4, 4, java.awt.image.BufferedImage.TYPE_BYTE_GRAY);
        for (int i = 0; i < 16; i++) image.getRaster().setSample(i % 4, i / 4, 0, value);
        return image;
    }

    private Path finish(String name) throws IOException {
        tar.close();
        Path file = folder.resolve(name);
        Samples.write(file.getParent(), file.getFileName().toString(), bytes.toByteArray());
        bytes.reset();
        tar = new TarArchiveOutputStream(bytes);
        return file;
    }

    private DataException refused(String name) throws IOException {
        finish(name);
        return assertThrows(DataException.class, () -> Datasets.open(folder, Split.TRAIN));
    }

    @Test
    void samplesAreReadWhereTheyLie() throws IOException {
        sample("x/0001", 10, "9\n");
        add("x/0001.json", new byte[] {'{', '}'});
        sample("x/0002", 20, "10");
        finish("train-000010.tar");
        sample("y/0001", 30, "10");
        finish("train-000009.tar");
        try (Dataset data = Datasets.open(folder, Split.TRAIN)) {
            assertEquals(List.of("9", "10"), data.classNames());
            assertEquals(3, data.size());
            assertArrayEquals(new int[] {0, 1}, data.shards());
            for (int i = 0; i < 3; i++) assertEquals(new int[] {30, 10, 20}[i], Samples.image(data, i)[5]);
            assertEquals(0, data.label(1));
            assertTrue(data.describe(1).endsWith("train-000010.tar:x/0001.png"), data.describe(1));
        }
    }

    @Test
    void aFolderOfArchivesDoesAsWell() throws IOException {
        sample("a", 10, "ant");
        finish("train/one.tar");
        assertEquals(List.of("ant"), Datasets.open(folder, Split.TRAIN).classNames());
        TestPictures.png(folder.resolve("train/ant/1.png"), 4, 4, 1);
        DataException e = assertThrows(DataException.class, () -> Datasets.open(folder, Split.TRAIN));
        assertTrue(e.getMessage().contains("both"), e.getMessage());
    }

    @Test
    void whatIsNoPlainFileIsRefused() throws IOException {
        sample("a", 10, "ant");
        TarArchiveEntry link = new TarArchiveEntry("b.png", TarConstants.LF_SYMLINK);
        link.setLinkName("/etc/passwd");
        tar.putArchiveEntry(link);
        tar.closeArchiveEntry();
        assertTrue(refused("train.tar").getMessage().contains("'b.png', which is no plain file"));
        TarArchiveEntry device = new TarArchiveEntry("b.png", TarConstants.LF_CHR);
        tar.putArchiveEntry(device);
        tar.closeArchiveEntry();
        assertTrue(refused("train.tar").getMessage().contains("no plain file"));
    }

    @Test
    void halfSamplesTwinsAndCompressedArchivesAreRefused() throws IOException {
        add("a.png", TestPictures.encoded(plain(1), "png"));
        assertTrue(refused("train.tar").getMessage().contains("'a.png' without a label"));
        add("a.cls", new byte[] {'1'});
        assertTrue(refused("train.tar").getMessage().contains("without a picture"));
        sample("a", 10, "ant");
        sample("a", 10, "ant");
        assertTrue(refused("train.tar").getMessage().contains("two pictures for 'a'"));
        sample("a", 10, " ");
        assertTrue(refused("train.tar").getMessage().contains("label of 'a.png' is empty"));
        add("notes.md", new byte[10]);
        assertTrue(refused("train.tar").getMessage().contains("no pictures"));
        Files.delete(folder.resolve("train.tar"));
        sample("a", 10, "ant");
        assertTrue(refused("train.tar.gz").getMessage().contains("compressed"));
    }

    /** Images of one archive come together; all come once; another epoch has another order; and it can be repeated. */
    @Test
    void theOrderGoesThroughOneArchiveAfterAnother() {
        int n = 40_000;
        int[] shards = {0, 10_000, 20_000, 30_000};
        EpochOrder order = new EpochOrder(n, true, 5, shards);
        order.draw(0);
        BitSet seen = new BitSet();
        for (int i = 0; i < n; i++) seen.set(order.at(i));
        assertEquals(n, seen.cardinality());
        int[] first = new int[n];
        for (int i = 0; i < n; i++) first[i] = order.at(i);
        // The first part comes from the first two archives that the buffer holds.
        assertEquals(
                2,
                Arrays.stream(first, 0, 3_000).map(i -> i / 10_000).distinct().count());
        int still = 0;
        for (int i = 1; i < n; i++) if (first[i] == first[i - 1] + 1) still++;
        assertTrue(still < 100, still + " neighbours stayed together");
        order.draw(1);
        int same = 0;
        for (int i = 0; i < n; i++) if (order.at(i) == first[i]) same++;
        assertTrue(same < 100, same + " are where they were");
        EpochOrder again = new EpochOrder(n, true, 5, shards);
        again.draw(0);
        for (int i = 0; i < n; i++) assertEquals(first[i], again.at(i));
    }

    /** Closing a loader interrupts its workers; the archives must be readable afterwards. */
    @Test
    void anInterruptedReaderLeavesTheArchiveOpen() throws IOException {
        for (int i = 0; i < 8; i++) sample("s" + i, i, "ant");
        finish("train.tar");
        try (Dataset data = Datasets.open(DataOptions.of(folder, Split.TRAIN).withCacheBytes(0))) {
            Thread.currentThread().interrupt();
            assertEquals(3, Samples.image(data, 3)[0]);
            assertTrue(Thread.interrupted());
            assertEquals(4, Samples.image(data, 4)[0]);
        }
    }

    /** Whatever the bytes are, the outcome is a data set or a DataException, and pictures are read or refused. */
    @Test
    @Timeout(120)
    void damageIsContained() throws IOException {
        sample("a/0001", 10, "ant");
        sample("a/" + "long".repeat(40), 20, "bee");
        sample("a/0003", 30, "cat");
        byte[] good = Files.readAllBytes(finish("train.tar"));
        Path file = folder.resolve("train.tar");
        Random random = new Random(2);
        int opened = 0, read = 0;
        for (int i = 0; i < 3_000; i++) {
            byte[] bad = i % 4 == 0 ? Arrays.copyOf(good, random.nextInt(good.length)) : good.clone();
            for (int k = random.nextInt(4); k >= 0 && bad.length > 0; k--) {
                bad[random.nextInt(bad.length)] = (byte) random.nextInt();
            }
            if (i % 2 == 0) repairChecksums(bad);
            Files.write(file, bad);
            try (Dataset data =
                    Datasets.open(DataOptions.of(folder, Split.TRAIN).withMaxBad(new BadShare(1)))) {
                opened++;
                for (int p = 0; p < data.size(); p++) {
                    try {
                        data.picture(p);
                        read++;
                    } catch (PictureException e) {
                        assertFalse(e.reason().isEmpty());
                    }
                }
            } catch (DataException e) {
                assertFalse(e.getMessage().isEmpty());
            }
        }
        assertTrue(opened > 300 && read > 300, opened + " opened, " + read + " read");
    }

    /** Makes the headers' checksums right again, so that damage gets past them. */
    private static void repairChecksums(byte[] tar) {
        for (int at = 0; at + 512 <= tar.length; at += 512) {
            if (tar[at + 257] != 'u' || tar[at + 258] != 's') continue;
            Arrays.fill(tar, at + 148, at + 156, (byte) ' ');
            int sum = 0;
            for (int i = 0; i < 512; i++) sum += tar[at + i] & 0xff;
            byte[] text = String.format("%06o\0 ", sum).getBytes(StandardCharsets.US_ASCII);
            System.arraycopy(text, 0, tar, at + 148, 8);
        }
    }
}
