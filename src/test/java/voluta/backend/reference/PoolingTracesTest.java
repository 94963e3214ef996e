package voluta.backend.reference;

import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.TraceReader;
import voluta.graph.Op;
import voluta.op.AdaptivePooling;
import voluta.op.Padding;
import voluta.op.Pooling;

/** Pooling and padding of the reference against PyTorch's. */
class PoolingTracesTest {
    static Stream<TraceReader.Case> cases() {
        return Stream.concat(TraceReader.cases("pool").stream(), TraceReader.cases("pad").stream());
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithPyTorch(TraceReader.Case c) {
        ReferenceEvaluator.checkTrace(
                c, (b, v) -> b.add("node", op(c), v.get("x")).output());
    }

    private static Op op(TraceReader.Case c) {
        if (c.op().equals("pad")) {
            Padding.Mode mode = Padding.Mode.valueOf(c.text("mode").toUpperCase(Locale.ROOT));
            double value = mode == Padding.Mode.CONSTANT ? c.number("value") : 0;
            return new Padding(mode, value, c.ints("before"), c.ints("after"));
        }
        Pooling.Kind kind = c.op().contains("max") ? Pooling.Kind.MAX : Pooling.Kind.AVERAGE;
        if (c.op().startsWith("adaptive")) return new AdaptivePooling(kind, c.ints("output_size"));
        boolean max = kind == Pooling.Kind.MAX;
        List<Integer> kernel = c.ints("kernel"), pad = c.ints("padding");
        return new Pooling(
                kind,
                kernel,
                c.ints("stride"),
                max ? c.ints("dilation") : Collections.nCopies(kernel.size(), 1),
                pad,
                pad,
                c.flag("ceil_mode"),
                !max && c.flag("count_include_pad"));
    }
}
