package voluta.cli;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handlers of the system's signals.
 *
 * <p>Note [Why signals by reflection]. A shutdown hook cannot tell Ctrl-C from SIGTERM, whose exit codes differ, and the JVM
 * ends while hooks still run. {@code sun.misc.Signal}, of the supported module {@code jdk.unsupported}, can; but compiling
 * against it gives a warning that nothing can silence, and warnings are errors here.
 */
final class Signals {
    private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

    private Signals() {}

    /**
     * Calls an action whenever a signal comes, on a thread of its own.
     *
     * @param name without SIG
     * @return gives the signal back to whoever had it; empty where the JVM does not allow to handle it
     */
    static Optional<Runnable> handle(String name, Runnable action) {
        InvocationHandler handler = (proxy, method, arguments) -> {
            if (method.getName().equals("handle")) {
                action.run();
                return null;
            }
            if (method.getName().equals("equals")) return proxy == arguments[0];
            return method.getName().equals("hashCode") ? System.identityHashCode(proxy) : "handler of SIG" + name;
        };
        try {
            Class<?> signal = Class.forName("sun.misc.Signal"), type = Class.forName("sun.misc.SignalHandler");
            Object number = signal.getConstructor(String.class).newInstance(name);
            Object own = Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler);
            Object earlier = install(number, own);
            return Optional.of(() -> giveBack(number, earlier));
        } catch (ReflectiveOperationException | RuntimeException e) {
            LOG.debug("signal {} cannot be caught: {}", name, e.toString());
            return Optional.empty();
        }
    }

    private static void giveBack(Object signal, Object earlier) {
        try {
            install(signal, earlier);
        } catch (ReflectiveOperationException e) {
            LOG.debug("signal {} cannot be given back: {}", signal, e.toString());
        }
    }

    private static Object install(Object signal, Object handler) throws ReflectiveOperationException {
        Method handle =
                signal.getClass().getMethod("handle", signal.getClass(), Class.forName("sun.misc.SignalHandler"));
        return handle.invoke(null, signal, handler);
    }
}
