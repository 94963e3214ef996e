package voluta.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class Cifar10ReaderTest {
    private static final int RECORDS = 2;

    @TempDir
    Path folder;

    private static byte[] batch(int number) {
        byte[] batch = Samples.pattern(RECORDS * Cifar10Reader.RECORD_BYTES);
        for (int r = 0; r < RECORDS; r++) batch[r * Cifar10Reader.RECORD_BYTES] = (byte) ((2 * number + r) % 10);
        return batch;
    }

    private void writeAll(Path place) {
        for (int i = 1; i <= 5; i++) Samples.write(place, "data_batch_" + i + ".bin", batch(i));
        Samples.write(place, "test_batch.bin", batch(0));
    }

    private Dataset open(Split split) {
        return Datasets.open(folder, split, RECORDS);
    }

    private String refused() {
        return assertThrows(DataException.class, () -> open(Split.TRAIN)).getMessage();
    }

    @Test
    void interleavesThePlanesOfEveryBatchInOrder() {
        writeAll(folder.resolve("cifar-10-batches-bin"));
        Dataset train = open(Split.TRAIN);
        assertEquals(10, train.size());
        assertEquals(new ImageShape(3, 32, 32), train.imageShape());
        assertEquals("frog", train.classNames().get(6));
        for (int index = 0; index < train.size(); index++) {
            byte[] batch = batch(1 + index / RECORDS);
            int start = index % RECORDS * Cifar10Reader.RECORD_BYTES;
            assertEquals(batch[start], train.label(index));
            byte[] image = Samples.image(train, index);
            for (int c = 0; c < 3; c++) {
                for (int p = 0; p < 1024; p++) assertEquals(batch[start + 1 + 1024 * c + p], image[3 * p + c]);
            }
        }
        assertEquals(2, open(Split.TEST).size());
    }

    @Test
    void takesTheNamesOfTheFolder() {
        writeAll(folder);
        Samples.write(folder, "batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".getBytes());
        assertEquals("j", open(Split.TRAIN).classNames().get(9));
        Samples.write(folder, "batches.meta.txt", "a\nb\n".getBytes());
        assertTrue(refused().contains("names 2 classes"), refused());
    }

    @Test
    void refusesDamagedBatches() throws Exception {
        writeAll(folder);
        Path third = folder.resolve("data_batch_3.bin");
        for (int bytes : new int[] {0, 3_073, 6_145, 6_147}) {
            Files.write(third, Arrays.copyOf(batch(3), bytes));
            assertTrue(refused().contains(third + " holds " + bytes + " bytes"), refused());
        }
        byte[] wrongLabel = batch(3);
        wrongLabel[Cifar10Reader.RECORD_BYTES] = 10;
        Files.write(third, wrongLabel);
        assertTrue(refused().contains("record 1 the label 10"), refused());
        Files.delete(third);
        assertTrue(refused().contains(third + " is missing"), refused());
    }

    @Test
    void asksForTheOfficialNumberOfRecords() {
        writeAll(folder);
        DataException e = assertThrows(DataException.class, () -> Datasets.open(folder, Split.TEST));
        assertTrue(e.getMessage().contains("30730000"), e.getMessage());
    }
}
