package voluta.backend.cuda;

import java.util.List;
import voluta.backend.Preparation;
import voluta.op.GlobalNorm;
import voluta.tensor.TensorType;

/** The norm of all tensors together: sums of squares in double, a segment to a block, then one block that adds them. */
final class GlobalNormCuda {
    static final String SQUARES = "squares", NORMS = "norms";

    private GlobalNormCuda() {}

    static void register(CudaTable table) {
        table.add(GlobalNorm.class, GlobalNormCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, GlobalNorm op, Preparation p) {
        CudaKernel.Builder k = CudaKernel.of(p.node(), SQUARES);
        for (int i = 0; i < op.count(); i++) k.input(i, SegmentTable.layout(p, i));
        c.kernels.function(SQUARES);
        c.kernels.function(NORMS);
        return k.scratch(sumBytes(p.node().inputTypes())).bind(x -> {
            SegmentTable table = SegmentTable.ofGradients(x, op.count());
            emit(x, table, x.table(new int[] {0, table.segments()}), 1, x.scratch(), x.output(0));
        });
    }

    /** Bytes for the sums of squares of these tensors' segments. */
    static long sumBytes(List<TensorType> tensors) {
        return (long) Double.BYTES * SegmentTable.firsts(tensors)[tensors.size()];
    }

    /**
     * Emits {@code count} norms.
     *
     * @param firsts address of each norm's first segment, and behind the last of how many there are
     * @param sums address of a double per segment
     * @param norms address of the results
     */
    static void emit(Binding x, SegmentTable table, long firsts, int count, long sums, long norms) {
        x.launch(SQUARES, table.grid(), table.address(), table.segments(), sums);
        x.launch(NORMS, new Grid(count, Grid.THREADS, 1), sums, firsts, norms);
    }
}
