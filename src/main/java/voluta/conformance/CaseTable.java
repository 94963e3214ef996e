package voluta.conformance;

import java.util.List;
import voluta.conformance.cases.AccumulateCases;
import voluta.conformance.cases.AccuracyCases;
import voluta.conformance.cases.ActivationCases;
import voluta.conformance.cases.AdagradStepCases;
import voluta.conformance.cases.AdamStepCases;
import voluta.conformance.cases.AdaptivePoolingCases;
import voluta.conformance.cases.ArithmeticCases;
import voluta.conformance.cases.BatchNormalizationCases;
import voluta.conformance.cases.BinaryCrossEntropyCases;
import voluta.conformance.cases.BroadcastCases;
import voluta.conformance.cases.ClipByGlobalNormCases;
import voluta.conformance.cases.ClipByNormCases;
import voluta.conformance.cases.ClipByUnitNormCases;
import voluta.conformance.cases.ClipByValueCases;
import voluta.conformance.cases.ConcatenationCases;
import voluta.conformance.cases.ConvolutionBatchNormalizationCases;
import voluta.conformance.cases.ConvolutionCases;
import voluta.conformance.cases.CrossEntropyCases;
import voluta.conformance.cases.DropoutCases;
import voluta.conformance.cases.FoldBatchNormalizationCases;
import voluta.conformance.cases.FusedBatchNormalizationCases;
import voluta.conformance.cases.FusedConvolutionCases;
import voluta.conformance.cases.GatherSamplesCases;
import voluta.conformance.cases.GlobalNormCases;
import voluta.conformance.cases.GroupNormalizationCases;
import voluta.conformance.cases.ImageToTensorCases;
import voluta.conformance.cases.InstanceNormalizationCases;
import voluta.conformance.cases.LayerNormalizationCases;
import voluta.conformance.cases.LinearCases;
import voluta.conformance.cases.LossScalingCases;
import voluta.conformance.cases.MatMulCases;
import voluta.conformance.cases.MeanSquaredErrorCases;
import voluta.conformance.cases.NormalizedConvolutionCases;
import voluta.conformance.cases.PaddingCases;
import voluta.conformance.cases.PoolingCases;
import voluta.conformance.cases.PreluCases;
import voluta.conformance.cases.ReductionCases;
import voluta.conformance.cases.ReshapeCases;
import voluta.conformance.cases.RmsPropStepCases;
import voluta.conformance.cases.SampleCountCases;
import voluta.conformance.cases.SgdStepCases;
import voluta.conformance.cases.SliceCases;
import voluta.conformance.cases.SoftmaxCases;
import voluta.conformance.cases.TransposeCases;
import voluta.conformance.cases.TransposedConvolutionCases;

/** All cases: one line per op. */
public final class CaseTable {
    private CaseTable() {}

    /** Every op's cases. */
    public static List<OpCases> all() {
        return List.of(
                // convolution, linear, matmul
                new ConvolutionCases(),
                new TransposedConvolutionCases(),
                new FusedConvolutionCases(),
                new NormalizedConvolutionCases(),
                new ConvolutionBatchNormalizationCases(),
                new FoldBatchNormalizationCases(),
                new LinearCases(),
                new MatMulCases(),

                // pooling and shape
                new AdaptivePoolingCases(),
                new ConcatenationCases(),
                new PaddingCases(),
                new PoolingCases(),
                new ReshapeCases(),
                new SliceCases(),
                new TransposeCases(),

                // normalization
                new BatchNormalizationCases(),
                new FusedBatchNormalizationCases(),
                new GroupNormalizationCases(),
                new InstanceNormalizationCases(),
                new LayerNormalizationCases(),

                // optimizers and clipping
                new AdagradStepCases(),
                new AdamStepCases(),
                new ClipByGlobalNormCases(),
                new ClipByNormCases(),
                new ClipByUnitNormCases(),
                new ClipByValueCases(),
                new GlobalNormCases(),
                new LossScalingCases(),
                new RmsPropStepCases(),
                new SgdStepCases(),

                // elementwise, reductions, losses
                new ArithmeticCases(),
                new ActivationCases(),
                new PreluCases(),
                new SoftmaxCases(),
                new ReductionCases(),
                new BroadcastCases(),
                new DropoutCases(),
                new CrossEntropyCases(),
                new MeanSquaredErrorCases(),
                new BinaryCrossEntropyCases(),
                new AccuracyCases(),
                new SampleCountCases(),
                new AccumulateCases(),
                new ImageToTensorCases(),
                new GatherSamplesCases());
    }
}
