package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ClipByValue;

/** Clamps all tensors in one launch. */
final class ClipByValueCuda {
    private static final String KERNEL = "clip_by_value";

    private ClipByValueCuda() {}

    static void register(CudaTable table) {
        table.add(ClipByValue.class, ClipByValueCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, ClipByValue op, Preparation p) {
        CudaKernel.Builder k = CudaKernel.of(p.node(), KERNEL);
        for (int i = 0; i < op.count(); i++) {
            Layout l = SegmentTable.layout(p, i);
            k.input(i, l).output(i, l);
        }
        c.kernels.function(KERNEL);
        return k.bind(x -> {
            SegmentTable table = SegmentTable.ofGradients(x, op.count());
            long clipped = x.output(op.clipped());
            x.fill(clipped, Float.BYTES, (byte) 0);
            x.launch(KERNEL, table.grid(), table.address(), table.segments(), (float) op.limit(), clipped);
        });
    }
}
