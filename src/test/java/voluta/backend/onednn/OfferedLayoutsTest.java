package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import voluta.autodiff.Differentiator;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.backend.reference.ReferenceEvaluator;
import voluta.conformance.CaseTable;
import voluta.conformance.OpCase;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.op.AdaptivePooling;
import voluta.op.Pooling;
import voluta.op.Reshape;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Ops that take the layout that comes, with every layout that may come. The conformance cases feed row-major f32, as
 * the host does; here the inputs lie channels last or blocked, in f32 and bf16, as convolutions leave them.
 */
class OfferedLayoutsTest {
    private static final Set<String> OPS = Set.of(
            "Pooling",
            "AdaptivePooling",
            "Padding",
            "Concatenation",
            "Slice",
            "Transpose",
            "Reshape",
            "Activation",
            "Prelu",
            "Softmax",
            "Arithmetic",
            "Reduction",
            "Broadcast");

    /** By rank, from 3 on. */
    private enum Order {
        ROW_MAJOR(format_tag.abc, format_tag.abcd, format_tag.abcde),
        CHANNELS_LAST(format_tag.acb, format_tag.acdb, format_tag.acdeb),
        BLOCKS_OF_16(format_tag.aBc16b, format_tag.aBcd16b, format_tag.aBcde16b),
        BLOCKS_OF_8(format_tag.aBc8b, format_tag.aBcd8b, format_tag.aBcde8b);

        private final format_tag[] tags;

        Order(format_tag... tags) {
            this.tags = tags;
        }

        /** Whether convolutions on this processor leave such a layout. */
        boolean natural(Precision precision) {
            int isa = dnnl.dnnl_get_effective_cpu_isa();
            boolean wide = (isa & dnnl.dnnl_cpu_isa_avx512_core) == dnnl.dnnl_cpu_isa_avx512_core;
            return switch (this) {
                case ROW_MAJOR, CHANNELS_LAST -> wide || precision == Precision.F32;
                case BLOCKS_OF_16 -> wide;
                case BLOCKS_OF_8 -> !wide && precision == Precision.F32;
            };
        }

        /** Null, for row-major f32, where a value is no image. */
        Layout of(TensorType t, Precision precision) {
            if (t.rank() < 3 || t.rank() > 5) return null;
            data_type type = OnednnContext.storage(precision);
            if (this == ROW_MAJOR && type == data_type.f32) return null;
            return new OnednnLayout(new memory.desc(t.shape().dims(), type, tags[t.rank() - 3]));
        }
    }

    @TestFactory
    Stream<DynamicNode> everyCaseInEveryLayout() {
        return CaseTable.all().stream()
                .filter(cases -> OPS.contains(cases.op()))
                .map(cases -> dynamicContainer(
                        cases.op(),
                        cases.valid().stream()
                                .filter(OpCase::gradient)
                                .map(c -> dynamicTest(c.name(), () -> {
                                    for (Order o : Order.values())
                                        for (Precision p : LayoutRunner.precisions()) check(c, o, p);
                                }))));
    }

    private static void check(OpCase c, Order order, Precision precision) {
        GraphBuilder b = new GraphBuilder();
        List<Value> in = c.inputs().stream()
                .map(i -> b.input("x" + b.sources().size(), i.type()))
                .toList();
        Node n = b.add("node", c.op(), in);
        Value dy = b.input("dy", n.output().type());
        Map<String, Value> results = new LinkedHashMap<>(Map.of("y", n.output()));
        Differentiator.gradients(b, Map.of(n.output(), dy), in).forEach((v, g) -> results.put("d" + v.name(), g));
        Graph g = b.build();
        Map<Value, double[]> numbers = new HashMap<>();
        g.sources().forEach(v -> numbers.put(v, numbers(v, c.exact(), precision)));
        for (int i = 0; i < in.size(); i++)
            if (c.inputs().get(i).fill() == OpCase.Fill.POSITIVE)
                numbers.put(in.get(i), positive(numbers.get(in.get(i)), precision));
        ReferenceEvaluator reference = new ReferenceEvaluator(g);
        numbers.forEach(reference::set);
        reference.run();
        double tolerance = precision == Precision.BF16 ? 0.012 : 1e-6 * (2 + Math.sqrt(c.reduction()));
        try (LayoutRunner runner = new LayoutRunner(g, precision, t -> order.of(t, precision), numbers::get)) {
            results.forEach((name, v) -> {
                double[] expected = reference.get(v), got = runner.get(v);
                double largest = Arrays.stream(expected).map(Math::abs).max().orElseThrow();
                String what = name + ", " + order + ", " + precision + ", " + runner.implementation(n);
                assertTrue(runner.fillsWithZeros(v), () -> what + ": what fills the last block is not zero");
                for (int i = 0; i < got.length; i++) {
                    int at = i;
                    assertEquals(expected[i], got[i], tolerance * largest, () -> what + ", element " + at);
                }
            });
        }
    }

