package voluta.backend.reference;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.TraceReader;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.BatchNormalization;
import voluta.op.GroupNormalization;
import voluta.op.InstanceNormalization;
import voluta.op.LayerNormalization;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** The normalizations of the reference against PyTorch's. */
class NormalizationTracesTest {
    static List<TraceReader.Case> cases() {
        return TraceReader.cases("norm");
    }

    @Test
    void thereAreCasesOfEachOp() {
        for (String op : List.of("batch_norm", "layer_norm", "instance_norm", "group_norm"))
            assertTrue(cases().stream().anyMatch(c -> c.op().equals(op)), op);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithPyTorch(TraceReader.Case c) {
        ReferenceEvaluator.checkTrace(c, (b, v) -> switch (c.op()) {
            case "batch_norm" -> batchNorm(c, b, v);
            case "layer_norm" -> layerNorm(c, b, v);
            case "instance_norm" -> replaced(new InstanceNormalization(c.number("eps")), b, v);
            case "group_norm" -> add(b, new GroupNormalization(c.integer("groups"), c.number("eps")), v);
            default -> throw new IllegalArgumentException("unknown op " + c.op());
        });
    }

    private static Value batchNorm(TraceReader.Case c, GraphBuilder b, Map<String, Value> v) {
        boolean training = c.flag("training");
        BatchNormalization op = new BatchNormalization(
                c.number("eps"),
                c.number("momentum"),
                training ? BatchNormalization.Mode.TRAINING : BatchNormalization.Mode.FROZEN);
        Shape channels = v.get("running_mean").type().shape();
        Node n = b.add(
                "norm",
                op,
                v.get("x"),
                vector(b, v, "weight", channels, 1),
                vector(b, v, "bias", channels, 0),
                v.get("running_mean"),
                v.get("running_var"));
        if (training) {
            v.put("updated.running_mean", n.output(1));
            v.put("updated.running_var", n.output(2));
        }
        return n.output(0);
    }

    private static Value layerNorm(TraceReader.Case c, GraphBuilder b, Map<String, Value> v) {
        List<Integer> normalized = c.ints("normalized_shape");
        Shape shape = Shape.of(normalized.stream().mapToLong(i -> i).toArray());
        int axis = v.get("x").type().rank() - normalized.size();
        return b.add(
                        "norm",
                        new LayerNormalization(axis, c.number("eps")),
                        v.get("x"),
                        vector(b, v, "weight", shape, 1),
                        vector(b, v, "bias", shape, 0))
                .output();
    }

    private static Value add(GraphBuilder b, Op op, Map<String, Value> v) {
        return b.add("norm", op, perChannel(b, v)).output();
    }

    private static Value replaced(Op op, GraphBuilder b, Map<String, Value> v) {
        List<Value> in = perChannel(b, v);
        List<TensorType> types = in.stream().map(Value::type).toList();
        return op.decompose(types).orElseThrow().build(b, in).get(0);
    }

    private static List<Value> perChannel(GraphBuilder b, Map<String, Value> v) {
        Shape channels = Shape.of(v.get("x").type().dim(1));
        return Arrays.asList(v.get("x"), vector(b, v, "weight", channels, 1), vector(b, v, "bias", channels, 0));
    }

    /** The trace's vector, or a constant where it has none. */
    private static Value vector(GraphBuilder b, Map<String, Value> v, String name, Shape shape, double otherwise) {
        if (v.containsKey(name)) return v.get(name);
        double[] numbers = new double[(int) shape.elements()];
        Arrays.fill(numbers, otherwise);
        return b.constant(name, HostTensor.zeros(TensorType.f32(shape)).fill(numbers));
    }
}
