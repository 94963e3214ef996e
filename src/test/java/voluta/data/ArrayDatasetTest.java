package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ArrayDatasetTest {
    @TempDir
    private Path folder;

    private void npy(String path, String shape, float... values) throws IOException {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        Files.write(file, NpyReaderTest.npy("<f4", shape, false, NpyReaderTest.floats(values)));
    }

    private void csv(String name, String... lines) throws IOException {
        Files.write(folder.resolve(name), List.of(lines));
    }

    private Dataset open(String place, String split) {
        return Datasets.open(
                DataOptions.of(folder.resolve(place), Split.parse(split)).withMaxBad(new BadShare(0.5)));
    }

    private static float[] read(Dataset data, int index) {
        ByteBuffer b = ByteBuffer.allocate(data.sampleBytes()).order(ByteOrder.nativeOrder());
        data.read(index, b);
        assertEquals(0, b.remaining());
        float[] values = new float[data.sampleBytes() / 4];
        b.flip().asFloatBuffer().get(values);
        return values;
    }

    private String fault(String place, String split) {
        return assertThrows(DataException.class, () -> open(place, split)).getMessage();
    }

    @Test
    void foldersOfFiles() throws IOException {
        npy("train/b/1.npy", "2, 3", 1, 2, 3, 4, 5, 6);
        npy("train/a/10.npy", "2, 3", 7, 8, 9, 10, 11, 12);
        npy("train/a/2.npy", "2, 3", 0, 0, 0, 0, 0, 1);
        try (Dataset data = open("", "train")) {
            assertEquals(Optional.of(new ArrayShape(List.of(2, 3))), data.arrayShape());
            assertEquals(List.of("a", "b"), data.classNames());
            assertEquals(3, data.size());
            assertArrayEquals(new float[] {0, 0, 0, 0, 0, 1}, read(data, 0));
            assertArrayEquals(new float[] {7, 8, 9, 10, 11, 12}, read(data, 1));
            assertEquals(1, data.label(2));
            assertTrue(data.describe(1).endsWith("10.npy"), data.describe(1));
            assertEquals(data.imageShape(), data.picture(1).shape());
            assertTrue(assertThrows(DataException.class, () -> data.resized(new ImageShape(1, 8, 8)))
                    .getMessage()
                    .contains("not scaled"));
            // Channel 0 holds 1,2,3,7,8,9,0,0,0; channel 1 holds 4,5,6,10,11,12,0,0,1.
            DatasetStatistics s = DatasetStatistics.compute(data, 3);
            assertArrayEquals(new double[] {30 / 9.0, 49 / 9.0}, s.mean(), 1e-12);
            assertArrayEquals(
                    new double[] {
                        Math.sqrt(208 / 9.0 - Math.pow(30 / 9.0, 2)), Math.sqrt(443 / 9.0 - Math.pow(49 / 9.0, 2))
                    },
                    s.std(),
                    1e-12);
        }
    }

    @Test
    void oneChannelNeedNotBeWritten() throws IOException {
        npy("train/a/1.npy", "1, 2, 2", 1, 2, 3, 4);
        npy("val/a/1.npy", "4,", 1, 2, 3, 4);
        assertEquals(
                List.of(1, 1, 2, 2),
                open("", "train").arrayShape().orElseThrow().dims());
        assertEquals(
                List.of(1, 4), open("", "validation").arrayShape().orElseThrow().dims());
        npy("test/a/1.npy", "1, 1, 1, 2, 2", 1, 2, 3, 4);
        assertTrue(fault("", "test").contains("neither a signal [C,L] nor a volume [C,D,H,W]"), fault("", "test"));
    }

    @Test
    void damagedAndDifferentOnesAreCounted() throws IOException {
        npy("train/a/1.npy", "3,", 1, 2, 3);
        npy("train/a/2.npy", "2,", 1, 2);
        Files.write(folder.resolve("train/a/3.npy"), new byte[50]);
        npy("train/a/4.npy", "3,", 4, 5, 6);
        try (Dataset data = open("", "train")) {
            assertEquals(3.5, DatasetStatistics.compute(data, 2).mean()[0], 1e-12);
            List<Skips.Skipped> bad = data.skips().list();
            assertEquals(2, bad.size());
            assertTrue(bad.get(0).reason().contains("has the shape [1, 2], the first one [1, 3]"), bad.toString());
            assertTrue(bad.get(1).reason().contains("is not a NumPy file"), bad.toString());
        }
    }

    @Test
    void tableOfSignals() throws IOException {
        csv("train.csv", "t0,label,t1", "1,up,2", "4,down,-3e1");
        try (Dataset data = open("", "train")) {
            assertEquals(List.of("down", "up"), data.classNames());
            assertEquals(1, data.label(0));
            assertArrayEquals(new float[] {4, -30}, read(data, 1));
            assertTrue(data.describe(1).endsWith("train.csv, row 3"), data.describe(1));
        }
        csv("all.csv", "label,split,a,b", "x,train,1,2", "y,val,3,4", "x,val,5,6");
        try (Dataset data = open("all.csv", "validation")) {
            assertEquals(2, data.size());
            assertArrayEquals(new float[] {5, 6}, read(data, 1));
            assertTrue(data.describe(1).endsWith("row 4"), data.describe(1));
        }
    }

    @Test
    void wrongRowsAreNamed() throws IOException {
        csv("train.csv", "label,a,b", "x,1,2", "x,1");
        assertTrue(fault("", "train").contains("row 3, has 2 values instead of 3"), fault("", "train"));
        csv("train.csv", "label,a,b", "x,1,two");
        assertTrue(fault("", "train").contains("row 2, has 'two' in the column b"), fault("", "train"));
        csv("train.csv", "label,a,b", "x,1,NaN");
        assertTrue(fault("", "train").contains("finite"), fault("", "train"));
        csv("train.csv", "label,a,b", ",1,2");
        assertTrue(fault("", "train").contains("row 2, has no label"), fault("", "train"));
        csv("train.csv", "label,a,b");
        assertTrue(fault("", "train").contains("lists no signals"), fault("", "train"));
        csv("one.csv", "label,a,b", "x,1,2");
        assertTrue(fault("one.csv", "train").contains("no column split"), fault("one.csv", "train"));
    }

    @Test
    void manifestOfArrays() throws IOException {
        npy("data/1.npy", "2,", 1, 2);
        csv("train.csv", "path,label", "data/1.npy,x");
        try (Dataset data = open("", "train")) {
            assertArrayEquals(new float[] {1, 2}, read(data, 0));
        }
    }

    /** Batches hold the numbers; a sample that cannot be used has label -1; random changes are refused by their name. */
    @Test
    void batches() throws IOException {
        npy("train/a/1.npy", "2,", 1, 2);
        npy("train/b/2.npy", "2,", 3, 4);
        npy("train/b/3.npy", "3,", 3, 4, 5);
        try (Dataset data = open("", "train")) {
            List<BatchSlot> slots = List.of(slot(0), slot(1));
            try (BatchLoader loader = new BatchLoader(data, slots, LoaderOptions.evaluation(4))) {
                BatchSlot slot = loader.take();
                float[] all = new float[8];
                slot.images().order(ByteOrder.nativeOrder()).asFloatBuffer().get(all);
                assertArrayEquals(new float[] {1, 2, 3, 4, 0, 0, 0, 0}, all);
                assertEquals(-1, slot.labels().getInt(8));
                assertEquals(data.imageShape(), slot.image(data, 1).shape());
            }
            String changes = assertThrows(
                            DataException.class,
                            () -> new BatchLoader(
                                    data,
                                    slots,
                                    LoaderOptions.evaluation(4).withAugmentation(Augmentation.parse("flip"))))
                    .getMessage();
            assertTrue(changes.contains("use the augmentation none instead of flip"), changes);
        }
    }

    private static BatchSlot slot(int index) {
        return new BatchSlot(index, ByteBuffer.allocateDirect(32), ByteBuffer.allocateDirect(16));
    }

    /** A change here changes what everybody's examples are. */
    @Test
    void examplesAreTheSameEachTime() {
        for (ExampleData example : ExampleData.values()) {
            Map<String, byte[]> files = new HashMap<>();
            example.make(files::put);
            assertEquals(example == ExampleData.SIGNAL ? 2 : 400, files.size());
            example.make((name, content) -> assertArrayEquals(files.get(name), content, name));
        }
    }

    @Test
    void picturesShowWhatIsThere() {
        Image rising = ArrayPicture.of(new ArrayShape(List.of(1, 2)), new float[] {0, 1});
        int width = rising.shape().width(), dark = 0;
        for (byte p : rising.pixels()) if ((p & 0xff) < 128) dark++;
        assertTrue(dark >= width, "a curve from left to right");
        assertTrue((rising.pixels()[(rising.shape().height() - 3) * width] & 0xff) < 128, "it begins at the foot");
        Image cube = ArrayPicture.of(new ArrayShape(List.of(1, 2, 1, 2)), new float[] {0, 5, 10, 0});
        assertArrayEquals(new byte[] {(byte) 255, 0}, cube.pixels());
    }
}
