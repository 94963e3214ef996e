package voluta.backend.cuda;

import java.util.Optional;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.Linear;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Fully connected layers by cuBLAS; the bias is added behind the product. */
final class LinearCuda {
    private static final CudaLayout.Order ROWS = CudaLayout.Order.ROW_MAJOR;

    private LinearCuda() {}

    static void register(CudaTable table) {
        table.add(Linear.class, LinearCuda::forward);
        table.add(Linear.BackwardData.class, LinearCuda::backwardData);
        table.add(Linear.BackwardWeights.class, LinearCuda::backwardWeights);
    }

    private static CudaKernel forward(CudaContext c, Linear op, Preparation p) {
        Node n = p.node();
        TensorType x = n.input(0).type(), w = n.input(1).type(), y = n.output().type();
        DType storage = ConvolutionKernel.storage(c, p.precision());
        MatrixProduct product = new MatrixProduct(false, true, x.dim(0), w.dim(0), x.dim(1), storage, storage);
        boolean bias = n.inputs().size() > 2;
        return CudaKernel.of(n, product.name(c))
                .input(0, CudaLayout.of(x, ROWS, storage))
                .input(1, CudaLayout.of(w, ROWS, storage))
                .output(0, CudaLayout.of(y, ROWS, storage))
                .bind(b -> {
                    product.emit(b, b.input(0), b.input(1), b.output(0));
                    ChannelEpilogue.emit(b, b.output(0), y, ROWS, storage, bias ? b.input(2) : 0, 0, Optional.empty());
                });
    }

    /** dx [N, I] = dy [N, O] times w [O, I]. */
    private static CudaKernel backwardData(CudaContext c, Linear.BackwardData op, Preparation p) {
        Node n = p.node();
        TensorType w = n.input(0).type(),
                dy = n.input(1).type(),
                dx = n.output().type();
        DType storage = ConvolutionKernel.storage(c, p.precision());
        MatrixProduct product = new MatrixProduct(false, false, dy.dim(0), w.dim(1), w.dim(0), storage, storage);
        return CudaKernel.of(n, product.name(c))
                .input(0, CudaLayout.of(w, ROWS, storage))
                .input(1, CudaLayout.of(dy, ROWS, storage))
                .output(0, CudaLayout.of(dx, ROWS, storage))
                .bind(b -> product.emit(b, b.input(1), b.input(0), b.output(0)));
    }

    /** dw [O, I] = transpose(dy) times x, in f32; db the sums of dy's columns. */
    private static CudaKernel backwardWeights(CudaContext c, Linear.BackwardWeights op, Preparation p) {
        Node n = p.node();
        TensorType x = n.input(0).type(), dy = n.input(1).type();
        DType storage = ConvolutionKernel.storage(c, p.precision());
        MatrixProduct product = new MatrixProduct(true, false, dy.dim(1), x.dim(1), x.dim(0), storage, DType.F32);
        ChannelSums sums = new ChannelSums(c, dy, ROWS, storage);
        return CudaKernel.of(n, product.name(c))
                .input(0, CudaLayout.of(x, ROWS, storage))
                .input(1, CudaLayout.of(dy, ROWS, storage))
                .scratch(op.bias() ? sums.scratchBytes() : 0)
                .bind(b -> {
                    product.emit(b, b.input(1), b.input(0), b.output(0));
                    if (op.bias()) sums.emit(b, b.input(1), b.output(1), b.scratch());
                });
    }
}
