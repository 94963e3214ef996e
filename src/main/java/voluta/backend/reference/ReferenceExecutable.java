package voluta.backend.reference;

import java.util.List;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import voluta.backend.Executable;
import voluta.backend.Feed;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Runs a program's computations one after another. */
final class ReferenceExecutable implements Executable {
    private final List<Feed> feeds;
    private final HostTensor[][] hosts;
    private final View[] targets;
    private final Bound[] steps;
    private final ForkJoinPool pool;

    private record Bound(Computation computation, View[] in, View[] out, View context) implements Runnable {
        @Override
        public void run() {
            computation.run(in, out, context);
        }
    }

    /** @param pool where the loops of steps run; null for the pool that all of Java shares */
    ReferenceExecutable(Program program, ForkJoinPool pool) {
        this.pool = pool;
        feeds = program.feeds();
        hosts = new HostTensor[feeds.size()][];
        targets = new View[feeds.size()];
        for (int f = 0; f < feeds.size(); f++) {
            Feed feed = feeds.get(f);
            targets[f] = ReferenceBackend.view(feed.target(), feed.type());
            hosts[f] = feed.slots().stream()
                    .map(s -> HostTensor.over(feed.type(), s.bytes()))
                    .toArray(HostTensor[]::new);
        }
        steps = program.steps().stream().map(ReferenceExecutable::bind).toArray(Bound[]::new);
    }

    private static Bound bind(Step s) {
        ReferenceKernel k = (ReferenceKernel) s.kernel();
        View context = s.context() == null ? null : flat(s.context());
        return new Bound(
                k.computation(),
                views(s.inputs(), s.node().inputTypes()),
                views(s.outputs(), s.node().outputTypes()),
                context);
    }

    private static View flat(Slice s) {
        return ReferenceBackend.view(s, TensorType.f32(Shape.of(Math.max(1, s.bytes() / 8))));
    }

    private static View[] views(List<Slice> slices, List<TensorType> types) {
        View[] v = new View[slices.size()];
        for (int i = 0; i < v.length; i++)
            v[i] = slices.get(i) == null ? null : ReferenceBackend.view(slices.get(i), types.get(i));
        return v;
    }

    @Override
    public void run(int slot) {
        feed(slot);
        within(() -> {
            for (Bound b : steps) b.run();
        });
    }

    @Override
    public void run(int slot, StepListener listener) {
        feed(slot);
        for (int i = 0; i < steps.length; i++) {
            long t = System.nanoTime();
            within(steps[i]);
            listener.after(i, System.nanoTime() - t);
        }
    }

    /** Parallel streams take the threads of the pool that they are begun in. */
    private void within(Runnable work) {
        if (pool == null) work.run();
        else pool.invoke(ForkJoinTask.adapt(work));
    }

    private void feed(int slot) {
        for (int f = 0; f < targets.length; f++) {
            HostTensor h = hosts[f][slot];
            for (int i = 0, n = targets[f].size(); i < n; i++) targets[f].set(i, h.get(i));
        }
    }

    @Override
    public void close() {}
}
