package voluta.backend.cuda;

import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.MatMul;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Products of row-major matrices, and of batches of them, by cuBLAS. */
final class MatMulCuda {
    private MatMulCuda() {}

    static void register(CudaTable table) {
        table.add(MatMul.class, MatMulCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, MatMul op, Preparation p) {
        Node node = p.node();
        TensorType a = node.input(0).type(),
                b = node.input(1).type(),
                y = node.output().type();
        DType storage = ConvolutionKernel.storage(c, p.precision());
        long m = y.dim(-2), n = y.dim(-1), k = a.dim(op.transposeA() ? -2 : -1);
        BatchStrides batch = BatchStrides.of(MatMul.batch(a.shape()), MatMul.batch(b.shape()), MatMul.batch(y.shape()));
        MatrixProduct product = new MatrixProduct(op.transposeA(), op.transposeB(), m, n, k, storage, storage);
        return CudaKernel.of(node, product.name(c))
                .input(0, CudaLayout.of(a, CudaLayout.Order.ROW_MAJOR, storage))
                .input(1, CudaLayout.of(b, CudaLayout.Order.ROW_MAJOR, storage))
                .output(0, CudaLayout.of(y, CudaLayout.Order.ROW_MAJOR, storage))
                .bind(x -> {
                    for (long[] from : batch.calls()) {
                        long bytes = storage.bytes();
                        product.emit(
                                x,
                                x.input(0) + from[0] * m * k * bytes,
                                batch.strideA() * m * k,
                                x.input(1) + from[1] * k * n * bytes,
                                batch.strideB() * k * n,
                                x.output(0) + from[2] * m * n * bytes,
                                batch.strideY() * m * n,
                                batch.count());
                    }
                });
    }
}
