package voluta.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Loops that are shared among threads. */
class WorkersTest {
    private static final int THREADS = 3;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 5, 100})
    void eachItemIsDoneOnce(int n) {
        try (Workers workers = new Workers(THREADS)) {
            AtomicIntegerArray done = new AtomicIntegerArray(n);
            workers.run(n, 1, (from, to) -> {
                for (long i = from; i < to; i++) done.incrementAndGet((int) i);
            });
            for (int i = 0; i < n; i++) assertEquals(1, done.get(i));
        }
    }

    /** An error in one of the other threads once left the caller waiting for ever. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void whatAPartThrowsReachesTheCaller(int part) {
        for (Throwable failure : new Throwable[] {new IllegalArgumentException("bad"), new InternalError("worse")}) {
            try (Workers workers = new Workers(THREADS)) {
                Workers.Task fails = (from, to) -> {
                    if (from != part) return;
                    if (failure instanceof Error e) throw e;
                    throw (RuntimeException) failure;
                };
                Throwable thrown = assertTimeoutPreemptively(
                        Duration.ofSeconds(20),
                        () -> assertThrows(failure.getClass(), () -> workers.run(THREADS, 1, fails)));
                assertSame(failure, thrown);
                AtomicIntegerArray done = new AtomicIntegerArray(THREADS);
                workers.run(THREADS, 1, (from, to) -> done.incrementAndGet((int) from));
                for (int i = 0; i < THREADS; i++) assertEquals(1, done.get(i), "they go on afterwards");
            }
        }
    }

    /** What they work on may be freed once the caller has its exception. */
    @Test
    void anErrorIsThrownWhenAllHaveEnded() {
        try (Workers workers = new Workers(2)) {
            AtomicBoolean ended = new AtomicBoolean();
            assertThrows(
                    InternalError.class,
                    () -> workers.run(2, 1, (from, to) -> {
                        if (from == 0) throw new InternalError("at once");
                        LockSupport.parkNanos(50_000_000);
                        ended.set(true);
                    }));
            assertTrue(ended.get());
        }
    }

    @Test
    void closedWorkersRefuseInsteadOfWaiting() {
        Workers workers = new Workers(2);
        workers.close();
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertThrows(IllegalStateException.class, () -> workers.run(2, 1, (from, to) -> {})));
    }
}
