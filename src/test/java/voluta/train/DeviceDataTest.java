package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.backend.DeviceException;
import voluta.backend.DeviceMemoryException;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.checkpoint.Checkpoint;
import voluta.data.DataException;
import voluta.data.MemoryDataset;

/** A run whose data are on the device ends with the bits of the run whose data are on the host. */
class DeviceDataTest {
    /** What an opened device takes for cuBLAS before anything else. */
    private static final long CUBLAS = 32 << 20;

    @TempDir
    Path folder;

    private final List<String> notices = new ArrayList<>();
    private final MemoryDataset train = Blobs.data("blobs (train)", 130, 1);
    private final MemoryDataset test = Blobs.data("blobs (test)", 41, 2);

    private Training run(String name, boolean deviceData) {
        return Training.of(Blobs.network().withDropout(0.2))
                .data(train, test)
                .backend("cuda")
                .output(folder)
                .set("experiment", name)
                .batchSize(16)
                .epochs(2)
                .optimizer("sgd")
                .learningRate(0.02)
                .augmentation("shift=2,flip")
                .set("device-data", deviceData)
                .set("log-interval", 3)
                .listener(new TrainingListener() {
                    @Override
                    public void notice(String sentence) {
                        notices.add(sentence);
                    }
                });
    }

    private static void same(TrainingResult host, TrainingResult device) {
        assertEquals(host.steps(), device.steps());
        Checkpoint a = Checkpoint.load(host.last()), b = Checkpoint.load(device.last());
        assertEquals(a.weights().keySet(), b.weights().keySet(), "data are no weights");
        a.weights()
                .forEach((name, t) ->
                        assertEquals(t.bytes(), b.weights().get(name).bytes(), name));
        assertEquals(a.state().keySet(), b.state().keySet());
        a.state().forEach((group, tensors) -> {
            assertEquals(tensors.keySet(), b.state(group).keySet(), group);
            tensors.forEach((name, t) ->
                    assertEquals(t.bytes(), b.state(group).get(name).bytes(), name));
        });
        for (int e = 0; e < host.epochs().size(); e++) {
            assertEquals(
                    host.epochs().get(e).evaluation().loss(),
                    device.epochs().get(e).evaluation().loss());
            assertEquals(
                    host.epochs().get(e).evaluation().top1(),
                    device.epochs().get(e).evaluation().top1());
            assertEquals(host.epochs().get(e).loss(), device.epochs().get(e).loss());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "none               | 0    | 0   | 1 | 1",
                "shift=2,flip       | 0    | 0   | 1 | 1",
                "shift=2:mean,flip  | 0.5  | 0.1 | 1 | 1",
                "vflip,shift=1      | 0    | 0   | 3 | 1",
                "flip               | 0.25 | 0   | 1 | 0.6"
            })
    void hasTheBitsOfTheHosts(String changes, double reprob, double smoothing, int batches, double fraction) {
        SimulatedDevice.assume();
        TrainingResult[] results = new TrainingResult[2];
        for (int i = 0; i < 2; i++) {
            results[i] = run("run" + i, i == 1)
                    .augmentation(changes)
                    .set("reprob", reprob)
                    .set("smoothing", smoothing)
                    .set("grad-accum-steps", batches)
                    .set("fraction", fraction)
                    .set("workers", 1 + i)
                    .run();
        }
        same(results[0], results[1]);
        assertTrue(results[0].steps() > 3, "several steps are captured ones");
    }

    /** Stopped on the device within an epoch, it goes on there or on the host, as one likes. */
    @Test
    void resumesOnEitherSide() {
        SimulatedDevice.assume();
        TrainingResult whole = run("whole", false).run();
        for (boolean there : new boolean[] {true, false}) {
            TrainingResult part = ResumeTest.stopAfter(run("part-" + there, true), 5);
            assertTrue(part.steps() < whole.steps());
            TrainingConfig on = ResumePoint.at(part.folder()).config().with("device-data", "" + there);
            TrainingResult rest = Training.of(on)
                    .data(train, test)
                    .resuming(ResumePoint.at(part.folder()))
                    .listener(new TrainingListener() {})
                    .run();
            same(whole, rest);
        }
    }

