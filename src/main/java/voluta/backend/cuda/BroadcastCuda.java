package voluta.backend.cuda;

import java.util.List;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Broadcast;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Repetition: reads x however it lies, and writes the order that convolutions like, in x's storage. Nothing runs where
 * nothing is repeated.
 */
final class BroadcastCuda {
    private BroadcastCuda() {}

    static void register(CudaTable table) {
        table.add(Broadcast.class, (c, op, p) -> prepare(c, p));
    }

    private static CudaKernel prepare(CudaContext c, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        Layout in = c.offeredOr(p, 0);
        DType storage = CudaLayout.storage(x, in);
        if (x.elements() == y.elements()) return view(p, x, y, in, storage);
        Layout out = CudaLayout.of(y, c.order(p.precision()), storage);
        List<Strides.Piece> pieces =
                Strides.of(new Strides.Operand(y, CudaLayout.order(out)), new Strides.Operand(x, CudaLayout.order(in)));
        String kernel = "broadcast" + Binding.suffix(storage);
        c.kernels.function(kernel);
        return CudaKernel.of(p.node(), kernel).input(0, in).output(0, out).bind(b -> {
            for (Strides.Piece piece : pieces) {
                b.launch(
                        kernel,
                        Grid.elements(c, piece.elements(), storage.bytes()),
                        b.input(0) + piece.a() * storage.bytes(),
                        b.output(0) + piece.y() * storage.bytes(),
                        piece.elements(),
                        piece.words());
            }
        });
    }

    private static CudaKernel view(Preparation p, TensorType x, TensorType y, Layout in, DType storage) {
        Layout same = x.rank() == y.rank() ? in : CudaLayout.of(x, CudaLayout.Order.ROW_MAJOR, storage);
        return CudaKernel.of(p.node(), "view")
                .input(0, same)
                .output(0, CudaLayout.like(y, same, storage))
                .views(0, 0)
                .bind(b -> {});
    }
}
