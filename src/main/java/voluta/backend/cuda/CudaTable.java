package voluta.backend.cuda;

import voluta.backend.OpTable;

/** Which class prepares which op: one line per op file. */
final class CudaTable extends OpTable<CudaContext, CudaKernel> {
    /** @param c what conditions ask that depend on the device and its libraries */
    CudaTable(CudaContext c) {
        super("CUDA");

        // convolution, linear, matmul
        ConvolutionCuda.register(this);
        FoldBatchNormalizationCuda.register(this);
        FusedConvolutionCuda.register(this);
        LinearCuda.register(this);
        MatMulCuda.register(this);
        TransposedConvolutionCuda.register(this);

        // pooling and shape
        PoolingCuda.register(this);
        AdaptivePoolingCuda.register(this);
        PaddingCuda.register(this);
        ConcatenationCuda.register(this);
        SliceCuda.register(this);
        TransposeCuda.register(this);
        ReshapeCuda.register(this);

        // normalization
        BatchNormalizationCuda.register(this);
        FusedBatchNormalizationCuda.register(this);
        ConvolutionBatchNormalizationCuda.register(this, c);
        GroupNormalizationCuda.register(this);
        LayerNormalizationCuda.register(this);

        // elementwise, reductions, losses
        ActivationCuda.register(this);
        ArithmeticCuda.register(this);
        BroadcastCuda.register(this);
        ReductionCuda.register(this);
        PreluCuda.register(this);
        SoftmaxCuda.register(this);
        DropoutCuda.register(this);
        ImageToTensorCuda.register(this);
        GatherSamplesCuda.register(this);
        CrossEntropyCuda.register(this);
        MeanSquaredErrorCuda.register(this);
        BinaryCrossEntropyCuda.register(this);
        AccuracyCuda.register(this);
        SampleCountCuda.register(this);
        AccumulateCuda.register(this);

        // optimizers and clipping
        SgdStepCuda.register(this);
        AdamStepCuda.register(this);
        RmsPropStepCuda.register(this);
        AdagradStepCuda.register(this);
        GlobalNormCuda.register(this);
        LossScalingCuda.register(this);
        ClipByGlobalNormCuda.register(this);
        ClipByNormCuda.register(this);
        ClipByUnitNormCuda.register(this);
        ClipByValueCuda.register(this);
    }
}
