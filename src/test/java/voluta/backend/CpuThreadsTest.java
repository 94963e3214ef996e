package voluta.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One number of threads for all that computes. */
class CpuThreadsTest {
    @ParameterizedTest
    @CsvSource(
            nullValues = "unset",
            value = {
                "3, 7, 3",
                "0, 7, 7",
                "0, unset, 4",
                "0, ' 2 ', 2",
                "0, '2,1', 2",
                "0, 0, 4",
                "0, many, 4",
                "0, '', 4"
            })
    void whatIsAskedForComesBeforeTheEnvironment(int asked, String environment, int expected) {
        assertEquals(expected, CpuThreads.of(asked, environment, 4));
    }

    /** Also the backend that no OpenMP is in; whatever the environment of this test says. */
    @Test
    void theReferenceKeepsToIt() {
        for (int asked : new int[] {0, 1, 3}) {
            int threads = CpuThreads.of(asked);
            BackendOptions options = new BackendOptions(asked, 0, false, 0);
            try (Backend backend = Backends.open("reference", options).backend()) {
                assertEquals("plain Java in double precision, " + CpuThreads.text(threads), backend.device());
            }
        }
    }

    @Test
    void moreThreadsThanCoresAreNamed() {
        assertEquals("1 thread", CpuThreads.text(1, 1));
        assertEquals("4 threads", CpuThreads.text(4, 4));
        assertEquals("8 threads on 4 cores, which is slow", CpuThreads.text(8, 4));
        assertEquals("2 threads on 1 core, which is slow", CpuThreads.text(2, 1));
    }
}
