package voluta.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Catches the signals that ask the program to end, so that it can save before it does. The first one calls an action
 * with the exit code, which should be short; the second ends the process at once.
 *
 * <p>Note [Why signals by reflection]. A shutdown hook cannot tell Ctrl-C from SIGTERM, whose exit codes differ, and the JVM
 * ends while hooks still run. {@code sun.misc.Signal}, of the supported module {@code jdk.unsupported}, can; but compiling
 * against it gives a warning that nothing can silence, and warnings are errors here.
 */
final class StopSignals implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StopSignals.class);
    private static final Map<String, Integer> CODES = Map.of("INT", ExitCode.INTERRUPTED, "TERM", ExitCode.TERMINATED);

    private final AtomicInteger received = new AtomicInteger();
    private final Map<Object, Object> earlier = new LinkedHashMap<>();

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
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getName().equals("handle")) {
                if (!received.compareAndSet(0, code)) Runtime.getRuntime().halt(code);
                action.accept(code);
                return null;
            }
            if (method.getName().equals("equals")) return proxy == arguments[0];
            return method.getName().equals("hashCode") ? System.identityHashCode(proxy) : "handler of SIG" + name;
        };
        try {
            Class<?> signal = Class.forName("sun.misc.Signal"), type = Class.forName("sun.misc.SignalHandler");
            Object number = signal.getConstructor(String.class).newInstance(name);
            Object own = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
            earlier.put(number, install(number, own));
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("signal {} cannot be caught: {}", name, e.toString());
        }
    }

    private static Object install(Object signal, Object handler) throws ReflectiveOperationException {
        Method handle =
                signal.getClass().getMethod("handle", signal.getClass(), Class.forName("sun.misc.SignalHandler"));
        return handle.invoke(null, signal, handler);
    }

    /** Gives the signals back to whoever had them. */
    @Override
    public void close() {
        earlier.forEach((signal, handler) -> {
            try {
                install(signal, handler);
            } catch (ReflectiveOperationException e) {
                LOG.debug("signal {} cannot be given back: {}", signal, e.toString());
            }
        });
        earlier.clear();
    }
}
