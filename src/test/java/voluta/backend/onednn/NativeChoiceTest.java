package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import voluta.autodiff.Differentiator;
import voluta.backend.BackendOptions;
import voluta.backend.Precision;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.BatchNormalization;
import voluta.op.Convolution;
import voluta.op.FusedBatchNormalization;
import voluta.op.NormalizedConvolution;
import voluta.op.Pooling;
import voluta.tensor.TensorType;

/** Which batch normalizations and poolings our own kernels compute; that the numbers are right is the matter of other tests. */
class NativeChoiceTest {
    private static final TensorType IMAGES = TensorType.f32(2, 32, 8, 8), CHANNELS = TensorType.f32(32);

    @BeforeAll
    static void load() {
        Loader.load(dnnl.class);
        assumeTrue(
                NativeKernels.problem().isEmpty(), () -> NativeKernels.problem().orElse(""));
    }

    /** Of the orders that convolutions leave, those that the kernels have: blocks of 8 channels are none. */
    private static List<format_tag> orders() {
        return LayoutRunner.orders().stream()
                .filter(o -> o != format_tag.aBcd8b)
                .toList();
    }

    @Test
    void normalizationWithRelu6InF32() {
        for (format_tag order : orders()) {
            for (boolean residual : new boolean[] {false, true}) {
                List<String> own = normalization(Activation.relu6(), residual, order);
                assertTrue(own.stream().allMatch(k -> k.startsWith("norm ")), own::toString);
            }
            List<String> relu = normalization(Activation.relu(), false, order);
            assertFalse(relu.stream().anyMatch(k -> k.startsWith("norm ")), relu::toString);
        }
        try (OnednnBackend backend = new OnednnBackend(BackendOptions.DEFAULT, "test")) {
            FusedBatchNormalization op = norm(Activation.relu6(), false);
            List<TensorType> inputs = List.of(IMAGES, CHANNELS, CHANNELS, CHANNELS, CHANNELS);
            assertTrue(backend.supports(op, inputs, Precision.F32).yes());
            if (InstructionSet.effective().storesBf16())
                assertFalse(backend.supports(op, inputs, Precision.BF16).yes(), "slower there than the pieces");
        }
    }

    @Test
    void normalizationWhereWinogradReads() {
        TensorType x = TensorType.f32(8, 32, 12, 12), w = TensorType.f32(16, 32, 3, 3);
        assertTrue(normalizesWhereItReads(Activation.relu(), 1, x, w, Precision.F32));
        if (InstructionSet.effective().storesBf16())
            assertFalse(normalizesWhereItReads(Activation.relu(), 1, x, w, Precision.BF16), "it brings nothing there");
        assertFalse(normalizesWhereItReads(Activation.relu6(), 1, x, w, Precision.F32));
        assertFalse(normalizesWhereItReads(Activation.relu(), 2, x, w, Precision.F32));
        assertFalse(normalizesWhereItReads(Activation.relu(), 1, x, TensorType.f32(15, 32, 3, 3), Precision.F32));
        assertFalse(normalizesWhereItReads(Activation.relu(), 1, IMAGES, w, Precision.F32), "too few pixels");
    }

    private static boolean normalizesWhereItReads(
            Activation activation, int stride, TensorType x, TensorType w, Precision precision) {
        try (OnednnBackend backend = new OnednnBackend(BackendOptions.DEFAULT, "test")) {
            Op op = new NormalizedConvolution(norm(activation, false), Convolution.of2d(stride, 1));
            List<TensorType> inputs = List.of(x, CHANNELS, CHANNELS, CHANNELS, CHANNELS, w);
            return backend.supports(op, inputs, precision).yes();
        }
    }

    @Test
    void gradientsOfMaximaOverWindowsApart() {
        for (format_tag order : orders()) {
            for (Precision precision : LayoutRunner.precisions()) {
                assertTrue(pooling(Pooling.Kind.MAX, 2, 2, 0, precision, order).startsWith("max_pool "));
                assertTrue(pooling(Pooling.Kind.MAX, 2, 3, 0, precision, order).startsWith("max_pool "));
                assertTrue(pooling(Pooling.Kind.MAX, 3, 3, 1, precision, order).startsWith("max_pool "));
                String overlapping = pooling(Pooling.Kind.MAX, 3, 2, 1, precision, order);
                assertFalse(overlapping.startsWith("max_pool "), overlapping);
                String mean = pooling(Pooling.Kind.AVERAGE, 2, 2, 0, precision, order);
                assertFalse(mean.startsWith("max_pool "), mean);
            }
        }
        String narrow = pooling(Pooling.Kind.MAX, 2, 2, 0, Precision.F32, format_tag.aBcd8b);
        assertFalse(narrow.startsWith("max_pool "), narrow);
    }

    private static FusedBatchNormalization norm(Activation activation, boolean residual) {
        return new FusedBatchNormalization(
                new BatchNormalization(1e-5, 0.1, BatchNormalization.Mode.TRAINING), residual, Optional.of(activation));
    }

    /** What computes it, forward and backward. */
    private static List<String> normalization(Activation activation, boolean residual, format_tag order) {
        GraphBuilder b = new GraphBuilder();
        List<Value> in = new ArrayList<>(List.of(
                b.input("x", IMAGES),
                b.input("scale", CHANNELS),
                b.input("shift", CHANNELS),
                b.state("mean", CHANNELS, Initializer.ZEROS),
                b.state("variance", CHANNELS, Initializer.ZEROS)));
        if (residual) in.add(b.input("residual", IMAGES));
        return implementations(b, b.add("norm", norm(activation, residual), in), Precision.F32, order);
    }

    /** What computes the gradient. */
    private static String pooling(
            Pooling.Kind kind, int kernel, int stride, int pad, Precision precision, format_tag order) {
        GraphBuilder b = new GraphBuilder();
        Op op = Pooling.of2d(kind, kernel, stride, pad);
        List<String> all = implementations(b, b.add("pool", op, b.input("x", IMAGES)), precision, order);
        assertEquals(2, all.size(), all::toString);
        return all.get(1);
    }

    private static List<String> implementations(GraphBuilder b, Node n, Precision precision, format_tag order) {
        Value dy = b.input("dy", n.output(0).type());
        List<Value> of =
                n.inputs().stream().filter(v -> v.kind() == Value.Kind.INPUT).toList();
        Differentiator.gradients(b, Map.of(n.output(0), dy), of);
        data_type type = OnednnContext.storage(precision);
        try (LayoutRunner runner = new LayoutRunner(
                b.build(),
                precision,
                t -> t.rank() == 4 ? new OnednnLayout(new memory.desc(t.shape().dims(), type, order)) : null,
                v -> new double[(int) v.type().elements()])) {
            assertEquals(0, runner.reorders(), "what lies as convolutions leave it is taken so");
            return runner.implementations();
        }
    }
}
