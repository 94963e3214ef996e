package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Concatenation;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Values joined along one dimension: each is copied into its box of the result, in the order of the first that has one. */
final class ConcatenationCuda {
    private ConcatenationCuda() {}

    static void register(CudaTable table) {
        table.add(Concatenation.class, ConcatenationCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, Concatenation op, Preparation p) {
        int count = p.node().inputs().size();
        TensorType y = p.node().output().type();
        Layout out = CudaLayout.of(y, order(c, p, count), storage(c, p, count));
        BoxCopy.Place whole = new BoxCopy.Place(y, out);
        long step = whole.strides()[op.axis()], first = 0;
        CudaKernel.Builder k = CudaKernel.of(p.node(), "copies").output(0, out);
        List<BoxCopy> copies = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            TensorType x = p.node().input(i).type();
            Layout in = CudaLayout.like(x, out, whole.storage());
            BoxCopy copy = BoxCopy.of(x.shape().dims(), new BoxCopy.Place(x, in).strides(), 0, whole, first);
            copy.load(c);
            copies.add(copy);
            first += x.dim(op.axis()) * step;
            k.input(i, in);
        }
        return k.bind(b -> {
            for (int i = 0; i < count; i++) copies.get(i).emit(b, b.input(i), b.output(0));
        });
    }

    private static CudaLayout.Order order(CudaContext c, Preparation p, int count) {
        for (int i = 0; i < count; i++) {
            if (CudaLayout.ordersDiffer(p.node().input(i).type())) return CudaLayout.order(c.layoutOf(p, i));
        }
        return CudaLayout.Order.ROW_MAJOR;
    }

    /** If one of them is not rounded, none is. */
    private static DType storage(CudaContext c, Preparation p, int count) {
        DType widest = null;
        for (int i = 0; i < count; i++) {
            DType s = CudaLayout.storage(p.node().input(i).type(), c.layoutOf(p, i));
            if (widest == null || s.bytes() > widest.bytes()) widest = s;
        }
        return widest;
    }
}
