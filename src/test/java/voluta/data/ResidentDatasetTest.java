package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.tensor.SamplePlace;

/** The batches that places describe are, byte by byte, those that a loader makes on the host. */
class ResidentDatasetTest {
    private static final int BATCH = 12;
    private static final ImageShape SHAPE = new ImageShape(3, 7, 9);
    private static final MemoryDataset DATA = Samples.memory(101, SHAPE);

    /** A batch as a network is given it. */
    private record Batch(int epoch, int number, List<Integer> labels, byte[] images) {}

    /** A resident data set with the bytes that it sent to the device. */
    private record Resident(ResidentDataset dataset, byte[] samples) {
        static Resident of(Dataset dataset, DatasetStatistics statistics, int workers) {
            byte[] all = new byte[dataset.size() * dataset.sampleBytes()];
            ResidentDataset resident = ResidentDataset.load(
                    dataset,
                    statistics,
                    workers,
                    (first, bytes) -> bytes.get(all, first * dataset.sampleBytes(), bytes.remaining()));
            return new Resident(resident, all);
        }
    }

    private static List<Batch> host(Dataset data, LoaderOptions options, int epoch, int first, int count) {
        return batches(data, data.sampleBytes(), options, epoch, first, count, bytes -> bytes);
    }

    private static List<Batch> device(
            Resident data, DatasetStatistics statistics, LoaderOptions options, int epoch, int first, int count) {
        return batches(data.dataset, SamplePlace.BYTES, options, epoch, first, count, places -> {
            int each = data.samples.length / data.dataset.size();
            byte[] images = new byte[BATCH * each];
            for (int i = 0; i < BATCH; i++) gather(data, statistics.meanPixel(), places, i, images, i * each, each);
            return images;
        });
    }

    private static void gather(
            Resident data, byte[] fill, byte[] places, int position, byte[] images, int at, int each) {
        int[] place = new int[SamplePlace.WORDS];
        ByteBuffer.wrap(places).order(ByteOrder.nativeOrder()).asIntBuffer().get(position * place.length, place);
        if (place[SamplePlace.SAMPLE] == SamplePlace.BLANK) return;
        int from = place[SamplePlace.SAMPLE] * each;
        if (data.dataset.arrayShape().isPresent()) {
            System.arraycopy(data.samples, from, images, at, each);
            return;
        }
        ImageShape shape = data.dataset.imageShape();
        int channels = shape.channels();
        for (int p = 0; p < shape.height() * shape.width(); p++) {
            int source = SamplePlace.source(place, p / shape.width(), p % shape.width(), shape.height(), shape.width());
            for (int c = 0; c < channels; c++) {
                byte none = source == SamplePlace.FILL ? fill[c] : 0;
                images[at + p * channels + c] = source < 0 ? none : data.samples[from + source * channels + c];
            }
        }
    }

    private interface Content {
        byte[] of(byte[] slot);
    }

    private static List<Batch> batches(
            Dataset data, int bytes, LoaderOptions options, int epoch, int first, int count, Content content) {
        List<BatchSlot> slots = new ArrayList<>();
        for (int s = 0; s < 3; s++) {
            slots.add(new BatchSlot(
                    s, ByteBuffer.allocateDirect(BATCH * bytes), ByteBuffer.allocateDirect(BATCH * Integer.BYTES)));
        }
        List<Batch> taken = new ArrayList<>();
        try (BatchLoader loader = new BatchLoader(data, slots, options, epoch, first)) {
            for (int b = 0; b < count; b++) {
                BatchSlot slot = loader.take();
                byte[] samples = new byte[BATCH * bytes];
                slot.images().get(0, samples);
                List<Integer> labels = new ArrayList<>();
                for (int i = 0; i < BATCH; i++) labels.add(slot.labels().getInt(4 * i));
                taken.add(new Batch(slot.epoch(), slot.batch(), labels, content.of(samples)));
                loader.release(slot);
            }
        }
        return taken;
    }

    private static void same(List<Batch> expected, List<Batch> got) {
        assertEquals(expected.size(), got.size());
        for (int b = 0; b < expected.size(); b++) {
            Batch e = expected.get(b), g = got.get(b);
            assertEquals(e.epoch + "/" + e.number, g.epoch + "/" + g.number);
            assertEquals(e.labels, g.labels);
            assertArrayEquals(e.images, g.images, "batch " + e.number + " of epoch " + e.epoch);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "shift=2",
                "shift=3:mean",
                "flip",
                "flip=1",
                "vflip",
                "erase=1",
                "shift=3,flip",
                "flip,shift=3",
                "shift=3:mean,flip,vflip,erase=0.6",
                "erase=1,shift=3,flip",
                "flip=0.7,erase=1,vflip,shift=4:mean,flip",
                "vflip=0.3,shift=5,vflip,erase=0.9,flip"
            })
    void batchesAreThoseOfTheHost(String augmentation) {
        DatasetStatistics statistics = DatasetStatistics.compute(DATA, 1);
        LoaderOptions options =
                LoaderOptions.training(BATCH, 11).withAugmentation(Augmentation.parse(augmentation), statistics);
        Resident resident = Resident.of(DATA, statistics, 3);
        // From within epoch 1 to within epoch 3.
        same(host(DATA, options, 1, 5, 15), device(resident, statistics, options.withWorkers(2), 1, 5, 15));
    }

