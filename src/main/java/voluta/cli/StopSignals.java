package voluta.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Catches the signals that ask the program to end, so that it can save before it does. The first one calls an action
 * with the exit code, which should be short; the second ends the process at once.
 */
final class StopSignals implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);
    private static final Map<String, Integer> CODES = Map.of("INT", ExitCode.INTERRUPTED, "TERM", ExitCode.TERMINATED);

    private final AtomicInteger received = new AtomicInteger();
    private final List<Runnable> giveBack = new ArrayList<>();

    private StopSignals() {}

    /** Catches SIGINT and SIGTERM until it is closed; where the JVM does not allow that, they end the program as ever. */
    static StopSignals catching(IntConsumer action) {
        StopSignals signals = new StopSignals();
        CODES.forEach((name, code) -> signals.handle(name, code, action));
        return signals;
    }

    /** Ends the process with a code if it has not ended by itself until then. */
    static void haltAfter(Duration grace, int code) {
        Thread thread = new Thread(
                () -> {
                    try {
                        Thread.sleep(grace.toMillis());
                    } catch (InterruptedException e) {
                        LOG.debug("interrupted while the process ends");
                    }
                    Runtime.getRuntime().halt(code);
                },
                "voluta-end");
        thread.setDaemon(true);
        thread.start();
    }

    /** The exit code that belongs to the signal received; 0 without one. */
    int exitCode() {
        return received.get();
    }

    private void handle(String name, int code, IntConsumer action) {
        Signals.handle(name, () -> {
                    if (!received.compareAndSet(0, code)) Runtime.getRuntime().halt(code);
                    action.accept(code);
                })
                .ifPresent(giveBack::add);
    }

    /** Gives the signals back to whoever had them. */
    @Override
    public void close() {
        giveBack.forEach(Runnable::run);
        giveBack.clear();
    }
}
