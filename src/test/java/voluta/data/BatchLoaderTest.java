package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class BatchLoaderTest {
    private static final MemoryDataset DATASET = BatchDeterminismTest.DATASET;
    private static final ImageShape SHAPE = DATASET.imageShape();
    private static final LoaderOptions TRAINING = BatchDeterminismTest.TRAINING;

    @Test
    void trainingShowsEveryImageAtMostOnceAnEpochInAnOrderOfItsOwn() {
        List<BatchDeterminismTest.Batch> batches = BatchDeterminismTest.batches(TRAINING, 2, 0, 0, 30);
        List<List<Integer>> orders = new ArrayList<>();
        for (int epoch = 0; epoch < 3; epoch++) {
            List<Integer> order = new ArrayList<>();
            for (int b = 0; b < 10; b++) {
                BatchDeterminismTest.Batch batch = batches.get(10 * epoch + b);
                assertEquals(epoch, batch.epoch());
                assertEquals(b, batch.number());
                assertEquals(10, batch.count());
                for (int i = 0; i < 10; i++) {
                    assertEquals(
                            DATASET.label(batch.samples().get(i)),
                            batch.labels().get(i));
                }
                order.addAll(batch.samples());
            }
            assertEquals(100, new HashSet<>(order).size());
            orders.add(order);
        }
        assertEquals(3, new HashSet<>(orders).size());
    }

    @Test
    void shufflingReachesEveryOrderAboutEquallyOften() {
        int[] counts = new int[6];
        EpochOrder order = new EpochOrder(3, true, 7);
        List<List<Integer>> orders = List.of(
                List.of(0, 1, 2),
                List.of(0, 2, 1),
                List.of(1, 0, 2),
                List.of(1, 2, 0),
                List.of(2, 0, 1),
                List.of(2, 1, 0));
        for (int epoch = 0; epoch < 6_000; epoch++) {
            order.draw(epoch);
            counts[orders.indexOf(List.of(order.at(0), order.at(1), order.at(2)))]++;
        }
        // 1,000 expected, standard deviation 29.
        for (int count : counts) assertEquals(1_000, count, 150);
    }

    @Test
    void imagesComeUnchangedWithoutAugmentation() {
        LoaderOptions options = LoaderOptions.training(10, 1);
        for (BatchDeterminismTest.Batch batch : BatchDeterminismTest.batches(options, 3, 4, 0, 10)) {
            byte[] expected = new byte[10 * SHAPE.bytes()];
            for (int i = 0; i < 10; i++) {
                System.arraycopy(
                        Samples.image(DATASET, batch.samples().get(i)), 0, expected, i * SHAPE.bytes(), SHAPE.bytes());
            }
            assertEquals(Arrays.toString(expected), batch.images());
        }
    }

    @Test
    void evaluationShowsEveryImageOnceInOrderAndPadsTheLastBatch() {
        LoaderOptions options = LoaderOptions.evaluation(10).withWorkers(3);
        for (BatchDeterminismTest.Batch batch : BatchDeterminismTest.batches(options, 2, 0, 0, 22)) {
            assertEquals(batch.number() == 10 ? 3 : 10, batch.count());
            for (int i = 0; i < batch.count(); i++) {
                assertEquals(10 * batch.number() + i, batch.samples().get(i));
            }
            for (int i = batch.count(); i < 10; i++)
                assertEquals(-1, batch.labels().get(i));
            byte[] expected = new byte[10 * SHAPE.bytes()];
            for (int i = 0; i < batch.count(); i++) {
                System.arraycopy(
                        Samples.image(DATASET, 10 * batch.number() + i), 0, expected, i * SHAPE.bytes(), SHAPE.bytes());
            }
            assertEquals(Arrays.toString(expected), batch.images());
        }
    }

    @Test
    void slotsAreUsedInTurnAndCannotBeOverdrawn() {
        List<BatchSlot> slots = Samples.slots(3, 10, DATASET);
        try (BatchLoader loader = new BatchLoader(DATASET, slots, TRAINING)) {
            assertEquals(10, loader.batchesPerEpoch());
            for (int i = 0; i < 3; i++) assertSame(slots.get(i), loader.take());
            assertThrows(IllegalStateException.class, loader::take);
            loader.release(slots.get(1));
            assertThrows(IllegalStateException.class, () -> loader.release(slots.get(1)));
            assertThrows(IllegalStateException.class, loader::take);
            loader.release(slots.get(0));
            assertSame(slots.get(0), loader.take());
            BatchSlot foreign = BatchSlot.allocate(0, 10, SHAPE);
            assertThrows(IllegalStateException.class, () -> loader.release(foreign));
        }
    }

    @Test
    void aTakenSlotIsLeftAlone() throws Exception {
        List<BatchSlot> slots = Samples.slots(2, 10, DATASET);
        try (BatchLoader loader = new BatchLoader(DATASET, slots, TRAINING.withWorkers(4))) {
            BatchSlot held = loader.take();
            BatchDeterminismTest.Batch before = BatchDeterminismTest.Batch.of(held);
            Thread.sleep(50);
            assertEquals(before, BatchDeterminismTest.Batch.of(held));
        }
    }

    @Test
    void errorsComeOutAsTheyWereThrownAfterTheBatchesBefore() {
        int bad = BatchDeterminismTest.batches(TRAINING, 2, 0, 0, 8)
                .get(7)
                .samples()
                .get(4);
        DataException broken = new DataException("image " + bad + " is broken; mend it");
        Dataset dataset = new Samples.Forwarding(DATASET) {
            @Override
            public void read(int index, ByteBuffer image) {
                if (index == bad) throw broken;
                super.read(index, image);
            }
        };
        for (int workers : new int[] {1, 4}) {
            List<BatchSlot> slots = Samples.slots(5, 10, dataset);
            try (BatchLoader loader = new BatchLoader(dataset, slots, TRAINING.withWorkers(workers))) {
                for (int b = 0; b < 7; b++) {
                    BatchSlot slot = loader.take();
                    assertEquals(b, slot.batch());
                    loader.release(slot);
                }
                assertSame(broken, assertThrows(DataException.class, loader::take));
                assertSame(broken, assertThrows(DataException.class, loader::take));
            }
        }
    }

    @Test
    void theEarliestOfSeveralErrorsIsTheOne() {
        Dataset dataset = new Samples.Forwarding(DATASET) {
            @Override
            public void read(int index, ByteBuffer image) {
                throw new IllegalArgumentException("image " + index);
            }
        };
        LoaderOptions options = LoaderOptions.evaluation(10).withWorkers(4);
        for (int i = 0; i < 20; i++) {
            try (BatchLoader loader = new BatchLoader(dataset, Samples.slots(2, 10, dataset), options)) {
                assertEquals(
                        "image 0",
                        assertThrows(IllegalArgumentException.class, loader::take)
                                .getMessage());
            }
        }
    }

    @Test
    void aReaderThatBreaksItsContractIsNamed() {
        Dataset shortReader = new Samples.Forwarding(DATASET) {
            @Override
            public void read(int index, ByteBuffer image) {
                image.put((byte) 1);
            }
        };
        Dataset wrongLabel = new Samples.Forwarding(DATASET) {
            @Override
            public int label(int index) {
                return 10;
            }
        };
        for (LoaderOptions options : List.of(TRAINING, LoaderOptions.evaluation(10))) {
            assertTrue(failure(shortReader, options).contains("1 bytes for sample"), failure(shortReader, options));
            assertTrue(failure(wrongLabel, options).contains("the label 10"), failure(wrongLabel, options));
        }
    }

    private static String failure(Dataset dataset, LoaderOptions options) {
        try (BatchLoader loader = new BatchLoader(dataset, Samples.slots(2, 10, dataset), options)) {
            return assertThrows(DataException.class, loader::take).getMessage();
        }
    }

    @Test
    void closesWhileWorkersWaitForASlot() throws Exception {
        BatchLoader loader = new BatchLoader(DATASET, Samples.slots(2, 10, DATASET), TRAINING.withWorkers(3));
        loader.take();
        loader.take();
        Thread.sleep(20);
        loader.close();
        loader.close();
        assertNoWorkers();
        assertThrows(IllegalStateException.class, loader::take);
    }

    @Test
    void closesWhileAReaderIsBlockedAndATakerWaits() throws Exception {
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        Dataset dataset = new Samples.Forwarding(DATASET) {
            @Override
            public void read(int index, ByteBuffer image) {
                reading.countDown();
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException("gave up", e);
                }
            }
        };
        BatchLoader loader = new BatchLoader(dataset, Samples.slots(2, 10, dataset), TRAINING.withWorkers(2));
        AtomicReference<Throwable> seen = new AtomicReference<>();
        Thread taker = new Thread(() -> {
            try {
                loader.take();
            } catch (IllegalStateException e) {
                seen.set(e);
            }
        });
        taker.start();
        assertTrue(reading.await(10, TimeUnit.SECONDS));
        long start = System.nanoTime();
        loader.close();
        assertTrue(System.nanoTime() - start < 5_000_000_000L, "closing took too long");
        assertNoWorkers();
        taker.join(10_000);
        assertEquals("the loader is closed", seen.get().getMessage());
    }

    private static void assertNoWorkers() {
        assertEquals(0, workers());
    }

    private static long workers() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(t -> t.getName().startsWith("voluta-loader"))
                .count();
    }

    @Test
    void aWorkerInterruptedByItsReaderIsAnErrorAndNoSilence() throws Exception {
        Dataset interrupting = new Samples.Forwarding(DATASET) {
            @Override
            public void read(int index, ByteBuffer image) {
                super.read(index, image);
                Thread.currentThread().interrupt();
            }
        };
        try (BatchLoader loader = new BatchLoader(interrupting, Samples.slots(2, 10, interrupting), TRAINING)) {
            List<BatchSlot> all = List.of(loader.take(), loader.take());
            // A worker notices where it waits for work, and with all slots taken there is none.
            for (int i = 0; i < 10_000 && workers() > 0; i++) Thread.sleep(1);
            all.forEach(loader::release);
            DataException e = assertThrows(DataException.class, loader::take);
            assertTrue(e.getCause() instanceof InterruptedException);
        }
    }

    @Test
    void anInterruptedTakerIsTold() {
        Dataset slow = new Samples.Forwarding(DATASET) {
            @Override
            public void read(int index, ByteBuffer image) {
                try {
                    Thread.sleep(10_000);
                } catch (InterruptedException e) {
                    throw new IllegalStateException("gave up", e);
                }
            }
        };
        try (BatchLoader loader = new BatchLoader(slow, Samples.slots(2, 10, slow), TRAINING)) {
            Thread.currentThread().interrupt();
            assertThrows(DataException.class, loader::take);
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void countsTheTimeThatTheTakerWaits() {
        Dataset slow = new Samples.Forwarding(DATASET) {
            @Override
            public void read(int index, ByteBuffer image) {
                try {
                    Thread.sleep(2);
                } catch (InterruptedException e) {
                    throw new IllegalStateException("gave up", e);
                }
                super.read(index, image);
            }
        };
        try (BatchLoader loader = new BatchLoader(slow, Samples.slots(2, 10, slow), TRAINING)) {
            long start = System.nanoTime();
            loader.take();
            long most = System.nanoTime() - start;
            assertTrue(loader.waitedNanos() > 10_000_000, loader.waitedNanos() + " ns");
            assertTrue(loader.waitedNanos() <= most);
        }
    }

    @Test
    void theTakingThreadAllocatesNothing() {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long self = Thread.currentThread().getId();
        try (BatchLoader loader = new BatchLoader(DATASET, Samples.slots(2, 10, DATASET), TRAINING.withWorkers(2))) {
            long sum = take(loader, 200);
            // Now and then the JVM allocates in a thread for its own ends: not in each of several turns.
            long least = Long.MAX_VALUE;
            for (int turn = 0; turn < 5 && least > 0; turn++) {
                long before = threads.getThreadAllocatedBytes(self);
                long none = threads.getThreadAllocatedBytes(self) - before;
                before = threads.getThreadAllocatedBytes(self);
                sum += take(loader, 1_000);
                least = Math.min(least, threads.getThreadAllocatedBytes(self) - before - none);
            }
            assertEquals(0, least);
            assertTrue(sum > 0 && loader.waitedNanos() > 0);
        }
    }

    private static long take(BatchLoader loader, int batches) {
        long sum = 0;
        for (int i = 0; i < batches; i++) {
            BatchSlot slot = loader.take();
            for (int n = 0; n < slot.count(); n++) sum += slot.labels().getInt(4 * n);
            sum += slot.images().get(0) + slot.sample(0) + loader.waitedNanos() % 2;
            loader.release(slot);
        }
        return sum;
    }

    @Test
    void refusesWhatDoesNotFit() {
        List<BatchSlot> two = Samples.slots(2, 10, DATASET);
        assertRefused("2 slots", two.subList(0, 1), TRAINING, 0, 0);
        assertRefused("make the slots for this batch size", two, LoaderOptions.training(11, 0), 0, 0);
        assertRefused("at most 103", Samples.slots(2, 104, DATASET), LoaderOptions.training(104, 0), 0, 0);
        assertRefused("batch 11 of epoch 0", two, TRAINING, 0, 11);
        assertRefused("batch -1 of epoch 0", two, TRAINING, 0, -1);
        assertRefused("epoch -1", two, TRAINING, -1, 0);
        assertRefused("out of sight", two, TRAINING.withAugmentation(Augmentation.parse("shift=5")), 0, 0);
        assertThrows(DataException.class, () -> LoaderOptions.training(0, 0));
        assertThrows(DataException.class, () -> TRAINING.withWorkers(0));
        assertThrows(DataException.class, () -> BatchSlot.allocate(0, Integer.MAX_VALUE, SHAPE));
        ByteBuffer readOnly = ByteBuffer.allocate(8).asReadOnlyBuffer();
        assertThrows(DataException.class, () -> new BatchSlot(0, readOnly, ByteBuffer.allocate(8)));
    }

    private static void assertRefused(String part, List<BatchSlot> slots, LoaderOptions options, int epoch, int batch) {
        DataException e =
                assertThrows(DataException.class, () -> new BatchLoader(DATASET, slots, options, epoch, batch).close());
        assertTrue(e.getMessage().contains(part), e.getMessage());
    }

    @Test
    void fillsWithTheMeanColour() {
        DatasetStatistics statistics = DatasetStatistics.of(new double[] {1, 0.5, 0}, new double[] {1, 1, 1});
        LoaderOptions options =
                LoaderOptions.evaluation(10).withAugmentation(Augmentation.parse("shift=4:mean"), statistics);
        byte[] corner = new byte[3];
        byte[] expected = {(byte) 255, (byte) 128, 0};
        int filled = 0;
        try (BatchLoader loader = new BatchLoader(DATASET, Samples.slots(2, 10, DATASET), options)) {
            BatchSlot slot = loader.take();
            for (int n = 0; n < 10; n++) {
                slot.images().get(n * SHAPE.bytes(), corner);
                if (Arrays.equals(expected, corner)) filled++;
            }
        }
        assertTrue(filled > 0, "no image was moved away from its corner");
        assertArrayEquals(expected, statistics.meanPixel());
    }
}
