package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Reshape;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Reshape as a view: nothing runs. Another order is first brought to row-major, in the storage that comes. */
final class ReshapeCuda {
    private ReshapeCuda() {}

    static void register(CudaTable table) {
        table.add(Reshape.class, (c, op, p) -> prepare(c, p));
    }

    private static CudaKernel prepare(CudaContext c, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        Layout offered = c.offeredOr(p, 0); // nothing is stored otherwise for the sake of a view
        DType storage = CudaLayout.storage(x, offered);
        return CudaKernel.of(p.node(), "view")
                .input(0, CudaLayout.of(x, CudaLayout.Order.ROW_MAJOR, storage))
                .output(0, CudaLayout.of(y, CudaLayout.Order.ROW_MAJOR, storage))
                .views(0, 0)
                .bind(b -> {});
    }
}