    @Test
    void someImagesAreChangedAndSomeAreNot() {
        LoaderOptions options = LoaderOptions.training(BATCH, 11)
                .withAugmentation(Augmentation.parse("flip,erase=0.5"), DatasetStatistics.compute(DATA, 1));
        Set<Integer> mirrored = new HashSet<>(), erased = new HashSet<>();
        ResidentDataset resident = Resident.of(DATA, options.statistics().orElseThrow(), 1).dataset;
        batches(resident, SamplePlace.BYTES, options, 0, 0, 8, places -> {
            ByteBuffer words = ByteBuffer.wrap(places).order(ByteOrder.nativeOrder());
            for (int i = 0; i < BATCH; i++) {
                mirrored.add(words.getInt(i * SamplePlace.BYTES + 4 * SamplePlace.FLAGS));
                erased.add(Integer.signum(words.getInt(i * SamplePlace.BYTES + 4 * SamplePlace.HEIGHT)));
            }
            return places;
        });
        assertEquals(Set.of(0, SamplePlace.MIRRORED), mirrored);
        assertEquals(Set.of(0, 1), erased);
    }

    @Test
    void theLastBatchOfAnEvaluationIsPadded() {
        LoaderOptions options = LoaderOptions.evaluation(BATCH);
        DatasetStatistics statistics = DatasetStatistics.compute(DATA, 1);
        List<Batch> got = device(Resident.of(DATA, statistics, 1), statistics, options, 0, 0, 9);
        same(host(DATA, options, 0, 0, 9), got);
        assertEquals(List.of(-1, -1), got.get(8).labels.subList(10, 12));
    }

    /** What stands in its place is neither moved nor erased, and does not count. */
    @Test
    void pictureThatCannotBeUsedIsPlain() {
        Dataset broken = new Samples.Forwarding(DATA) {
            @Override
            public void read(int index, ByteBuffer image) {
                if (index % 10 == 3) throw new PictureException("image " + index, "is broken");
                super.read(index, image);
            }
        };
        DatasetStatistics statistics = DatasetStatistics.compute(DATA, 1);
        LoaderOptions options =
                LoaderOptions.training(BATCH, 5).withAugmentation(Augmentation.parse("shift=3,erase=1"), statistics);
        List<Batch> got = device(Resident.of(broken, statistics, 2), statistics, options, 0, 0, 8);
        same(host(broken, options, 0, 0, 8), got);
        assertTrue(got.stream().anyMatch(b -> b.labels.contains(-1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"rotate=10", "crop=0.5-1,flip", "jitter=0.4", "rand=2:9", "shift=1,shift=1", "erase=1,erase=1"})
    void refusesWhatIsNotJustMoved(String augmentation) {
        LoaderOptions options = LoaderOptions.training(BATCH, 1)
                .withAugmentation(Augmentation.parse(augmentation), DatasetStatistics.compute(DATA, 1));
        ResidentDataset resident = Resident.of(DATA, options.statistics().orElseThrow(), 1).dataset;
        DataException e = assertThrows(
                DataException.class, () -> batches(resident, SamplePlace.BYTES, options, 0, 0, 1, bytes -> bytes));
        assertTrue(e.getMessage().startsWith("images on the device are changed by shift, flip, vflip and erase alone"));
        assertTrue(e.getMessage().contains(options.augmentation().toString()), e.getMessage());
    }

    @Test
    void refusesMixing() {
        DataException e =
                assertThrows(DataException.class, () -> ResidentDataset.check(Augmentation.NONE, new Mixing(0.2, 0)));
        assertTrue(e.getMessage().endsWith("leave them or --device-data out"), e.getMessage());
    }

    @Test
    void anErrorWhileReadingComesOutAsItIs() {
        DataException broken = new DataException("the disk is broken; mend it");
        Dataset data = new Samples.Forwarding(DATA) {
            @Override
            public void read(int index, ByteBuffer image) {
                if (index == 77) throw broken;
                super.read(index, image);
            }
        };
        assertEquals(
                broken,
                assertThrows(DataException.class, () -> Resident.of(data, DatasetStatistics.compute(DATA, 1), 2)));
    }
}
