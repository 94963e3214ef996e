package voluta.backend.onednn;

import voluta.backend.OpTable;

/** Which class prepares which op: one line per op file. */
final class OnednnTable extends OpTable<OnednnContext, OnednnKernel> {
    OnednnTable() {
        super("oneDNN");

        // convolution, linear, matmul
        ConvolutionOnednn.register(this);
        TransposedConvolutionOnednn.register(this);
        FusedConvolutionOnednn.register(this);
        NormalizedConvolutionOnednn.register(this);
        FoldBatchNormalizationOnednn.register(this);
        LinearOnednn.register(this);
        MatMulOnednn.register(this);

        // pooling and shape
        AdaptivePoolingOnednn.register(this);
        ConcatenationOnednn.register(this);
        PaddingOnednn.register(this);
        PoolingOnednn.register(this);
        ReshapeOnednn.register(this);
        SliceOnednn.register(this);
        TransposeOnednn.register(this);

        // normalization
        BatchNormalizationOnednn.register(this);
        FusedBatchNormalizationOnednn.register(this);
        GroupNormalizationOnednn.register(this);
        LayerNormalizationOnednn.register(this);

        // elementwise, reductions, losses
        ArithmeticOnednn.register(this);
        ActivationOnednn.register(this);
        PreluOnednn.register(this);
        SoftmaxOnednn.register(this);
        ReductionOnednn.register(this);
        BroadcastOnednn.register(this);
        ImageToTensorOnednn.register(this);
        GatherSamplesOnednn.register(this);
        DropoutOnednn.register(this);
        CrossEntropyOnednn.register(this);
        MeanSquaredErrorOnednn.register(this);
        BinaryCrossEntropyOnednn.register(this);
        AccuracyOnednn.register(this);
        SampleCountOnednn.register(this);
        AccumulateOnednn.register(this);

        // optimizers and clipping
        AdagradStepOnednn.register(this);
        AdamStepOnednn.register(this);
        ClipByGlobalNormOnednn.register(this);
        LossScalingOnednn.register(this);
        ClipByNormOnednn.register(this);
        ClipByUnitNormOnednn.register(this);
        ClipByValueOnednn.register(this);
        GlobalNormOnednn.register(this);
        RmsPropStepOnednn.register(this);
        SgdStepOnednn.register(this);
    }
}
