package voluta.backend.cuda;

import static voluta.backend.cuda.memory.DeviceMemoryManager.aligned;

import java.util.List;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ClipByNorm;
import voluta.tensor.TensorType;

/** Scales each tensor to a norm within the limit; the norms are those of {@link GlobalNormCuda}. */
final class ClipByNormCuda {
    private static final String KERNEL = "clip_by_norm";

    private ClipByNormCuda() {}

    static void register(CudaTable table) {
        table.add(ClipByNorm.class, ClipByNormCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, ClipByNorm op, Preparation p) {
        CudaKernel.Builder k = CudaKernel.of(p.node(), KERNEL);
        for (int i = 0; i < op.count(); i++) {
            Layout l = SegmentTable.layout(p, i);
            k.input(i, l).output(i, l);
        }
        c.kernels.function(GlobalNormCuda.SQUARES);
        c.kernels.function(GlobalNormCuda.NORMS);
        c.kernels.function(KERNEL);
        List<TensorType> tensors = p.node().inputTypes();
        long sums = aligned(GlobalNormCuda.sumBytes(tensors));
        return k.scratch(sums + (long) Float.BYTES * op.count()).bind(x -> {
            SegmentTable table = SegmentTable.ofGradients(x, op.count());
            int[] firsts = SegmentTable.firsts(tensors);
            long norms = x.scratch() + sums;
            GlobalNormCuda.emit(x, table, x.table(firsts), op.count(), x.scratch(), norms);
            long clipped = x.output(op.clipped());
            x.fill(clipped, Float.BYTES, (byte) 0);
            x.launch(
                    KERNEL,
                    table.grid(),
                    table.address(),
                    table.segments(),
                    x.table(owners(firsts)),
                    norms,
                    op.limit(),
                    clipped);
        });
    }

    /** Of each segment, its tensor. */
    private static int[] owners(int[] firsts) {
        int[] owners = new int[firsts[firsts.length - 1]];
        for (int t = 0; t + 1 < firsts.length; t++) java.util.Arrays.fill(owners, firsts[t], firsts[t + 1], t);
        return owners;
    }
}
