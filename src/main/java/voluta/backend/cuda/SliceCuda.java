package voluta.backend.cuda;

import java.util.List;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Slice;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** A box taken out of a value, and put back among zeros, in whatever layout it lies. */
final class SliceCuda {
    private SliceCuda() {}

    static void register(CudaTable table) {
        table.add(Slice.class, SliceCuda::forward);
        table.add(Slice.Backward.class, SliceCuda::backward);
    }

    private static CudaKernel forward(CudaContext c, Slice op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        Layout in = c.layoutOf(p, 0), out = CudaLayout.like(y, in, CudaLayout.storage(x, in));
        long[] strides = new BoxCopy.Place(x, in).strides();
        BoxCopy copy = BoxCopy.of(y.shape().dims(), strides, first(strides, op.begin()), new BoxCopy.Place(y, out), 0);
        copy.load(c);
        return CudaKernel.of(p.node(), copy.implementation())
                .input(0, in)
                .output(0, out)
                .bind(b -> copy.emit(b, b.input(0), b.output(0)));
    }

    private static CudaKernel backward(CudaContext c, Slice.Backward op, Preparation p) {
        TensorType dy = p.node().input(0).type(), dx = p.node().output().type();
        Layout offered = c.layoutOf(p, 0);
        DType storage = CudaLayout.storage(dy, offered);
        // a box of one pixel or channel does not say in which order the whole is wanted
        CudaLayout.Order order = CudaLayout.ordersDiffer(dy) ? CudaLayout.order(offered) : c.order(p.precision());
        Layout out = CudaLayout.of(dx, order, storage), in = CudaLayout.like(dy, out, storage);
        BoxCopy.Place whole = new BoxCopy.Place(dx, out);
        long first = first(whole.strides(), op.forward().begin());
        BoxCopy copy = BoxCopy.of(dy.shape().dims(), new BoxCopy.Place(dy, in).strides(), 0, whole, first);
        copy.load(c);
        return CudaKernel.of(p.node(), "zeros, " + copy.implementation())
                .input(0, in)
                .output(0, out)
                .bind(b -> {
                    b.fill(b.output(0), out.bytes(dx), (byte) 0);
                    copy.emit(b, b.input(0), b.output(0));
                });
    }

    private static long first(long[] strides, List<Integer> begin) {
        long at = 0;
        for (int d = 0; d < strides.length; d++) at += begin.get(d) * strides[d];
        return at;
    }
}
