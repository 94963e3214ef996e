package voluta.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** What a batch contains depends on seed, epoch and position alone. */
class BatchDeterminismTest {
    static final MemoryDataset DATASET = Samples.memory(103, new ImageShape(3, 6, 5));
    static final LoaderOptions TRAINING =
            LoaderOptions.training(10, 42).withAugmentation(Augmentation.parse("shift=2,flip"));

    /** A batch as it was seen by the taker. */
    record Batch(int epoch, int number, int count, List<Integer> samples, List<Integer> labels, String images) {
        static Batch of(BatchSlot slot) {
            List<Integer> samples = new ArrayList<>();
            List<Integer> labels = new ArrayList<>();
            for (int i = 0; i < slot.count(); i++) samples.add(slot.sample(i));
            for (int i = 0; i < slot.labels().capacity() / 4; i++)
                labels.add(slot.labels().getInt(4 * i));
            byte[] images = new byte[slot.images().capacity()];
            slot.images().get(0, images);
            return new Batch(slot.epoch(), slot.batch(), slot.count(), samples, labels, Arrays.toString(images));
        }
    }

    static List<Batch> batches(LoaderOptions options, int slots, int epoch, int batch, int count) {
        List<Batch> batches = new ArrayList<>();
        try (BatchLoader loader =
                new BatchLoader(DATASET, Samples.slots(slots, options.batchSize(), DATASET), options, epoch, batch)) {
            for (int i = 0; i < count; i++) {
                BatchSlot slot = loader.take();
                batches.add(Batch.of(slot));
                loader.release(slot);
            }
        }
        return batches;
    }

    /** Neither workers nor slots nor the place where a run begins changes a batch. */
    @Property(seed = "1", tries = 40)
    void batchesAreAFunctionOfSeedEpochAndPosition(
            @ForAll @IntRange(min = 1, max = 5) int workers,
            @ForAll @IntRange(min = 2, max = 25) int slots,
            @ForAll @IntRange(min = 0, max = 25) int start,
            @ForAll boolean shuffle,
            @ForAll boolean dropLast,
            @ForAll @IntRange(min = 1, max = 103) int batchSize) {
        LoaderOptions one = new LoaderOptions(
                batchSize, shuffle, dropLast, 9, TRAINING.augmentation(), TRAINING.statistics(), 1, Mixing.NONE, 1);
        int perEpoch = one.batchesPerEpoch(103);
        int batches = start + 8;
        List<Batch> expected = batches(one, 2, 0, 0, batches).subList(start, batches);
        assertEquals(expected, batches(one.withWorkers(workers), slots, start / perEpoch, start % perEpoch, 8));
    }

    @Test
    void theEndOfAnEpochIsTheStartOfTheNext() {
        assertEquals(batches(TRAINING, 2, 1, 10, 3), batches(TRAINING, 2, 2, 0, 3));
        assertNotEquals(batches(TRAINING, 2, 1, 0, 1), batches(TRAINING, 2, 2, 0, 1));
    }
}
