package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ClipByGlobalNorm;

/** Scales all tensors by one factor, which the kernel makes of the norm in device memory. */
final class ClipByGlobalNormCuda {
    private static final String KERNEL = "clip_by_global_norm";

    private ClipByGlobalNormCuda() {}

    static void register(CudaTable table) {
        table.add(ClipByGlobalNorm.class, ClipByGlobalNormCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, ClipByGlobalNorm op, Preparation p) {
        CudaKernel.Builder k = CudaKernel.of(p.node(), KERNEL);
        for (int i = 0; i < op.count(); i++) {
            Layout l = SegmentTable.layout(p, i);
            k.input(i, l).output(i, l);
        }
        c.kernels.function(KERNEL);
        return k.bind(x -> {
            SegmentTable table = SegmentTable.ofGradients(x, op.count());
            x.launch(
                    KERNEL,
                    table.grid(),
                    table.address(),
                    table.segments(),
                    x.input(op.count()),
                    op.limit(),
                    x.output(op.clipped()));
        });
    }
}
