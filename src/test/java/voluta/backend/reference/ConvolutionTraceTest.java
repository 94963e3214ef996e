package voluta.backend.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.TraceReader;
import voluta.graph.GraphBuilder;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.Convolution;
import voluta.op.Linear;
import voluta.op.MatMul;
import voluta.op.TransposedConvolution;

/** Convolutions, linear layers and matrix products against PyTorch, forward and backward. */
class ConvolutionTraceTest {
    static Stream<TraceReader.Case> convolutions() {
        return TraceReader.cases("conv").stream().filter(c -> !needsPaddingOp(c));
    }

    /** Padding with other numbers than 0 is an op of its own. */
    private static boolean needsPaddingOp(TraceReader.Case c) {
        return c.attributes().has("pad_mode") && (!c.text("pad_mode").equals("constant") || c.number("pad_value") != 0);
    }

    @ParameterizedTest
    @MethodSource("convolutions")
    void convolution(TraceReader.Case c) {
        ReferenceEvaluator.checkTrace(c, (b, v) -> add(b, convolutionOf(c), v, "x", "weight", "bias"));
    }

    private static Op convolutionOf(TraceReader.Case c) {
        List<Integer> stride = c.ints("stride"), dilation = c.ints("dilation");
        int groups = c.integer("groups");
        if (c.op().startsWith("conv_transpose")) {
            return new TransposedConvolution(
                    stride, dilation, c.ints("padding"), c.ints("padding"), c.ints("output_padding"), groups);
        }
        return new Convolution(stride, dilation, c.ints("pad_before"), c.ints("pad_after"), groups);
    }

    static Stream<TraceReader.Case> products() {
        return TraceReader.cases("matmul").stream();
    }

    @ParameterizedTest
    @MethodSource("products")
    void product(TraceReader.Case c) {
        if (c.op().equals("linear")) {
            ReferenceEvaluator.checkTrace(c, (b, v) -> add(b, new Linear(), v, "x", "weight", "bias"));
        } else {
            ReferenceEvaluator.checkTrace(c, (b, v) -> add(b, new MatMul(false, false), v, "a", "b"));
        }
    }

    private static Value add(GraphBuilder b, Op op, Map<String, Value> named, String... names) {
        List<Value> in = new ArrayList<>();
        for (String n : names) if (named.containsKey(n)) in.add(named.get(n));
        assertEquals(named.size(), in.size(), "every input of the trace is used");
        return b.add(op.name(), op, in).output();
    }
}
