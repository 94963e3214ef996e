package voluta.backend.cuda;

import java.util.List;
import voluta.backend.Precision;
import voluta.backend.Support;
import voluta.op.Activation;
import voluta.op.FusedBatchNormalization;
import voluta.tensor.TensorType;

/** Batch normalization with a residual and ReLU, within the passes of {@link BatchNormalizationCuda}. */
final class FusedBatchNormalizationCuda {
    private static final int RESIDUAL = 5, SHIFT = 2, Y = 3, DY = 4;

    private FusedBatchNormalizationCuda() {}

    static void register(CudaTable table) {
        table.add(
                FusedBatchNormalization.class,
                (c, op, p) -> BatchNormalizationCuda.forward(c, op.norm(), p, op.residual() ? RESIDUAL : -1, relu(op)),
                FusedBatchNormalizationCuda::supports);
        table.add(
                FusedBatchNormalization.Backward.class,
                (c, op, p) -> BatchNormalizationCuda.backward(
                        c,
                        op.forward().norm().epsilon(),
                        p,
                        DY,
                        new BatchNormalizationCuda.Fused(
                                relu(op.forward()), op.forward().givesResidualGradient(), SHIFT, Y)));
    }

    static boolean relu(FusedBatchNormalization op) {
        return op.activation().isPresent();
    }

    static Support supports(FusedBatchNormalization op, List<TensorType> inputs, Precision precision) {
        boolean other =
                op.activation().filter(a -> a.kind() != Activation.Kind.RELU).isPresent();
        return other
                ? Support.no("the kernels fuse batch normalization with ReLU and no other activation")
                : Support.YES;
    }
}
