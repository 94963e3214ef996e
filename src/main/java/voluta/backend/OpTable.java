package voluta.backend;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import voluta.graph.Op;
import voluta.tensor.TensorType;

/**
 * Which class of a backend prepares which op: one line per op file.
 *
 * @param <C> what a backend's op files share
 * @param <K> a backend's kernels
 */
public class OpTable<C, K extends PreparedKernel> {
    /** Prepares nodes whose op is {@code op}. */
    @FunctionalInterface
    public interface Factory<C, T extends Op, K> {
        K prepare(C context, T op, Preparation preparation);
    }

    /** Which of the ops of a class there are kernels for. */
    @FunctionalInterface
    public interface Condition<T extends Op> {
        Support check(T op, List<TensorType> inputs, Precision precision);
    }

    /** The condition again, erased. */
    private interface Check {
        Support check(Op op, List<TensorType> inputs, Precision precision);
    }

    /** Erased, and typed again by the class under which it is kept. */
    private record Entry<C, K>(Check supports, BiFunction<C, Preparation, K> prepare) {}

    private final String backend;
    private final Map<Class<? extends Op>, Entry<C, K>> entries = new HashMap<>();

    /** @param backend its name, for messages */
    protected OpTable(String backend) {
        this.backend = backend;
    }

    /** Registers how nodes of this op are prepared. */
    public final <T extends Op> void add(Class<T> op, Factory<C, T, K> factory) {
        add(op, factory, (o, inputs, precision) -> Support.YES);
    }

    /** The same for a class of which only the ops that meet a condition have a kernel. */
    public final <T extends Op> void add(Class<T> op, Factory<C, T, K> factory, Condition<T> condition) {
        Entry<C, K> e = new Entry<>(
                (o, inputs, precision) -> condition.check(op.cast(o), inputs, precision),
                (c, p) -> factory.prepare(c, op.cast(p.node().op()), p));
        if (entries.put(op, e) != null) throw new IllegalStateException("two factories for " + op);
    }

    /** Whether there is a kernel for such a node. */
    public final Support supports(Op op, List<TensorType> inputs, Precision precision) {
        Entry<C, K> e = entries.get(op.getClass());
        return e == null
                ? Support.no(backend + " has no kernel for " + op.name())
                : e.supports.check(op, inputs, precision);
    }

    /** The kernel of a node. */
    public final K prepare(C context, Preparation p) {
        Entry<C, K> e = entries.get(p.node().op().getClass());
        if (e == null) throw new IllegalStateException("no kernel of " + backend + " for " + p.node());
        return e.prepare.apply(context, p);
    }
}
