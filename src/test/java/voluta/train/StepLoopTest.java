package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.data.BatchLoader;
import voluta.data.LoaderOptions;
import voluta.model.NetworkDescription;

class StepLoopTest {
    private static final int WARM_UP = 200;
    private static final int STEPS = 1_000;

    /** The promise of the architecture: a step decides nothing, looks up nothing and allocates nothing. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aThousandStepsAllocateNothing(int batches) {
        NetworkDescription network = Blobs.network();
        TrainingConfig config = TrainingConfig.DEFAULTS
                .with("backend", "onednn")
                .with("batch-size", "4")
                .with("grad-accum-steps", Integer.toString(batches))
                .with("lr", "0.001")
                .with("clip-grad", "1")
                .with("threads", "1");
        RunData data = RunData.of(config, network, Blobs.data("train", 64, 1), Blobs.data("test", 16, 2), null);
        UpdateSettings update = UpdateSettings.of(config, 16 / batches, 10_000);
        try (TrainingProgram program = new TrainingProgram(config, data);
                BatchLoader loader = new BatchLoader(
                        data.training(),
                        TrainingProgram.slots(program.training()),
                        LoaderOptions.training(4, config.seed()))) {
            StepLoop loop = new StepLoop(
                    program, config, loader, update.schedule(), config.lr(), true, new EpochTotals(), Position.START);
            BooleanSupplier stop = new StopRequest()::requested;
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long live = program.session().liveBytes();
            assertEquals(WARM_UP, loop.run(WARM_UP, stop));
            long before = threads.getCurrentThreadAllocatedBytes();
            assertEquals(STEPS, loop.run(STEPS, stop));
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            // Asking for the figure may itself allocate, once.
            assertTrue(allocated < 256, allocated + " bytes in " + STEPS + " steps");
            assertEquals(live, program.session().liveBytes());
            assertEquals(WARM_UP + STEPS, loop.step());
        }
    }
}
