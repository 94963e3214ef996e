package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.CpuThreads;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.Program;

/** oneDNN keeps to the number of threads that is chosen. */
class OnednnThreadsTest {
    /** OpenMP's default is another, and it keeps a number for each thread. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void oneDnnTakesAsManyInWhicheverThreadAStepRuns(int threads) throws Exception {
        assumeTrue(NativeKernels.takeThreads(2), () -> NativeKernels.problem().orElseThrow());
        try (Backend backend = new OnednnProvider().open(new BackendOptions(threads, 0, false, 0));
                Executable step = backend.compile(new Program(List.of(), List.of()), ExecutionMode.EAGER)) {
            assertEquals(threads, NativeKernels.threads());
            assertTrue(backend.device().endsWith(", " + CpuThreads.text(threads)), backend.device());
            FutureTask<Integer> elsewhere = new FutureTask<>(() -> {
                step.run(0);
                return NativeKernels.threads();
            });
            new Thread(elsewhere).start();
            assertEquals(threads, elsewhere.get());
        }
    }
}
