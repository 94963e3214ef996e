package voluta.backend.onednn;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import voluta.backend.Preparation;
import voluta.backend.Support;
import voluta.graph.Op;
import voluta.tensor.TensorType;

/** Which class prepares which op: one line per op file. */
final class OnednnTable {
    /** Prepares nodes whose op is {@code op}. */
    @FunctionalInterface
    interface Factory<T extends Op> {
        OnednnKernel prepare(OnednnContext context, T op, Preparation preparation);
    }

    /** Which of the ops of a class there are kernels for. */
    @FunctionalInterface
    interface Condition<T extends Op> {
        Support check(T op, List<TensorType> inputs);
    }

    /** Erased, and typed again by the class under which it is kept. */
    private record Entry(
            BiFunction<Op, List<TensorType>, Support> supports,
            BiFunction<OnednnContext, Preparation, OnednnKernel> prepare) {}

    private final Map<Class<? extends Op>, Entry> entries = new HashMap<>();

    OnednnTable() {
        // convolution, linear, matmul
        ConvolutionOnednn.register(this);
        TransposedConvolutionOnednn.register(this);
        FusedConvolutionOnednn.register(this);
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
        add(op, factory, (o, inputs) -> Support.YES);
    }

    /** The same for a class of which only the ops that meet a condition have a kernel. */
    <T extends Op> void add(Class<T> op, Factory<T> factory, Condition<T> condition) {
        Entry e = new Entry(
                (o, inputs) -> condition.check(op.cast(o), inputs),
                (c, p) -> factory.prepare(c, op.cast(p.node().op()), p));
        if (entries.put(op, e) != null) throw new IllegalStateException("two factories for " + op);
    }

    Support supports(Op op, List<TensorType> inputs) {
        Entry e = entries.get(op.getClass());
        return e == null ? Support.no("oneDNN has no kernel for " + op.name()) : e.supports.apply(op, inputs);
    }

    OnednnKernel prepare(OnednnContext context, Preparation p) {
        Entry e = entries.get(p.node().op().getClass());
        if (e == null) throw new IllegalStateException("no oneDNN kernel for " + p.node());
        return e.prepare.apply(context, p);
    }
}
