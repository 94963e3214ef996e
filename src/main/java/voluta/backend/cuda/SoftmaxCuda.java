package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Softmax;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Softmax and its logarithm along one dimension, in whatever layout the input lies. */
final class SoftmaxCuda {
    private static final int WARP = 32, ROWS = 8;
    /** Rows up to this length have a warp each. */
    private static final int SHORT = 1024;

    private SoftmaxCuda() {}

    static void register(CudaTable table) {
        table.add(Softmax.class, (c, op, p) -> prepare(c, op, p, false));
        table.add(Softmax.Backward.class, (c, op, p) -> prepare(c, op.forward(), p, true));
    }

    /** Forward reads x, backward y and dy. */
    private static CudaKernel prepare(CudaContext c, Softmax op, Preparation p, boolean backward) {
        Layout layout = c.layoutOf(p, 0);
        TensorType type = p.node().input(0).type();
        DType storage = CudaLayout.storage(type, layout);
        int n = type.shape().size(op.axis());
        long inner = inner(type, CudaLayout.order(layout), op.axis());
        String kernel =
                "softmax" + (inner == 1 ? "" : "_lines") + (backward ? "_backward" : "") + Binding.suffix(storage);
        c.kernels.function(kernel);
        CudaKernel.Builder k = CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, backward ? 1 : 0);
        if (backward) k.input(1, layout);
        int log = op.log() ? 1 : 0;
        long lines = type.elements() / n;
        return k.bind(x -> {
            List<Object> arguments = new ArrayList<>(List.of(x.input(0)));
            if (backward) arguments.add(x.input(1));
            arguments.add(x.output(0));
            if (inner == 1) arguments.addAll(List.of(lines, n, log));
            else arguments.addAll(List.of(lines / inner, n, inner, log));
            x.launch(kernel, inner == 1 ? rows(c, lines, n) : Grid.threads(c, lines), arguments.toArray());
        });
    }

    /** For kernels that give a row to a warp, or a long one to a block. */
    static Grid rows(CudaContext c, long rows, int n) {
        return n <= SHORT ? Grid.blocks(c, (rows + ROWS - 1) / ROWS, WARP, ROWS) : Grid.blocks(c, rows);
    }

    /** How many elements lie between neighbours along a dimension. */
    private static long inner(TensorType type, CudaLayout.Order order, int axis) {
        int[] dimensions = CudaLayout.dimensions(type.rank(), order);
        long inner = 1;
        for (int i = dimensions.length - 1; dimensions[i] != axis; i--) inner *= type.dim(dimensions[i]);
        return inner;
    }
}
