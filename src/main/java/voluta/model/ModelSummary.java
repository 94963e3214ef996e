package voluta.model;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.nn.Mode;
import voluta.op.BatchNormalization;
import voluta.op.Convolution;
import voluta.op.GroupNormalization;
import voluta.op.InstanceNormalization;
import voluta.op.LayerNormalization;
import voluta.op.Linear;
import voluta.op.MatMul;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;

/**
 * What a network consists of, layer by layer, for one sample. Read from the graph, so it is right for any layers.
 *
 * @param rows in the order of execution
 */
public record ModelSummary(List<Row> rows) {
    /**
     * One node of the forward graph.
     *
     * @param path the layer's path, for instance {@code layer1/0/conv1}
     * @param kind the op, for instance {@code Convolution}
     * @param source where it was written, if known
     * @param output the shape of its output for one sample, with N = 1
     * @param parameters how many trained numbers it is the first to read
     * @param multiplyAdds multiplications (each with an addition) of convolutions and matrix products
     * @param denseParameters how many parameters a fully connected layer from its input to its output would have; 0 for
     *     what is neither convolution nor fully connected
     * @param field what a unit sees of the input; empty if it depends on none
     * @param statistics the shape of mean and variance, for normalizations, with N for the batch
     */
    public record Row(
            String path,
            String kind,
            Optional<String> source,
            Shape output,
            long parameters,
            long multiplyAdds,
            long denseParameters,
            Optional<ReceptiveField> field,
            Optional<String> statistics) {}

    public ModelSummary {
        rows = List.copyOf(rows);
    }

    /** The summary of a network as it is for inference. */
    public static ModelSummary of(Network network) {
        return of(network.forward(Mode.INFERENCE, 1));
    }

    /** The summary of a forward graph; what a batch needs is divided by the batch. */
    public static ModelSummary of(Graph graph) {
        Map<Value, ReceptiveField> fields = ReceptiveFields.of(graph);
        Set<Value> counted = new HashSet<>();
        List<Row> rows = new ArrayList<>();
        for (Node n : graph.nodes()) {
            long parameters = 0;
            for (Value v : n.inputs()) {
                if (v.kind() == Value.Kind.PARAMETER && counted.add(v))
                    parameters += v.type().elements();
            }
            Shape y = n.output(0).type().shape();
            rows.add(new Row(
                    n.path(),
                    n.op().name(),
                    Optional.ofNullable(n.source()),
                    y.rank() > 0 ? y.with(0, 1) : y,
                    parameters,
                    multiplyAdds(n),
                    denseParameters(n),
                    Optional.ofNullable(fields.get(n.output(0))),
                    statistics(n)));
        }
        return new ModelSummary(rows);
    }

    private static long multiplyAdds(Node n) {
        Op op = n.op();
        Shape x = n.input(0).type().shape(), y = n.output(0).type().shape();
        if (op instanceof Convolution || op instanceof Linear) {
            Shape w = n.input(1).type().shape();
            return Count.times(y.elements() / y.dim(0), w.product(1, w.rank()));
        }
        if (op instanceof TransposedConvolution) {
            Shape w = n.input(1).type().shape();
            return Count.times(x.elements() / x.dim(0), w.product(1, w.rank()));
        }
        if (op instanceof MatMul m) return Count.times(y.elements() / y.dim(0), x.dim(m.transposeA() ? -2 : -1));
        return 0;
    }

    private static long denseParameters(Node n) {
        boolean weighted =
                n.op() instanceof Convolution || n.op() instanceof TransposedConvolution || n.op() instanceof Linear;
        if (!weighted) return 0;
        Shape x = n.input(0).type().shape(), y = n.output(0).type().shape();
        long in = x.elements() / x.dim(0), out = y.elements() / y.dim(0);
        return Count.plus(Count.times(in, out), n.inputs().size() > 2 ? out : 0);
    }

    private static Optional<String> statistics(Node n) {
        Shape x = n.input(0).type().shape();
        if (n.op() instanceof BatchNormalization) return Optional.of("[" + x.dim(1) + "]");
        if (n.op() instanceof InstanceNormalization) return Optional.of("[N," + x.dim(1) + "]");
        if (n.op() instanceof GroupNormalization g) return Optional.of("[N," + g.groups() + "]");
        if (n.op() instanceof LayerNormalization l) {
            StringBuilder s = new StringBuilder("[N");
            for (int d = 1; d < l.axis(); d++) s.append(',').append(x.dim(d));
            return Optional.of(s.append(']').toString());
        }
        return Optional.empty();
    }

    // Totals and products of 2^63 and more, which large volumes have beside fully connected layers, are Long.MAX_VALUE.

    /** All trained numbers. */
    public long parameters() {
        return Count.sum(rows.stream().mapToLong(Row::parameters));
    }

    /** All multiplications for one sample. */
    public long multiplyAdds() {
        return Count.sum(rows.stream().mapToLong(Row::multiplyAdds));
    }

    /** Parameters if each convolution were a fully connected layer between values of the same sizes. */
    public long denseParameters() {
        return Count.sum(rows.stream().mapToLong(r -> r.denseParameters > 0 ? r.denseParameters : r.parameters));
    }

    /** How many numbers all nodes together give for one sample. */
    public long activations() {
        return Count.sum(rows.stream().mapToLong(r -> r.output.elements()));
    }

    /** The row of a path, if there is one. */
    public Optional<Row> row(String path) {
        return rows.stream().filter(r -> r.path.equals(path)).findFirst();
    }

    /** A table for people, one line a row, then totals. */
    public String table() {
        List<String[]> lines = new ArrayList<>();
        lines.add(new String[] {
            "layer",
            "kind",
            "output",
            "parameters",
            "multiply-adds",
            "receptive field",
            "stride",
            "start",
            "offset",
            "mean and variance"
        });
        for (Row r : rows) {
            lines.add(new String[] {
                r.path,
                r.kind,
                r.output.toString(),
                count(r.parameters),
                count(r.multiplyAdds),
                r.field.map(ReceptiveField::sizes).orElse("-"),
                r.field.flatMap(ReceptiveField::jumps).orElse("-"),
                r.field.map(ReceptiveField::starts).orElse("-"),
                r.field.map(ReceptiveField::offsets).orElse("-"),
                r.statistics.orElse("")
            });
        }
        StringBuilder s = new StringBuilder(new TextTable(3, 4).lines(lines));
        return s.append("total: ")
                .append(Count.text(parameters()))
                .append(" parameters, ")
                .append(Count.text(multiplyAdds()))
                .append(" multiply-adds and ")
                .append(Count.text(activations()))
                .append(" activations a sample\n")
                .toString();
    }

    private static String count(long n) {
        return n == 0 ? "-" : Count.text(n);
    }
}
