package voluta.explain;

import java.util.List;
import voluta.backend.Backend;
import voluta.backend.Precision;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.nn.Border;
import voluta.op.Convolution;
import voluta.op.Padding;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Two-dimensional convolution with given numbers, run by the same ops as a network's.
 *
 * @param weights {@code [filters, channels, height, width]}
 * @param bias added to every output
 */
public record FixedConvolution(HostTensor weights, double bias, Window window) {
    private static final Border NONE = new Border(false, List.of(0, 0), List.of(0, 0));

    /**
     * Computes the output on a backend.
     *
     * @param x {@code [N, channels, height, width]}
     * @return {@code [N, filters, ...]}, with all digits that the backend has
     * @throws voluta.tensor.ShapeException if the filter does not fit
     */
    public HostTensor apply(Backend backend, HostTensor x) {
        GraphBuilder b = new GraphBuilder();
        b.output("y", add(b, b.input("x", TensorType.f32(x.shape()))));
        try (Session session = new Session(backend, 0)) {
            CompiledGraph graph = session.compile(b.build(), CompileOptions.of(Precision.F32));
            graph.feed("x", 0, x);
            graph.run(0);
            HostTensor y = HostTensor.zeros(
                    new TensorType(DType.F64, graph.graph().output("y").type().shape()));
            graph.read("y", y);
            return y;
        }
    }

    private Value add(GraphBuilder b, Value x) {
        Border border = window.around(spatial(x.type().shape()), spatial(weights.shape()));
        Value padded = x;
        if (!window.zeros() && !border.equals(NONE)) {
            Padding padding = new Padding(window.mode(), window.value(), border.before(), border.after());
            padded = b.add("pad", padding, x).output();
            border = NONE;
        }
        int filters = weights.shape().size(0);
        HostTensor biases = HostTensor.zeros(TensorType.f32(filters));
        for (int f = 0; f < filters; f++) biases.set(f, bias);
        Convolution op = new Convolution(window.stride(), window.dilation(), border.before(), border.after(), 1);
        return b.add("convolution", op, padded, b.constant("weights", weights), b.constant("bias", biases))
                .output();
    }

    private static List<Integer> spatial(Shape s) {
        return List.of(s.size(2), s.size(3));
    }
}
