package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.BatchNormalization;
import voluta.op.Convolution;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * The passes of one convolution by one {@linkplain Algorithm algorithm} of {@link NativeKernels}, and the choice between these and
 * oneDNN's. Which is taken is a rule, not a timing, so that the same kernel runs each time, with the same bits; {@link
 * KernelTuning} measures instead where that is asked for.
 */
final class NativeConvolution {
    /** How a convolution from x to y is computed, and where that is worth it. */
    interface Algorithm {
        /** Whether it has this pass. */
        boolean has(Winograd.Pass pass);

        /** Whether a pass that it has is faster than oneDNN's, by what was measured. */
        boolean pays(Winograd.Pass pass);

        /** The pass as the library sees it, with more flags. */
        Winograd.Geometry geometry(Winograd.Pass pass, int flags);

        /** How x or y lies. */
        Layout images(Shape shape);

        /** How weights lie that may change from run to run, and their gradients. */
        Layout weights();

        /** How weights lie that stay as they are; empty if as the others. */
        Optional<WinogradWeights> prepared();
    }

    /** The convolution from x to y with weights w. */
    record Layer(OnednnContext c, Preparation p, Convolution op, Shape x, Shape w, Shape y) {
        static Layer of(OnednnContext c, Preparation p, Convolution op, Shape x, Shape w) {
            return new Layer(c, p, op, x, w, op.outputShape(x, w));
        }

        boolean bf16() {
            return p.precision() == Precision.BF16;
        }

        /** A pass as the library sees it. */
        Winograd.Geometry geometry(Winograd.Pass pass, int tile, int flags) {
            int more = bf16() ? NativeKernels.BF16 : 0;
            return Winograd.Geometry.of(pass, tile, op, x, w, y, c.workers.threads(), flags | more);
        }

        /** Images of this shape as they are stored, in one of oneDNN's orders. */
        Layout images(Shape shape, format_tag order) {
            return c.layout(
                    TensorType.f32(shape), new memory.desc(shape.dims(), OnednnContext.storage(p.precision()), order));
        }
    }

    private final OnednnContext c;
    private final Preparation p;
    private final Shape x;
    private final Shape y;
    private final Algorithm algorithm;

    NativeConvolution(Layer layer, Algorithm algorithm) {
        this.c = layer.c;
        this.p = layer.p;
        this.x = layer.x;
        this.y = layer.y;
        this.algorithm = algorithm;
    }

    /**
     * Whether images are stored at this precision. In bf16 that is where oneDNN does too, and does not have the tile instructions
     * that leave sums of f32 products far behind.
     */
    static boolean stores(Precision precision) {
        if (precision != Precision.BF16) return true;
        InstructionSet set = InstructionSet.effective();
        return set.avx512() && !set.multipliesTiles();
    }

    /**
     * The kernel of a pass of the convolution from x with weights w.
     *
     * @param ours the pass, of a convolution that has it
     * @param direct the pass by kernels that take oneDNN's layouts, the one that the rule takes first
     */
    static OnednnKernel choose(
            OnednnContext c,
            Preparation p,
            Convolution op,
            Shape x,
            Shape w,
            Winograd.Pass pass,
            Function<NativeConvolution, OnednnKernel> ours,
            Supplier<List<OnednnKernel>> direct) {
        List<Algorithm> possible = new ArrayList<>();
        Layer layer = Layer.of(c, p, op, x, w);
        possible.addAll(WinogradConvolution.possible(layer));
        ImageLanesConvolution.possible(layer).ifPresent(possible::add);
        possible.removeIf(a -> !a.has(pass));
        Optional<Algorithm> rule = possible.stream().filter(a -> a.pays(pass)).findFirst();
        Function<Algorithm, OnednnKernel> kernel = a -> ours.apply(new NativeConvolution(layer, a));
        if (c.tuning.isEmpty() && rule.isPresent()) return kernel.apply(rule.get());
        List<OnednnKernel> others = direct.get();
        if (c.tuning.isEmpty() || possible.size() + others.size() == 1) return others.get(0);
        List<Supplier<OnednnKernel>> candidates = new ArrayList<>();
        for (OnednnKernel k : others) candidates.add(() -> k);
        for (Algorithm a : possible) candidates.add(() -> kernel.apply(a));
        rule.ifPresent(a -> Collections.swap(candidates, 0, others.size() + possible.indexOf(a)));
        Node n = p.node();
        String problem = n.op() + " " + n.inputTypes() + " " + p.precision() + (p.training() ? " training" : "");
        return c.tuning.get().fastest(c, n, problem, candidates);
    }

