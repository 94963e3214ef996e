package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Accumulate;

/** Adds to a running sum, in whatever layout it lies. */
final class AccumulateCuda {
    private static final String KERNEL = "accumulate";
    private static final long NULL = 0;

    private AccumulateCuda() {}

    static void register(CudaTable table) {
        table.add(Accumulate.class, AccumulateCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, Accumulate op, Preparation p) {
        Layout l = SegmentTable.layout(p, 0);
        long n = p.node().output().type().elements();
        c.kernels.function(KERNEL);
        return CudaKernel.of(p.node(), KERNEL)
                .input(0, l)
                .input(1, l)
                .output(0, l)
                .bind(x -> x.launch(
                        KERNEL,
                        Grid.elements(c, n, Float.BYTES),
                        x.input(0),
                        x.input(1),
                        op.restarts() ? x.input(Accumulate.BEGIN) : NULL,
                        n));
    }
}
