package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MixingTest {
    private static final int BATCH = 8;
    private static final ImageShape SHAPE = new ImageShape(3, 16, 16);

    /** Images of one colour each: 20 times the class. */
    private static Dataset plain() {
        byte[] labels = new byte[80];
        byte[] pixels = new byte[80 * SHAPE.bytes()];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = (byte) (i % 10);
            java.util.Arrays.fill(pixels, i * SHAPE.bytes(), (i + 1) * SHAPE.bytes(), (byte) (20 * (i % 10)));
        }
        return new MemoryDataset("plain", Samples.DIGITS, SHAPE, pixels, labels);
    }

    private record Taken(byte[] images, float[] targets, int[] labels) {}

    private static List<Taken> epoch(LoaderOptions options, int epoch, int first) {
        Dataset data = plain();
        List<BatchSlot> slots = new ArrayList<>();
        for (int s = 0; s < 3; s++) {
            slots.add(new BatchSlot(
                    s,
                    ByteBuffer.allocateDirect(BATCH * SHAPE.bytes()),
                    ByteBuffer.allocateDirect(4 * BATCH),
                    ByteBuffer.allocateDirect(4 * BATCH * 10)));
        }
        List<Taken> taken = new ArrayList<>();
        try (BatchLoader loader = new BatchLoader(data, slots, options, epoch, first)) {
            for (int b = first; b < loader.batchesPerEpoch(); b++) {
                BatchSlot slot = loader.take();
                byte[] images = new byte[BATCH * SHAPE.bytes()];
                slot.images().get(0, images);
                float[] targets = new float[BATCH * 10];
                int[] labels = new int[BATCH];
                for (int i = 0; i < targets.length; i++)
                    targets[i] = slot.targets().getFloat(4 * i);
                for (int i = 0; i < BATCH; i++) labels[i] = slot.labels().getInt(4 * i);
                taken.add(new Taken(images, targets, labels));
                loader.release(slot);
            }
        }
        return taken;
    }

    private static LoaderOptions options(Mixing mixing) {
        return LoaderOptions.training(BATCH, 3).withMixing(mixing).withWorkers(2);
    }

    /** Since an image's colour is its class, its mean colour must be that of its targets. */
    @Test
    void imagesAndTargetsAreMixedAlike() {
        for (Mixing mixing : List.of(new Mixing(0.4, 0), new Mixing(0, 1), new Mixing(0.2, 1))) {
            int mixed = 0;
            for (Taken batch : epoch(options(mixing), 1, 0)) {
                for (int i = 0; i < BATCH; i++) {
                    double target = 0, sum = 0, colour = 0;
                    for (int c = 0; c < 10; c++) {
                        target += 20.0 * c * batch.targets[10 * i + c];
                        sum += batch.targets[10 * i + c];
                    }
                    for (int p = 0; p < SHAPE.bytes(); p++) colour += batch.images[i * SHAPE.bytes() + p] & 0xff;
                    assertEquals(1, sum, 1e-6);
                    assertEquals(target, colour / SHAPE.bytes(), 0.51, mixing + ", image " + i);
                    float own = batch.targets[10 * i + batch.labels[i]];
                    if (own < 0.99) mixed++;
                }
            }
            assertTrue(mixed > 20, mixing + " mixed " + mixed + " of 80");
        }
    }

    @Test
    void itIsTheSameWithAnyNumberOfWorkersAndFromAnyBatch() {
        Mixing mixing = new Mixing(0.3, 0.7);
        List<Taken> whole = epoch(options(mixing), 2, 0);
        List<Taken> alone = epoch(options(mixing).withWorkers(1), 2, 0);
        List<Taken> rest = epoch(options(mixing).withWorkers(5), 2, 6);
        for (int b = 0; b < whole.size(); b++) {
            assertArrayEquals(whole.get(b).images, alone.get(b).images);
            assertArrayEquals(whole.get(b).targets, alone.get(b).targets);
            if (b >= 6) assertArrayEquals(whole.get(b).targets, rest.get(b - 6).targets);
        }
        assertNotEquals(
                java.util.Arrays.hashCode(whole.get(0).images),
                java.util.Arrays.hashCode(epoch(options(mixing), 3, 0).get(0).images));
    }

    /** Beta(a, a) has the mean 1/2 and the variance 1 / (4 (2 a + 1)). */
    @Test
    void sharesAreBetaDistributed() {
        for (double alpha : new double[] {0.2, 1, 3}) {
            Mixing mixing = new Mixing(alpha, 0);
            ImageShape one = new ImageShape(1, 1, 1);
            Canvas numbers = new Canvas(one, null, 9, "mix");
            ByteBuffer images = ByteBuffer.allocate(2);
            double sum = 0, squares = 0;
            int n = 20_000;
            for (int i = 0; i < n; i++) {
                numbers.turnTo(0, i);
                double share = mixing.mix(images, 0, 1, numbers);
                sum += share;
                squares += share * share;
            }
            double mean = sum / n, variance = squares / n - mean * mean;
            assertEquals(0.5, mean, 0.015);
            assertEquals(1 / (4 * (2 * alpha + 1)), variance, 0.006);
        }
    }

    @Test
    void targetsNeedRoom() {
        Dataset data = plain();
        DataException e = assertThrows(
                DataException.class,
                () -> new BatchLoader(data, Samples.slots(2, BATCH, data), options(new Mixing(1, 0))));
        assertTrue(e.getMessage().contains("no room for targets"), e.getMessage());
        assertThrows(DataException.class, () -> new Mixing(-1, 0));
        assertThrows(DataException.class, () -> new Mixing(0, Double.NaN));
    }

    /** Beta(a, a) with a near 0 is nearly a coin: its gamma numbers are too small for a double, and their ratio is not. */
    @Test
    void aSmallParameterLeavesPicturesAlmostWhole() {
        Canvas numbers = new Canvas(new ImageShape(1, 1, 1), null, 5, "mix");
        int draws = 2_000, between = 0, high = 0;
        for (int i = 0; i < draws; i++) {
            numbers.turnTo(0, i);
            double share = Mixing.beta(0.001, numbers);
            if (share > 0.01 && share < 0.99) between++;
            if (share > 0.5) high++;
        }
        assertTrue(between < draws / 50, between + " of " + draws + " were mixed, about 9 are expected");
        assertTrue(Math.abs(high - draws / 2) < 5 * Math.sqrt(draws) / 2, high + " of " + draws);
    }
}
