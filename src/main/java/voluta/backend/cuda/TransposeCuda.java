package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Transpose;
import voluta.tensor.TensorType;

/** Reordered dimensions: read in whatever layout x lies, written row-major. */
final class TransposeCuda {
    private TransposeCuda() {}

    static void register(CudaTable table) {
        table.add(Transpose.class, TransposeCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, Transpose op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        Layout in = c.layoutOf(p, 0);
        Layout out = CudaLayout.of(y, CudaLayout.Order.ROW_MAJOR, CudaLayout.storage(x, in));
        long[] own = new BoxCopy.Place(x, in).strides(), strides = new long[own.length];
        for (int d = 0; d < own.length; d++) strides[d] = own[op.permutation().get(d)];
        BoxCopy copy = BoxCopy.of(y.shape().dims(), strides, 0, new BoxCopy.Place(y, out), 0);
        copy.load(c);
        return CudaKernel.of(p.node(), copy.implementation())
                .input(0, in)
                .output(0, out)
                .bind(b -> copy.emit(b, b.input(0), b.output(0)));
    }
}
