package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class DatasetStatisticsTest {
    @Test
    void agreesWithTheTwoPassFormula() {
        Dataset dataset = Samples.memory(37, new ImageShape(3, 5, 7));
        DatasetStatistics statistics = DatasetStatistics.compute(dataset, 1);
        assertEquals(3, statistics.channels());
        for (int c = 0; c < 3; c++) {
            double sum = 0;
            for (int i = 0; i < 37; i++) {
                byte[] image = Samples.image(dataset, i);
                for (int p = c; p < image.length; p += 3) sum += (image[p] & 0xff) / 255.0;
            }
            double mean = sum / (37 * 35);
            double squares = 0;
            for (int i = 0; i < 37; i++) {
                byte[] image = Samples.image(dataset, i);
                for (int p = c; p < image.length; p += 3) squares += Math.pow((image[p] & 0xff) / 255.0 - mean, 2);
            }
            assertEquals(mean, statistics.mean()[c], 1e-12);
            assertEquals(Math.sqrt(squares / (37 * 35)), statistics.std()[c], 1e-12);
        }
    }

    /** Of pictures that have to be decoded, some stand for all; they must not be the first ones. */
    @Test
    void manyPicturesAreSampledEvenly() {
        int images = 50_000;
        byte[] pixels = new byte[images];
        Arrays.fill(pixels, images / 2, images, (byte) 255);
        Dataset half = new MemoryDataset("half", List.of("a"), new ImageShape(1, 1, 1), pixels, new byte[images]);
        int[] reads = {0};
        DatasetStatistics statistics = DatasetStatistics.compute(
                new ForwardingDataset(half) {
                    @Override
                    public boolean decodes() {
                        return true;
                    }

                    @Override
                    public void read(int index, ByteBuffer image) {
                        reads[0]++;
                        super.read(index, image);
                    }
                },
                1);
        assertEquals(20_000, reads[0]);
        assertEquals(0.5, statistics.mean()[0], 1e-4);
    }

    @Test
    void doesNotDependOnTheNumberOfThreads() {
        Dataset dataset = Datasets.carried(Split.TEST);
        DatasetStatistics one = DatasetStatistics.compute(dataset, 1);
        assertEquals(one, DatasetStatistics.compute(dataset, 4));
        assertEquals(one, DatasetStatistics.compute(dataset, 7));
        // Published for the whole training set: 0.2860 and 0.3530.
        assertEquals(0.286, one.mean()[0], 0.005);
        assertEquals(0.353, one.std()[0], 0.005);
    }

    @Test
    void moreThreadsThanImagesAndConstantImagesAreFine() {
        byte[] white = new byte[8];
        java.util.Arrays.fill(white, (byte) 255);
        Dataset dataset = new MemoryDataset("white", Samples.DIGITS, new ImageShape(1, 2, 2), white, new byte[2]);
        DatasetStatistics statistics = DatasetStatistics.compute(dataset, 8);
        assertArrayEquals(new double[] {1}, statistics.mean());
        assertArrayEquals(new double[] {0}, statistics.std());
        assertArrayEquals(new byte[] {(byte) 255}, statistics.meanPixel());
    }

    @Test
    void passesErrorsOn() {
        DataException broken = new DataException("image 5 is broken; mend it");
        Dataset dataset = new Samples.Forwarding(Samples.memory(9, new ImageShape(1, 2, 2))) {
            @Override
            public void read(int index, ByteBuffer image) {
                if (index == 5) throw broken;
                super.read(index, image);
            }
        };
        assertSame(broken, assertThrows(DataException.class, () -> DatasetStatistics.compute(dataset, 3)));
        assertThrows(DataException.class, () -> DatasetStatistics.compute(dataset, 0));
        assertThrows(DataException.class, () -> DatasetStatistics.of(new double[1], new double[2]));
    }
}
