package voluta.backend.cuda;

import java.util.List;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Preparation;
import voluta.op.Arithmetic;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * Elementwise arithmetic. The result lies like the operand of its shape (of two, like the one that a kernel has given a
 * layout); a broadcast operand is read however it lies. Beside narrow activations it stays f32 if it is: a factor of 1 / n
 * or a scale per channel is not rounded.
 */
final class ArithmeticCuda {
    private ArithmeticCuda() {}

    static void register(CudaTable table) {
        table.add(Arithmetic.class, ArithmeticCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, Arithmetic op, Preparation p) {
        TensorType y = p.node().output().type();
        boolean[] large = new boolean[2];
        for (int i = 0; i < 2; i++) large[i] = p.node().input(i).type().shape().equals(y.shape());
        Layout out = result(c, p, y, large);
        if (large[0] && large[1]) return flat(c, op, p, out);
        return broadcast(c, op, p, out, large);
    }

    private static Layout result(CudaContext c, Preparation p, TensorType y, boolean[] large) {
        if (!large[0] && !large[1]) {
            DType a = storage(c, p, 0), b = storage(c, p, 1);
            return CudaLayout.of(y, CudaLayout.Order.ROW_MAJOR, CudaLayout.narrow(a) ? a : b);
        }
        Layout l = c.offeredOr(p, large[0] ? 0 : 1);
        return l.equals(Layouts.PLAIN) && large[0] && large[1] ? c.offeredOr(p, 1) : l;
    }

    private static DType storage(CudaContext c, Preparation p, int i) {
        return CudaLayout.storage(p.node().input(i).type(), c.offeredOr(p, i));
    }

    private static CudaKernel flat(CudaContext c, Arithmetic op, Preparation p, Layout l) {
        TensorType y = p.node().output().type();
        DType storage = CudaLayout.storage(y, l);
        String kernel = "arithmetic" + Binding.suffix(storage);
        c.kernels.function(kernel);
        return CudaKernel.of(p.node(), kernel)
                .input(0, l)
                .input(1, l)
                .output(0, l)
                .overwrites(0, 0)
                .bind(x -> x.launch(
                        kernel,
                        Grid.elements(c, y.elements(), storage.bytes()),
                        x.input(0),
                        x.input(1),
                        x.output(0),
                        y.elements(),
                        op.kind().ordinal()));
    }

    private static CudaKernel broadcast(CudaContext c, Arithmetic op, Preparation p, Layout out, boolean[] large) {
        TensorType y = p.node().output().type();
        DType storage = CudaLayout.storage(y, out);
        Layout[] in = new Layout[2];
        DType[] stored = new DType[2];
        Strides.Operand[] operands = new Strides.Operand[2];
        for (int i = 0; i < 2; i++) {
            TensorType type = p.node().input(i).type();
            in[i] = c.offeredOr(p, i);
            if (large[i]) in[i] = out;
            else if (storage == DType.F32) in[i] = CudaLayout.like(type, in[i], DType.F32);
            stored[i] = CudaLayout.storage(type, in[i]);
            operands[i] = new Strides.Operand(type, CudaLayout.order(in[i]));
        }
        String types = Binding.suffix(stored[0]) + (stored[0] == stored[1] ? "" : Binding.suffix(stored[1]));
        String kernel = "arithmetic_broadcast" + types;
        c.kernels.function(kernel);
        List<Strides.Piece> pieces =
                Strides.of(new Strides.Operand(y, CudaLayout.order(out)), operands[0], operands[1]);
        CudaKernel.Builder k =
                CudaKernel.of(p.node(), kernel).input(0, in[0]).input(1, in[1]).output(0, out);
        if (large[0] || large[1]) k.overwrites(0, large[0] ? 0 : 1);
        return k.bind(x -> {
            for (Strides.Piece piece : pieces) {
                x.launch(
                        kernel,
                        Grid.elements(c, piece.elements(), storage.bytes()),
                        x.input(0) + piece.a() * stored[0].bytes(),
                        x.input(1) + piece.b() * stored[1].bytes(),
                        x.output(0) + piece.y() * storage.bytes(),
                        piece.elements(),
                        op.kind().ordinal(),
                        piece.words());
            }
        });
    }
}
