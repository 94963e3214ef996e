package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.nn.Mode;
import voluta.plan.Lowering;
import voluta.plan.Passes;
import voluta.tensor.HostTensor;

class LoadedNetworkTest {
    private static final BackendOptions ONE_THREAD = new BackendOptions(1, 0, false, 0);
    /** Too many for any cache. */
    private static final int LARGE = 1 << 16;

    @TempDir
    Path folder;

    private static LoadedNetwork open(Path file, int batch) {
        return LoadedNetwork.open(file, "onednn", ONE_THREAD, Precision.F32, batch);
    }

    /** A sample that is like few others of its batch. */
    private static void fill(ByteBuffer samples, int first) {
        for (int i = 0; samples.hasRemaining(); i++) {
            int sample = first + i / Blobs.SHAPE.bytes();
            samples.put((byte) (i % Blobs.SHAPE.bytes() * 29 + sample * 53 + sample / 256 * 7));
        }
    }

    /** What val, predict and the Java API run in: they ask for nothing, and get what the backend proposes. */
    @Test
    void largeBatchesRunInThePassesThatTheBackendProposes() {
        Path file = Blobs.training(
                        folder,
                        "passes",
                        "onednn",
                        Blobs.data("train", 64, 1),
                        Blobs.data("test", 16, 2),
                        new ArrayList<>())
                .epochs(1)
                .run()
                .last();
        Passes proposed;
        try (Backend backend = Backends.open("onednn", ONE_THREAD).backend()) {
            proposed = Passes.of(
                    backend,
                    Lowering.forInference(
                            TrainedNetwork.load(file).network().forward(Mode.INFERENCE, LARGE), backend, Precision.F32),
                    LARGE,
                    Precision.F32);
        }
        assumeTrue(proposed.count() > 1, "this machine does not tell its caches");
        try (LoadedNetwork large = open(file, LARGE);
                LoadedNetwork small = open(file, 4)) {
            assertEquals(proposed, large.graph().passes());
            assertEquals(1, small.graph().passes().count());
            fill(large.samples(1), 0);
            HostTensor all = large.run(1);
            int classes = large.classNames().size();
            for (int first : new int[] {0, proposed.rows() - 2, LARGE - 4}) {
                fill(small.samples(0).clear(), first);
                HostTensor four = small.run(0);
                for (int i = 0; i < 4 * classes; i++)
                    assertEquals(four.get(i), all.get((long) first * classes + i), 1e-5, "from sample " + first);
            }
        }
    }
}