    /** From [-1, 1) to [0.5, 1.5). */
    private static double[] positive(double[] numbers, Precision precision) {
        return Arrays.stream(numbers)
                .map(v -> {
                    float f = (float) (v / 2 + 1);
                    return precision == Precision.BF16 ? Float.intBitsToFloat(HostTensor.bf16(f) << 16) : f;
                })
                .toArray();
    }

    /** Exact in bf16 where that is asked for, so that a maximum falls on the same element everywhere. */
    private static double[] numbers(Value v, boolean integers, Precision precision) {
        double[] d = new double[(int) v.type().elements()];
        int[] random = new int[4];
        for (int i = 0; i < d.length; i++) {
            Philox.block(Philox.key(5, v.name()), i, 0, random);
            double u = Philox.uniform(random[0]);
            float f = (float) (integers ? Math.floor(7 * u) - 3 : 2 * u - 1);
            d[i] = precision == Precision.BF16 ? Float.intBitsToFloat(HostTensor.bf16(f) << 16) : f;
        }
        return d;
    }

    /** What a network's end looks like: pooled to one number per channel, then flattened. */
    @Test
    void globalPoolingAndFlatteningNeedNoReorderForward() {
        for (Order order : Order.values()) {
            for (Precision precision : LayoutRunner.precisions()) {
                if (!order.natural(precision)) continue;
                GraphBuilder b = new GraphBuilder();
                Value x = b.input("x", TensorType.f32(2, 32, 7, 7));
                Node pool = b.add("pool", AdaptivePooling.global(Pooling.Kind.AVERAGE, 2), x);
                Node flat = b.add("flat", new Reshape(Shape.of(2, 32)), pool.output());
                Value dy = b.input("dy", flat.output().type());
                Value dx = Differentiator.gradients(b, Map.of(flat.output(), dy), List.of(x))
                        .get(x);
                try (LayoutRunner runner = new LayoutRunner(
                        b.build(),
                        precision,
                        t -> flatLayout(order, t, precision),
                        v -> numbers(v, false, precision))) {
                    assertEquals(0, runner.reorders(), order + ", " + precision);
                    assertEquals("view", runner.implementation(flat).orElseThrow());
                    Layout offered = order.of(x.type(), precision);
                    if (offered != null) assertEquals(offered, runner.layout(dx), "dx lies as x does");
                }
            }
        }
    }

    private static Layout flatLayout(Order order, TensorType t, Precision precision) {
        if (t.rank() != 2) return order.of(t, precision);
        return precision == Precision.F32
                ? null
                : new OnednnLayout(new memory.desc(t.shape().dims(), data_type.bf16, format_tag.ab));
    }

    @Test
    void poolingOfConvolutionsLayoutsIsFast() {
        for (Order order : Order.values()) {
            for (Precision precision : LayoutRunner.precisions()) {
                if (!order.natural(precision)) continue;
                for (Pooling.Kind kind : Pooling.Kind.values()) {
                    GraphBuilder b = new GraphBuilder();
                    Value x = b.input("x", TensorType.f32(2, 64, 8, 8));
                    Node pool = b.add("pool", Pooling.of2d(kind, 3, 2, 1), x);
                    Value dy = b.input("dy", pool.output().type());
                    Differentiator.gradients(b, Map.of(pool.output(), dy), List.of(x));
                    Graph g = b.build();
                    try (LayoutRunner runner = new LayoutRunner(
                            g, precision, t -> order.of(t, precision), v -> numbers(v, false, precision))) {
                        assertEquals(0, runner.reorders(), order + ", " + precision + ", " + kind);
                        for (Node n : g.nodes()) {
                            String how = runner.implementation(n).orElseThrow();
                            assertTrue(!how.contains("ref") && !how.contains("java"), how);
                        }
                    }
                }
            }
        }
    }
}
