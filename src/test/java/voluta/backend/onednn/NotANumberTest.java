package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.BatchNormalization;
import voluta.op.FusedBatchNormalization;
import voluta.tensor.TensorType;

/** What is no number is seen in the result, in whatever order images lie, so that training that goes wrong stops. oneDNN alone hides it. */
class NotANumberTest {
    private static final TensorType X = TensorType.f32(2, 20, 9, 7), CHANNELS = TensorType.f32(20);

    @BeforeAll
    static void load() {
        Loader.load(dnnl.class);
        assumeTrue(
                NativeKernels.problem().isEmpty(), () -> NativeKernels.problem().orElse(""));
    }

    /** An op, and how many of its results are NaN where one of x's elements is; -1: at least those of a channel, as where its scale or shift is. */
    private record Case(Op op, int expected) {}

    static List<Case> cases() {
        List<Case> all = new ArrayList<>();
        for (Activation a : List.of(Activation.relu(), Activation.relu6(), Activation.hardsigmoid()))
            all.add(new Case(a, 1));
        BatchNormalization norm = new BatchNormalization(1e-5, 0.1, BatchNormalization.Mode.TRAINING);
        for (boolean residual : new boolean[] {false, true})
            all.add(new Case(new FusedBatchNormalization(norm, residual, Optional.of(Activation.relu())), -1));
        return all;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void isSeenInTheResult(Case k) {
        List<format_tag> orders = new ArrayList<>(LayoutRunner.orders());
        orders.add(null);
        for (Precision precision : LayoutRunner.precisions()) {
            for (format_tag order : orders) {
                // own kernels have no blocks of eight channels; oneDNN computes hard sigmoid where it must keep padding
                // zero
                boolean blocked = order == format_tag.aBcd8b
                        || order == format_tag.aBcd16b
                                && k.op instanceof Activation a
                                && a.kind() == Activation.Kind.HARDSIGMOID;
                if (blocked) continue;
                int n = numbersMissing(k.op, precision, order, "x", 70);
                String what = k.op + " " + precision + " " + order + ": " + n;
                if (k.expected < 0) {
                    assertTrue(n >= 2 * 9 * 7, what);
                    for (String vector : List.of("scale", "shift"))
                        assertTrue(numbersMissing(k.op, precision, order, vector, 1) >= 2 * 9 * 7, what + vector);
                } else assertEquals(k.expected, n, what);
                assertEquals(0, numbersMissing(k.op, precision, order, "", 0), what);
            }
        }
    }

    /** How many results are no numbers where element {@code at} of the input with this name is none. */
    private static int numbersMissing(Op op, Precision precision, format_tag order, String name, int at) {
        GraphBuilder b = new GraphBuilder();
        List<Value> in = new ArrayList<>(List.of(b.input("x", X)));
        if (op instanceof FusedBatchNormalization f) {
            for (String s : List.of("scale", "shift", "mean", "variance")) in.add(b.input(s, CHANNELS));
            if (f.residual()) in.add(b.input("residual", X));
        }
        b.output("y", b.add("op", op, in).output(0));
        Graph g = b.build();
        try (LayoutRunner r = new LayoutRunner(
                g,
                precision,
                t -> order == null || t.rank() != 4
                        ? null
                        : new OnednnLayout(new memory.desc(t.shape().dims(), OnednnContext.storage(precision), order)),
                v -> numbers(v, name, at))) {
            return (int)
                    Arrays.stream(r.get(g.output("y"))).filter(Double::isNaN).count();
        }
    }

    private static double[] numbers(Value v, String name, int at) {
        Random random = new Random(v.name().hashCode());
        double[] d = new double[(int) v.type().elements()];
        for (int i = 0; i < d.length; i++) d[i] = v.name().equals("variance") ? 1 : random.nextGaussian();
        if (v.name().equals(name)) d[at] = Double.NaN;
        return d;
    }
}