    @Test
    void saysWhatIsWhere() {
        SimulatedDevice.assume();
        run("told", true).epochs(1).profile().run();
        assertTrue(
                notices.contains(
                        "the 130 training samples are on the device (8.13 KiB), and so are the 41 to evaluate on"
                                + " (2.56 KiB)"),
                notices.toString());
        Rehearsal rehearsal = run("plan", true).trainer().rehearse();
        assertTrue(rehearsal.plan().contains(" data 8,448"), rehearsal.plan());
        assertTrue(
                rehearsal.memoryBytes()
                        >= run("host", false).trainer().rehearse().memoryBytes() + 130 * 64,
                "the data count");
    }

    @Test
    void theEvaluationSetStaysOnTheHostWhereRoomIsShort() {
        SimulatedDevice.assume();
        long step = run("size", true).trainer().rehearse().memoryBytes();
        MemoryDataset large = Blobs.data("blobs (test)", (int) (2 * step / 64), 2);
        TrainingResult[] results = new TrainingResult[2];
        for (int i = 0; i < 2; i++) {
            results[i] = run("limited" + i, i == 1)
                    .data(train, large)
                    .epochs(1)
                    .set("memory-limit", CUBLAS + 5 * step / 2)
                    .run();
        }
        same(results[0], results[1]);
        String told = "come from the host, since they would take more than half of what is left";
        assertTrue(notices.stream().anyMatch(n -> n.endsWith(told)), notices.toString());
    }

    @Test
    void theDataCountWhereTheMemoryDecidesAboutTheBatch() {
        SimulatedDevice.assume();
        MemoryDataset many = Blobs.data("blobs (train)", 4000, 1);
        int[] batches = new int[2];
        for (int i = 0; i < 2; i++) {
            batches[i] = run("fit" + i, i == 1)
                    .data(many, test)
                    .set("batch-size", -1)
                    .set("memory-limit", CUBLAS + (1 << 20))
                    .trainer()
                    .rehearse()
                    .batchSize();
        }
        int host = batches[0], device = batches[1];
        assertTrue(device < host, device + " with 250 KiB of data on the device, " + host + " without");
    }

    @Test
    void refusesDataThatDoNotFit() {
        SimulatedDevice.assume();
        Training run = run("large", true)
                .data(Blobs.data("blobs (train)", 200_000, 1), test)
                .set("memory-limit", CUBLAS + (8 << 20));
        DeviceMemoryException e = assertThrows(DeviceMemoryException.class, run::run);
        assertTrue(e.getMessage().startsWith("the training data take 12.2 MiB, but only "), e.getMessage());
        assertTrue(e.getMessage().endsWith("leave out --device-data to keep them on the host"), e.getMessage());
        assertTrue(Files.notExists(folder.resolve("large")), "nothing is written");
    }

    /** The data alone fit, with the step they do not. */
    @Test
    void saysWhatHelpsWhereTheStepDoesNotFitBesideTheData() {
        SimulatedDevice.assume();
        Training run = run("beside", true)
                .data(Blobs.data("blobs (train)", 50_000, 1), test)
                .batchSize(20_000)
                .set("memory-limit", CUBLAS + (8 << 20));
        DeviceMemoryException e = assertThrows(DeviceMemoryException.class, run::run);
        assertTrue(
                e.getMessage()
                        .endsWith("the training data take 3.05 MiB: leave out --device-data to keep them on the host"),
                e.getMessage());
        assertTrue(
                e.details().stream().anyMatch(l -> l.contains("data 3.05 MiB")),
                e.details().toString());
    }

    @ParameterizedTest
    @CsvSource({"onednn", "reference"})
    void backendsWithoutMemoryOfTheirOwnRefuse(String backend) {
        DeviceException e = assertThrows(
                DeviceException.class, () -> run("cpu", true).backend(backend).run());
        assertEquals(
                "the backend " + backend + " computes in the host's memory, where the data are already; leave out"
                        + " --device-data, or use it with --backend cuda",
                e.getMessage());
    }

    @ParameterizedTest
    @CsvSource({"augmentation, rotate=15", "mixup, 0.2", "cutmix, 1", "augmentation, 'crop=0.5-1,flip'"})
    void optionsThatNeedTheHostAreRefusedAtOnce(String option, String value) {
        TrainingConfig config = TrainingConfig.DEFAULTS.with("device-data", "true");
        DataException e = assertThrows(DataException.class, () -> config.with(option, value));
        assertTrue(e.getMessage().endsWith("or --device-data out"), e.getMessage());
    }
}
