package voluta.backend.cuda;

import jcuda.Pointer;
import jcuda.cudaDataType;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasComputeType;
import jcuda.jcublas.cublasGemmAlgo;
import jcuda.jcublas.cublasOperation;
import voluta.tensor.DType;

/**
 * y [m, n] = a [m, k] times b [k, n], row-major and dense, each operand perhaps stored with its dimensions exchanged.
 * cuBLAS thinks in columns, and a row-major matrix is its transpose in columns, so it computes transpose(y) =
 * transpose(b) times transpose(a): the operands trade places and nothing is moved. Sums are f32.
 *
 * @param inputs the element type of a and b, {@code output} that of y
 */
record MatrixProduct(boolean transposeA, boolean transposeB, long m, long n, long k, DType inputs, DType output) {
    /** As cuBLAS names them. JCublas has methods of these names too, which its native library lacks: {@code _new} works. */
    private static final String ONE = "cublasGemmEx", MANY = "cublasGemmStridedBatchedEx";

    private static final int FIRST_TF32 = 80;

    /** For the plan. */
    String name(CudaContext c) {
        return "cublas gemm " + (tf32(c) ? "tf32" : inputs.label());
    }

    /** Emits one product. */
    void emit(Binding x, long a, long b, long y) {
        CudaContext c = x.context();
        Pointer pa = Binding.pointer(a), pb = Binding.pointer(b), py = Binding.pointer(y);
        Pointer one = Pointer.to(new float[] {1}), zero = Pointer.to(new float[] {0});
        int rows = dimension(n), columns = dimension(m), inner = dimension(k);
        int lda = dimension(transposeA ? m : k), ldb = dimension(transposeB ? k : n);
        int in = type(inputs), out = type(output), compute = compute(c);
        x.cublas(
                ONE,
                () -> JCublas2.cublasGemmEx_new(
                        c.cublas,
                        operation(transposeB),
                        operation(transposeA),
                        rows,
                        columns,
                        inner,
                        one,
                        pb,
                        in,
                        ldb,
                        pa,
                        in,
                        lda,
                        zero,
                        py,
                        out,
                        rows,
                        compute,
                        cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
    }

    /** Emits {@code count} products; each operand's next matrix lies so many elements behind the last, 0 to use it again. */
    void emit(Binding x, long a, long strideA, long b, long strideB, long y, long strideY, long count) {
        if (count == 1) {
            emit(x, a, b, y);
            return;
        }
        CudaContext c = x.context();
        Pointer pa = Binding.pointer(a), pb = Binding.pointer(b), py = Binding.pointer(y);
        Pointer one = Pointer.to(new float[] {1}), zero = Pointer.to(new float[] {0});
        int rows = dimension(n), columns = dimension(m), inner = dimension(k), times = dimension(count);
        int lda = dimension(transposeA ? m : k), ldb = dimension(transposeB ? k : n);
        int in = type(inputs), out = type(output), compute = compute(c);
        x.cublas(
                MANY,
                () -> JCublas2.cublasGemmStridedBatchedEx_new(
                        c.cublas,
                        operation(transposeB),
                        operation(transposeA),
                        rows,
                        columns,
                        inner,
                        one,
                        pb,
                        in,
                        ldb,
                        strideB,
                        pa,
                        in,
                        lda,
                        strideA,
                        zero,
                        py,
                        out,
                        rows,
                        strideY,
                        times,
                        compute,
                        cublasGemmAlgo.CUBLAS_GEMM_DEFAULT));
    }

    private boolean tf32(CudaContext c) {
        return inputs == DType.F32 && c.options.tf32() && c.capability >= FIRST_TF32;
    }

    private int compute(CudaContext c) {
        return tf32(c) ? cublasComputeType.CUBLAS_COMPUTE_32F_FAST_TF32 : cublasComputeType.CUBLAS_COMPUTE_32F;
    }

    private static int operation(boolean transposed) {
        return transposed ? cublasOperation.CUBLAS_OP_T : cublasOperation.CUBLAS_OP_N;
    }

    private static int type(DType type) {
        return switch (type) {
            case BF16 -> cudaDataType.CUDA_R_16BF;
            case F16 -> cudaDataType.CUDA_R_16F;
            default -> cudaDataType.CUDA_R_32F;
        };
    }

    private static int dimension(long n) {
        return Math.toIntExact(n);
    }
}
