package voluta.backend.reference;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import voluta.graph.Node;
import voluta.graph.Op;

/** Which class computes which op: one line per op file. */
final class ReferenceTable {
    private final Map<Class<? extends Op>, Function<Node, ReferenceKernel>> kernels = new HashMap<>();

    ReferenceTable() {
        // convolution, linear, matmul
        ConvolutionReference.register(this);
        TransposedConvolutionReference.register(this);
        FoldBatchNormalizationReference.register(this);
        LinearReference.register(this);
        MatMulReference.register(this);

        // pooling and shape
        AdaptivePoolingReference.register(this);
        ConcatenationReference.register(this);
        PaddingReference.register(this);
        PoolingReference.register(this);
        ReshapeReference.register(this);
        SliceReference.register(this);
        TransposeReference.register(this);

        // normalization
        BatchNormalizationReference.register(this);
        GroupNormalizationReference.register(this);
        LayerNormalizationReference.register(this);

        // elementwise, reductions, losses
        ArithmeticReference.register(this);
        ActivationReference.register(this);
        PreluReference.register(this);
        SoftmaxReference.register(this);
        ReductionReference.register(this);
        BroadcastReference.register(this);
        DropoutReference.register(this);
        CrossEntropyReference.register(this);
        MeanSquaredErrorReference.register(this);
        BinaryCrossEntropyReference.register(this);
        AccuracyReference.register(this);
        SampleCountReference.register(this);
        AccumulateReference.register(this);
        ImageToTensorReference.register(this);
        GatherSamplesReference.register(this);

        // optimizers and clipping
        AdagradStepReference.register(this);
        AdamStepReference.register(this);
        ClipByGlobalNormReference.register(this);
        LossScalingReference.register(this);
        ClipByNormReference.register(this);
        ClipByUnitNormReference.register(this);
        ClipByValueReference.register(this);
        GlobalNormReference.register(this);
        RmsPropStepReference.register(this);
        SgdStepReference.register(this);
    }

    /** Registers how a kernel for nodes of this op is made. */
    <T extends Op> void add(Class<T> op, Factory<T> factory) {
        if (kernels.put(op, n -> factory.create(op.cast(n.op()), n)) != null)
            throw new IllegalStateException("two kernels for " + op);
    }

    /** The kernel for a node, or null if there is none. */
    ReferenceKernel create(Node node) {
        var f = kernels.get(node.op().getClass());
        return f == null ? null : f.apply(node);
    }

    boolean has(Op op) {
        return kernels.containsKey(op.getClass());
    }

    /** Makes a kernel for a node whose op is {@code op}. */
    @FunctionalInterface
    interface Factory<T extends Op> {
        ReferenceKernel create(T op, Node node);
    }
}
