package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import voluta.data.BatchLoader;
import voluta.data.LoaderOptions;
import voluta.model.NetworkDescription;

class StepLoopTest {
    private static final int WARM_UP = 200;
    private static final int STEPS = 1_000;

    /** The promise of the architecture: a step decides nothing, looks up nothing and allocates nothing. */
    @Test
    void aThousandStepsAllocateNothing() {
        NetworkDescription network = Blobs.network();
        TrainingConfig config = TrainingConfig.DEFAULTS
                .with("backend", "onednn")
                .with("batch-size", "4")
                .with("lr", "0.001")
                .with("clip-grad", "1")
                .with("threads", "1");
        RunData data = RunData.of(config, network, Blobs.data("train", 64, 1), Blobs.data("test", 16, 2));
        UpdateSettings update = UpdateSettings.of(config, 16, 10_000);
        try (TrainingProgram program = new TrainingProgram(config, data);
                BatchLoader loader = new BatchLoader(
                        data.training(),
                        TrainingProgram.slots(program.training()),
                        LoaderOptions.training(4, config.seed()))) {
            StepLoop loop = new StepLoop(
                    program.training(), loader, update.schedule(), config.lr(), 0, true, new EpochTotals(), 0);
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
