package voluta.backend.onednn;

import java.util.HashMap;
import java.util.Map;
import voluta.backend.Preparation;
import voluta.graph.Op;

/** Which class prepares which op: one line per op file. */
final class OnednnTable {
    /** Prepares nodes whose op is {@code op}. */
    @FunctionalInterface
    interface Factory<T extends Op> {
        OnednnKernel prepare(OnednnContext context, T op, Preparation preparation);
    }

    private interface Entry {
        OnednnKernel prepare(OnednnContext context, Preparation preparation);
    }

    private final Map<Class<? extends Op>, Entry> factories = new HashMap<>();

    OnednnTable() {
        // convolution, linear, matmul
        ConvolutionOnednn.register(this);
        TransposedConvolutionOnednn.register(this);
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

        // elementwise, reductions, losses
        ArithmeticOnednn.register(this);
        ActivationOnednn.register(this);
        SoftmaxOnednn.register(this);
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
        ClipByNormOnednn.register(this);
        ClipByValueOnednn.register(this);
        GlobalNormOnednn.register(this);
        RmsPropStepOnednn.register(this);
        SgdStepOnednn.register(this);
    }

    /** Registers how nodes of this op are prepared. */
    <T extends Op> void add(Class<T> op, Factory<T> factory) {
        Entry e = (c, p) -> factory.prepare(c, op.cast(p.node().op()), p);
        if (factories.put(op, e) != null) throw new IllegalStateException("two factories for " + op);
    }

    boolean has(Op op) {
        return factories.containsKey(op.getClass());
    }

    OnednnKernel prepare(OnednnContext context, Preparation p) {
        Entry e = factories.get(p.node().op().getClass());
        if (e == null) throw new IllegalStateException("no oneDNN kernel for " + p.node());
        return e.prepare(context, p);
    }
}
