package voluta.backend.cuda;

import voluta.backend.Preparation;
import voluta.op.SampleCount;

/** Counts labels that are not negative: one block. */
final class SampleCountCuda {
    private static final String KERNEL = "sample_count";

    private SampleCountCuda() {}

    static void register(CudaTable table) {
        table.add(SampleCount.class, (c, op, p) -> prepare(c, p));
    }

    private static CudaKernel prepare(CudaContext c, Preparation p) {
        c.kernels.function(KERNEL);
        return CudaKernel.of(p.node(), KERNEL)
                .bind(x -> x.launch(
                        KERNEL,
                        new Grid(1, Grid.THREADS, 1),
                        x.input(0),
                        x.output(0),
                        x.inputType(0).elements()));
    }
}
