package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.ClipByUnitNorm;
import voluta.tensor.TensorType;

/**
 * Scales the gradient of each unit to a norm within a ratio of that of its weights: a warp to a unit. In either order of a
 * layout the first dimension is outermost, so a unit's elements are neighbours.
 */
final class ClipByUnitNormCuda {
    private static final String KERNEL = "clip_by_unit_norm";
    private static final int WARP = 32, WARPS = 8;

    private ClipByUnitNormCuda() {}

    static void register(CudaTable table) {
        table.add(ClipByUnitNorm.class, ClipByUnitNormCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, ClipByUnitNorm op, Preparation p) {
        CudaKernel.Builder k = CudaKernel.of(p.node(), KERNEL);
        for (int i = 0; i < op.count(); i++) {
            Layout l = SegmentTable.layout(p, i);
            k.input(i, l).input(op.count() + i, l).output(i, l);
        }
        c.kernels.function(KERNEL);
        return k.bind(x -> {
            SegmentTable units = units(x, op);
            long clipped = x.output(op.clipped());
            x.fill(clipped, Float.BYTES, (byte) 0);
            Grid grid = Grid.blocks(c, (units.segments() + WARPS - 1) / WARPS, WARP, WARPS);
            x.launch(KERNEL, grid, units.address(), units.segments(), op.ratio(), ClipByUnitNorm.LEAST_NORM, clipped);
        });
    }

    /** A segment for each unit of each tensor: its weights and its gradient. */
    private static SegmentTable units(Binding x, ClipByUnitNorm op) {
        int count = 0;
        for (int t = 0; t < op.count(); t++) count += (int) ClipByUnitNorm.units(x.inputType(t));
        long[] words = new long[count * SegmentTable.WORDS];
        int at = 0;
        for (int t = 0; t < op.count(); t++) {
            TensorType type = x.inputType(t);
            long units = ClipByUnitNorm.units(type), each = type.elements() / units;
            for (long u = 0; u < units; u++, at += SegmentTable.WORDS) {
                words[at] = x.input(op.count() + t) + u * each * Float.BYTES;
                words[at + 1] = x.input(t) + u * each * Float.BYTES;
                words[at + SegmentTable.LISTS] = each;
            }
        }
        return new SegmentTable(x.table(words), count);
    }
}
