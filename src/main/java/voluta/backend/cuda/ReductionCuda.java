package voluta.backend.cuda;

import static voluta.backend.cuda.memory.DeviceMemoryManager.aligned;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.backend.cuda.CudaLayout.Order;
import voluta.op.Reduction;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Sums and means, over one group of dimensions that are neighbours in memory after another, from the innermost out; what
 * lies between is f32. A sum over the batch is a loss, a statistic or a parameter's gradient, so it stays f32; others
 * have x's storage.
 */
final class ReductionCuda {

    private ReductionCuda() {}

    static void register(CudaTable table) {
        table.add(Reduction.class, ReductionCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, Reduction op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        Layout in = c.offeredOr(p, 0);
        DType from = CudaLayout.storage(x, in);
        Optional<Order> order = order(op, x, y, CudaLayout.order(in));
        if (order.isEmpty()) in = CudaLayout.of(x, Order.ROW_MAJOR, from);
        List<Sums> passes = passes(op, x, CudaLayout.order(in));
        DType to = op.axes().contains(0) && !passes.isEmpty() ? DType.F32 : from;
        Layout out = CudaLayout.of(y, order.orElse(Order.ROW_MAJOR), to);
        if (passes.isEmpty())
            return CudaKernel.of(p.node(), "view")
                    .input(0, in)
                    .output(0, out)
                    .views(0, 0)
                    .bind(b -> {});
        float scale = op.kind() == Reduction.Kind.MEAN ? (float) (1.0 / op.count(x.shape())) : 1;
        return inPasses(c, p, in, out, passes, scale);
    }

    private static CudaKernel inPasses(
            CudaContext c, Preparation p, Layout in, Layout out, List<Sums> passes, float scale) {
        int last = passes.size() - 1;
        DType[] storage = new DType[passes.size() + 1];
        Arrays.fill(storage, DType.F32);
        storage[0] = CudaLayout.storage(p.node().input(0).type(), in);
        storage[last + 1] = CudaLayout.storage(p.node().output().type(), out);
        long[] offsets = new long[passes.size()];
        long own = 0, between = 0;
        for (int i = 0; i <= last; i++) {
            passes.get(i).load(c, storage[i], storage[i + 1]);
            own = Math.max(own, passes.get(i).scratch(c));
            offsets[i] = between;
            if (i < last) between += aligned(Float.BYTES * passes.get(i).results());
        }
        long partial = between;
        return CudaKernel.of(p.node(), "sums in " + passes.size() + (last == 0 ? " pass" : " passes"))
                .input(0, in)
                .output(0, out)
                .scratch(between + own)
                .bind(x -> {
                    long scratch = x.scratch();
                    for (int i = 0; i <= last; i++) {
                        long from = i == 0 ? x.input(0) : scratch + offsets[i - 1];
                        long to = i == last ? x.output(0) : scratch + offsets[i];
                        passes.get(i)
                                .emit(
                                        x,
                                        from,
                                        storage[i],
                                        to,
                                        storage[i + 1],
                                        i == last ? scale : 1,
                                        scratch + partial);
                    }
                });
    }

    /** Whether what is left of a value in this order is a result in some order, and in which. */
    private static Optional<Order> order(Reduction op, TensorType x, TensorType y, Order order) {
        List<Integer> left = new ArrayList<>();
        for (int d : CudaLayout.dimensions(x.rank(), order)) {
            if (op.axes().contains(d)) continue;
            int place = op.keep()
                    ? d
                    : d - (int) op.axes().stream().filter(a -> a < d).count();
            if (y.dim(place) > 1) left.add(place);
        }
        return Arrays.stream(Order.values())
                .filter(o -> Arrays.stream(CudaLayout.dimensions(y.rank(), o))
                        .filter(d -> y.dim(d) > 1)
                        .boxed()
                        .toList()
                        .equals(left))
                .findFirst();
    }

    private static List<Sums> passes(Reduction op, TensorType x, Order order) {
        List<long[]> groups = new ArrayList<>();
        for (int d : CudaLayout.dimensions(x.rank(), order)) {
            if (x.dim(d) == 1) continue;
            long reduced = op.axes().contains(d) ? 1 : 0;
            if (!groups.isEmpty() && groups.get(groups.size() - 1)[1] == reduced)
                groups.get(groups.size() - 1)[0] *= x.dim(d);
            else groups.add(new long[] {x.dim(d), reduced});
        }
        List<Sums> passes = new ArrayList<>();
        long inner = 1, outer = x.elements();
        for (int g = groups.size() - 1; g >= 0; g--) {
            long size = groups.get(g)[0];
            outer /= size;
            if (groups.get(g)[1] == 1) passes.add(new Sums(outer, size, inner));
            else inner *= size;
        }
        return passes;
    }
}
