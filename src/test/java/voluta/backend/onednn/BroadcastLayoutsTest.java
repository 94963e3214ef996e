package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.autodiff.Differentiator;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.Arithmetic;
import voluta.op.Prelu;
import voluta.op.Reduction;
import voluta.tensor.TensorType;

/** Memory-bound ops between convolutions neither reorder what comes nor fall back to plain loops. */
class BroadcastLayoutsTest {
    private static Layout layout(TensorType t, format_tag order, Precision precision) {
        return t.rank() < 4
                ? Layouts.PLAIN
                : new OnednnLayout(new memory.desc(t.shape().dims(), OnednnContext.storage(precision), order));
    }

    private static double[] ones(Value v) {
        double[] d = new double[(int) v.type().elements()];
        java.util.Arrays.fill(d, 1);
        return d;
    }

    private static void check(Graph g, List<Node> nodes, int reorders) {
        for (format_tag order : LayoutRunner.orders()) {
            for (Precision precision : LayoutRunner.precisions()) {
                try (LayoutRunner r =
                        new LayoutRunner(g, precision, t -> layout(t, order, precision), BroadcastLayoutsTest::ones)) {
                    for (Node n : nodes) {
                        String how = n + " in " + order + ", " + precision + " by " + r.implementation(n);
                        assertFalse(r.implementation(n).orElseThrow().startsWith("ref"), how);
                        Value y = n.output(0);
                        // of one number per channel, several layouts are the same bytes
                        if (y.type().rank() == 4 && y.type().dim(3) > 1)
                            assertEquals(layout(y.type(), order, precision), r.layout(y), how);
                    }
                    assertEquals(reorders, r.reorders(), order + ", " + precision);
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"[2,32,1,1]", "[32,1,1]", "[]"})
    void arithmeticWithASmallOperand(String small) {
        for (Arithmetic.Kind kind : Arithmetic.Kind.values()) {
            GraphBuilder b = new GraphBuilder();
            Value x = b.input("x", TensorType.f32(2, 32, 8, 8));
            TensorType type = small.length() == 2
                    ? TensorType.f32()
                    : small.startsWith("[2") ? TensorType.f32(2, 32, 1, 1) : TensorType.f32(32, 1, 1);
            Node y = b.add("y", new Arithmetic(kind), x, b.input("s", type));
            check(b.build(), List.of(y), 0);
        }
    }

    /** Squeeze-and-excitation: x times a number per sample and channel, and back. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void excitationAndItsGradient(boolean reversed) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 32, 8, 8)), s = b.input("s", TensorType.f32(2, 32, 1, 1));
        Node y = b.add("y", new Arithmetic(Arithmetic.Kind.MULTIPLY), reversed ? s : x, reversed ? x : s);
        Value dy = b.input("dy", y.output().type());
        Differentiator.gradients(b, Map.of(y.output(), dy), List.of(x, s));
        check(b.build(), b.nodes(), 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"RELU", "SIGMOID", "GELU", "HARDSWISH", "SILU"})
    void activations(Activation.Kind kind) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 32, 8, 8));
        Node y = b.add("y", Activation.of(kind), x);
        Value dy = b.input("dy", y.output().type());
        Differentiator.gradients(b, Map.of(y.output(), dy), List.of(x));
        check(b.build(), b.nodes(), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 32})
    void prelu(int slopes) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 32, 8, 8)), s = b.input("s", TensorType.f32(slopes));
        Node y = b.add("y", new Prelu(), x, s);
        Value dy = b.input("dy", y.output().type());
        Differentiator.gradients(b, Map.of(y.output(), dy), List.of(x, s));
        check(b.build(), b.nodes(), 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"SUM", "MEAN"})
    void reductionOverSpace(Reduction.Kind kind) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 32, 8, 8));
        Node y = b.add("y", new Reduction(kind, List.of(2, 3), true), x);
        check(b.build(), List.of(y), 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bf16", "f32"})
    void imagesComeAsTheFirstConvolutionReadsThem(String precision) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.u8(2, 5, 7, 3));
        Node y = b.add("y", new voluta.op.ImageToTensor(List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5)), x);
        Precision p = Precision.valueOf(precision.toUpperCase(java.util.Locale.ROOT));
        try (LayoutRunner r = new LayoutRunner(b.build(), p, t -> null, BroadcastLayoutsTest::ones)) {
            boolean f32 = p == Precision.F32 || !InstructionSet.effective().storesBf16();
            long[] dims = y.output().type().shape().dims();
            Layout expected = new OnednnLayout(
                    f32
                            ? new memory.desc(dims, data_type.f32, format_tag.acdb)
                            : new memory.desc(dims, data_type.bf16, format_tag.abcd));
            assertEquals(expected, r.layout(y.output()));
        }
    }
}
