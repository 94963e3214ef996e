package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.data.BatchLoader;
import voluta.data.LoaderOptions;
import voluta.model.Model;
import voluta.model.NetworkDescription;

class StepLoopTest {
    private static final int WARM_UP = 200;
    private static final int STEPS = 1_000;

    /** The promise of the architecture: a step decides nothing, looks up nothing and allocates nothing. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void aThousandStepsAllocateNothing(int batches) {
        allocateNothing(Blobs.network(), 4, batches);
    }

    /** The same where a convolution of the CPU backend's own normalizes what it reads: 16 channels, and pixels enough. */
    @Test
    void normalizingWhereConvolutionsReadAllocatesNothing() {
        NetworkDescription network = Model.named("normalized")
                .input(1, 8, 8)
                .classes(4)
                .conv(16, 3)
                .with("padding", 1)
                .batchNorm()
                .relu()
                .conv(16, 3)
                .with("padding", 1)
                .flatten()
                .linear()
                .build();
        allocateNothing(network, 16, 1);
    }

    private static void allocateNothing(NetworkDescription network, int batch, int batches) {
        TrainingConfig config = TrainingConfig.DEFAULTS
                .with("backend", "onednn")
                .with("batch-size", Integer.toString(batch))
                .with("grad-accum-steps", Integer.toString(batches))
                .with("lr", "0.001")
                .with("clip-grad", "1")
                .with("threads", "1");
        RunData data = RunData.of(config, network, Blobs.data("train", 64, 1), Blobs.data("test", 16, 2), null);
        UpdateSettings update = UpdateSettings.of(config, 64 / batch / batches, 10_000);
        try (TrainingProgram program = new TrainingProgram(config, data);
                BatchLoader loader = new BatchLoader(
                        data.training(),
                        TrainingProgram.slots(program.training()),
                        LoaderOptions.training(batch, config.seed()))) {
            StepLoop loop = new StepLoop(
                    program, config, loader, update.schedule(), config.lr(), true, new EpochTotals(), Position.START);
            BooleanSupplier stop = new StopRequest()::requested;
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long live = program.session().liveBytes();
            assertEquals(WARM_UP, loop.run(WARM_UP, stop));
            long before = threads.getCurrentThreadAllocatedBytes();
            assertEquals(STEPS, loop.run(STEPS, stop));
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            // The smallest object takes 16 bytes. Some are made once, where compiled code is given up for better: none
            // by the
            // interpreter.
            assertTrue(allocated < 8 * STEPS, allocated + " bytes in " + STEPS + " steps");
            assertEquals(live, program.session().liveBytes());
            assertEquals(WARM_UP + STEPS, loop.step());
        }
    }
}
