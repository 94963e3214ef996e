package voluta.backend.cuda;

import voluta.backend.Preparation;
import voluta.op.Accumulate;

/** Adds to a running sum: one thread. */
final class AccumulateCuda {
    private static final String KERNEL = "accumulate";

    private AccumulateCuda() {}

    static void register(CudaTable table) {
        table.add(Accumulate.class, (c, op, p) -> prepare(c, p));
    }

    private static CudaKernel prepare(CudaContext c, Preparation p) {
        c.kernels.function(KERNEL);
        return CudaKernel.of(p.node(), KERNEL).bind(x -> x.launch(KERNEL, new Grid(1, 1, 1), x.input(0), x.input(1)));
    }
}
