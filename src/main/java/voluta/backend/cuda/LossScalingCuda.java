package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.LossScaling;

/**
 * Takes the loss's scale out of gradients and sums their squares in one pass over all of them; their norm then decides in
 * device memory about the step and about the next step's scale, so that nobody waits for it.
 */
final class LossScalingCuda {
    private static final String PASS = "unscaled_squares", DECISION = "loss_scale";

    private LossScalingCuda() {}

    static void register(CudaTable table) {
        table.add(LossScaling.class, LossScalingCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, LossScaling op, Preparation p) {
        CudaKernel.Builder k = CudaKernel.of(p.node(), PASS);
        for (int i = 0; i < op.count(); i++) {
            Layout l = SegmentTable.layout(p, i);
            k.input(i, l).output(i, l);
        }
        c.kernels.function(PASS);
        c.kernels.function(GlobalNormCuda.NORMS);
        c.kernels.function(DECISION);
        return k.scratch(GlobalNormCuda.sumBytes(p.node().inputTypes().subList(0, op.count())))
                .bind(x -> emit(x, op));
    }

    private static void emit(Binding x, LossScaling op) {
        SegmentTable table = SegmentTable.ofGradients(x, op.count());
        long scale = x.output(op.scale()), norm = x.output(op.norm());
        x.launch(PASS, table.grid(), table.address(), table.segments(), scale, x.scratch());
        long firsts = x.table(new int[] {0, table.segments()});
        x.launch(GlobalNormCuda.NORMS, new Grid(1, Grid.THREADS, 1), x.scratch(), firsts, norm);
        x.launch(
                DECISION,
                new Grid(1, 32, 1),
                norm,
                scale,
                x.output(op.good()),
                x.output(op.applied()),
                (float) op.growth(),
                (float) op.backoff(),
                op.interval());
    }
}
