package voluta.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.nn.Mode;
import voluta.op.Convolution;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;

/**
 * What a network's convolutions cost beside the fully connected layers that would compute the same maps: one weight from
 * each number of the input to each number of the output.
 *
 * @param rows one for each convolution
 */
public record DenseComparison(List<Row> rows) {
    /**
     * One convolution, for one sample.
     *
     * @param input what it reads, with N = 1
     * @param output what it gives
     * @param pointwise whether it is 1x1 with stride 1 and mixes all channels: the same fully connected layer at each
     *     position
     * @param denseParameters of the fully connected layer, with a bias where the convolution has one
     * @param denseMultiplyAdds of the fully connected layer
     */
    public record Row(
            String path,
            Shape input,
            Shape output,
            boolean pointwise,
            long parameters,
            long multiplyAdds,
            long denseParameters,
            long denseMultiplyAdds) {
        /** How many times as many parameters. */
        public double times() {
            return denseParameters / (double) parameters;
        }

        private String[] cells() {
            String what = pointwise
                    ? String.format(
                            Locale.ROOT,
                            "1x1: one perceptron, %,d to %,d, at each of %,d positions",
                            input.dim(1),
                            output.dim(1),
                            output.product(2, output.rank()))
                    : "";
            String times = String.format(Locale.ROOT, times() < 10 ? "%.1f" : "%,.0f", times());
            return new String[] {
                path,
                sizes(input) + " to " + sizes(output),
                Count.text(parameters),
                Count.text(multiplyAdds),
                Count.text(denseParameters),
                Count.text(denseMultiplyAdds),
                times,
                what
            };
        }

        /** Sizes without the batch, spatial ones first, as maps are spoken of: {@code 64x64x192}. */
        private static String sizes(Shape s) {
            StringBuilder text = new StringBuilder();
            for (int d = 2; d < s.rank(); d++) text.append(s.dim(d)).append('x');
            return text.append(s.dim(1)).toString();
        }
    }

    /** A number of parameters or multiply-adds in words; those from 2^63 on are held as {@link Long#MAX_VALUE}. */
    public static String text(long count) {
        return Count.text(count);
    }

    public DenseComparison {
        rows = List.copyOf(rows);
    }

    /** Compares each convolution of a network. */
    public static DenseComparison of(Network network) {
        Graph graph = network.forward(Mode.INFERENCE, 1);
        ModelSummary summary = ModelSummary.of(graph);
        List<Row> rows = new ArrayList<>();
        for (Node n : graph.nodes()) {
            if (!(n.op() instanceof Convolution) && !(n.op() instanceof TransposedConvolution)) continue;
            ModelSummary.Row r = summary.row(n.path()).orElseThrow();
            Shape x = n.input(0).type().shape(), y = n.output(0).type().shape();
            long weights = n.input(1).type().elements() + (n.inputs().size() > 2 ? y.dim(1) : 0);
            rows.add(new Row(
                    n.path(),
                    x,
                    y,
                    pointwise(n),
                    weights,
                    r.multiplyAdds(),
                    r.denseParameters(),
                    Count.times(x.elements(), y.elements())));
        }
        return new DenseComparison(rows);
    }

    private static boolean pointwise(Node n) {
        Shape w = n.input(1).type().shape();
        return n.op() instanceof Convolution c
                && c.groups() == 1
                && w.product(2, w.rank()) == 1
                && n.output(0).type().shape().product(2, w.rank())
                        == n.input(0).type().shape().product(2, w.rank());
    }

    /** A table for people, one line for each convolution. */
    public String table() {
        List<String[]> lines = new ArrayList<>();
        lines.add(new String[] {
            "layer",
            "maps",
            "parameters",
            "multiply-adds",
            "fully connected: parameters",
            "multiply-adds",
            "times the parameters",
            ""
        });
        for (Row r : rows) lines.add(r.cells());
        return new TextTable(2, 3, 4, 5, 6).lines(lines);
    }
}