    /**
     * y from x, w, perhaps a bias and perhaps a residual, which is the last input.
     *
     * @param relu whether negative results become 0
     */
    OnednnKernel forward(boolean bias, boolean residual, boolean relu) {
        Node node = p.node();
        Optional<WinogradWeights> prepared = algorithm.prepared();
        int flags = (relu ? Winograd.RELU : 0) | (prepared.isPresent() ? Winograd.PREPARED : 0);
        Winograd.Geometry g = algorithm.geometry(Winograd.Pass.FORWARD, flags);
        int last = node.inputs().size() - 1;
        OnednnKernel.Builder k = OnednnKernel.of(node, g.describe())
                .input(0, algorithm.images(x))
                .input(1, prepared.map(Layout.class::cast).orElseGet(algorithm::weights))
                .output(0, algorithm.images(y))
                .scratch(g.scratch());
        if (residual) k.input(last, algorithm.images(y));
        return k.bind(b -> emit(
                b,
                g,
                b.inputAddress(0),
                b.inputAddress(1),
                b.outputAddress(0),
                bias ? b.inputAddress(2) : 0,
                residual ? b.inputAddress(last) : 0,
                0));
    }

    /** x's gradient from w and y's. */
    OnednnKernel backwardData() {
        Winograd.Geometry g = algorithm.geometry(Winograd.Pass.BACKWARD_DATA, 0);
        return OnednnKernel.of(p.node(), g.describe())
                .input(0, algorithm.weights())
                .input(1, algorithm.images(y))
                .output(0, algorithm.images(x))
                .scratch(g.scratch())
                .bind(b -> emit(b, g, b.inputAddress(1), b.inputAddress(0), b.outputAddress(0), 0, 0, 0));
    }

    /** The gradients of w and, if there is one, the bias from x and y's gradient. */
    OnednnKernel backwardWeights(boolean bias) {
        Winograd.Geometry g = algorithm.geometry(Winograd.Pass.BACKWARD_WEIGHTS, 0);
        return OnednnKernel.of(p.node(), g.describe())
                .input(0, algorithm.images(x))
                .input(1, algorithm.images(y))
                .output(0, algorithm.weights())
                .scratch(g.scratch())
                .bind(b -> emit(
                        b,
                        g,
                        b.inputAddress(0),
                        b.inputAddress(1),
                        b.outputAddress(0),
                        0,
                        0,
                        bias ? b.outputAddress(1) : 0));
    }

    /**
     * y from x, w and perhaps a bias, where x (input 0) is normalized while it is read.
     *
     * @param first the input that w is; a bias comes after it
     */
    OnednnKernel forward(BatchNormalization op, int first) {
        NativeNormalization norm = NativeNormalization.statistics(c, p, algorithm.images(x), op.epsilon());
        Winograd.Geometry g = algorithm.geometry(Winograd.Pass.FORWARD, 0);
        boolean bias = p.node().inputs().size() > first + 1;
        return OnednnKernel.of(p.node(), g.describe() + " of normalized x")
                .input(0, algorithm.images(x))
                .input(first, algorithm.weights())
                .output(0, algorithm.images(y))
                .scratch(g.scratch())
                .scratch(norm.statisticsScratch())
                .context(norm.statisticsContext())
                .hint(norm)
                .bind(b -> {
                    norm.emitStatistics(b, op);
                    emit(
                            b,
                            g,
                            Winograd.arrays(
                                    b.inputAddress(0),
                                    b.inputAddress(first),
                                    b.outputAddress(0),
                                    bias ? b.inputAddress(first + 1) : 0,
                                    0,
                                    b.scratchAddress(),
                                    norm.vectors(b)));
                });
    }

    /** The gradients of w and, if there is one, the bias from x (input 0), which is normalized again, and y's gradient (input 3). */
    OnednnKernel backwardWeights(BatchNormalization op, boolean bias) {
        NativeNormalization norm = NativeNormalization.statistics(c, p, algorithm.images(x), op.epsilon());
        Winograd.Geometry g = algorithm.geometry(Winograd.Pass.BACKWARD_WEIGHTS, 0);
        return OnednnKernel.of(p.node(), g.describe() + " of normalized x")
                .input(0, algorithm.images(x))
                .ignores(1)
                .input(3, algorithm.images(y))
                .output(0, algorithm.weights())
                .scratch(g.scratch())
                .bind(b -> emit(
                        b,
                        g,
                        Winograd.arrays(
                                b.inputAddress(0),
                                b.inputAddress(3),
                                b.outputAddress(0),
                                0,
                                bias ? b.outputAddress(1) : 0,
                                b.scratchAddress(),
                                norm.vectors(b))));
    }

    private static void emit(
            Binding b,
            Winograd.Geometry g,
            long source,
            long other,
            long result,
            long bias,
            long residual,
            long biasGradient) {
        emit(b, g, Winograd.arrays(source, other, result, bias, residual, biasGradient, b.scratchAddress()));
    }

    private static void emit(Binding b, Winograd.Geometry g, LongPointer arrays) {
        IntPointer words = b.keep(g.words());
        long geometry = words.address(), addresses = b.keep(arrays).address();
        b.run(() -> Winograd.run(geometry, addresses));
    }
}
