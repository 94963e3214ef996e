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
                String words = threads == 1 ? ", 1 thread" : ", " + threads + " threads";
                assertEquals("plain Java in double precision" + words, backend.device());
            }
        }
    }
}
