package voluta.backend.cuda;

import voluta.backend.OpTable;

/** Which class prepares which op: one line per op file. */
final class CudaTable extends OpTable<CudaContext, CudaKernel> {
    CudaTable() {
        super("CUDA");

        // convolution, linear, matmul

        // pooling and shape

        // normalization

        // elementwise, reductions, losses
        ActivationCuda.register(this);

        // optimizers and clipping
        SgdStepCuda.register(this);
    }
}
