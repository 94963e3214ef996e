package voluta.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.nn.Mode;
import voluta.op.Convolution;
import voluta.op.Padding;
import voluta.op.Pooling;
import voluta.tensor.Shape;
import voluta.tensor.VolutaException;

/**
 * The rules of thumb by which convolutional networks are laid out, as a check: sizes that each pooling divides, filters of
 * 3 or 5, zero padding that keeps the size, max pooling by 2 with stride 2. Good networks break some of them; each remark
 * says what following the rule would change.
 */
public final class PracticalGuide {
    /** How far above the present input the sizes that divide everywhere are looked for. */
    private static final int REACH = 64;

    private final Network network;
    private final List<Remark> remarks = new ArrayList<>();

    private PracticalGuide(Network network) {
        this.network = network;
    }

    /** The rules. */
    public enum Rule {
        /** Each pooling's input is divisible by its stride. */
        DIVISIBLE,
        /** Filters are of size 3 or 5, or 1 to mix channels alone. */
        FILTER_SIZE,
        /** Convolutions keep the size, or divide it by their stride. */
        PADDING,
        /** Poolings are max poolings over 2 with stride 2. */
        POOLING;

        /** As in options and records: {@code filter_size}. */
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One place where a rule is not followed.
     *
     * @param path the layer's
     * @param source where it was written, if known
     * @param problem what is so, with its numbers
     * @param change what to change
     */
    public record Remark(String path, Optional<String> source, Rule rule, String problem, String change) {
        @Override
        public String toString() {
            return path + source.map(s -> " (" + s + ")").orElse("") + ": " + problem + "; " + change;
        }
    }

    /** All remarks on a network, in the order of its layers. */
    public static List<Remark> of(Network network) {
        PracticalGuide guide = new PracticalGuide(network);
        for (Node n : network.forward(Mode.INFERENCE, 1).nodes()) {
            if (n.op() instanceof Convolution c) guide.convolution(n, c);
            if (n.op() instanceof Pooling p) guide.pooling(n, p);
        }
        return List.copyOf(guide.remarks);
    }

    private void remark(Node n, Rule rule, String problem, String change) {
        remarks.add(new Remark(n.path(), Optional.ofNullable(n.source()), rule, problem, change));
    }

    private void convolution(Node n, Convolution c) {
        Shape x = beforePadding(n.input(0)), w = n.input(1).type().shape();
        List<Integer> kernel = spatial(w);
        if (kernel.equals(spatial(n.input(0).type().shape())))
            return; // a fully connected layer, written as a convolution
        if (kernel.stream().anyMatch(k -> k != 1 && k != 3 && k != 5)) {
            remark(n, Rule.FILTER_SIZE, "filters of " + sizes(kernel), smaller(c, w, kernel));
        }
        List<Integer> in = spatial(x), out = spatial(n.output(0).type().shape());
        List<Integer> kept = IntStream.range(0, in.size())
                .mapToObj(d -> (in.get(d) + c.stride().get(d) - 1) / c.stride().get(d))
                .toList();
        if (out.equals(kept)) return;
        boolean strided = c.stride().stream().anyMatch(s -> s != 1);
        remark(
                n,
                Rule.PADDING,
                "turns " + sizes(in) + " into " + sizes(out) + (strided ? " with stride " + sizes(c.stride()) : ""),
                "set padding: " + keeping(c, kernel) + ", which gives " + sizes(kept));
    }

    /** The shape before a padding that stands by itself. */
    private Shape beforePadding(Value x) {
        Node producer = x.producer();
        boolean padded = producer != null && producer.op() instanceof Padding;
        return (padded ? producer.input(0) : x).type().shape();
    }

    private static String keeping(Convolution c, List<Integer> kernel) {
        List<Integer> pads = new ArrayList<>();
        for (int d = 0; d < kernel.size(); d++) {
            int total = c.dilation().get(d) * (kernel.get(d) - 1);
            if (total % 2 != 0) return "same";
            pads.add(total / 2);
        }
        boolean equal = pads.stream().distinct().count() == 1;
        return equal ? pads.get(0).toString() : pads.toString();
    }

    private static String smaller(Convolution c, Shape w, List<Integer> kernel) {
        int k = Collections.max(kernel);
        if (kernel.stream().anyMatch(s -> s % 2 == 0)) {
            return "use an odd size, kernel: " + (k <= 4 ? 3 : 5)
                    + ", which has a centre and keeps the size when padded";
        }
        int stacked = (k - 1) / 2;
        long out = w.dim(0), in = w.dim(1), taps = 1, threes = 1;
        for (int s : kernel) {
            taps *= s;
            threes *= 3;
        }
        long now = out * in * taps, then = out * in * threes + (stacked - 1) * out * (out / c.groups()) * threes;
        String weights = then < now ? String.format(Locale.ROOT, ", with %,d weights instead of %,d", then, now) : "";
        return "use kernel: 3 or 5; " + stacked + " convolutions of 3 on top of each other see as much" + weights;
    }

    private void pooling(Node n, Pooling p) {
        List<Integer> in = spatial(n.input(0).type().shape());
        if (p.kernel().equals(in)) return; // global
        boolean two = all(p.kernel(), 2) && all(p.stride(), 2);
        boolean max = p.kind() == Pooling.Kind.MAX;
        if (!two || !max) {
            remark(
                    n,
                    Rule.POOLING,
                    (max ? "max" : "average") + " pooling over " + sizes(p.kernel()) + " with stride "
                            + sizes(p.stride()),
                    "use max_pool: 2, which halves the size and lets no windows overlap");
        }
        for (int d = 0; d < in.size(); d++) {
            if (in.get(d) % p.stride().get(d) == 0) continue;
            remark(
                    n,
                    Rule.DIVISIBLE,
                    "its input " + sizes(in) + " is not divisible by "
                            + p.stride().get(d),
                    dividing());
            return;
        }
    }

    /** What input would be divisible at every pooling, found by trying, each dimension for itself. */
    private String dividing() {
        List<Integer> input = network.description().input();
        List<Integer> found = new ArrayList<>(Collections.nCopies(input.size() - 1, 0));
        for (int more = 0; more <= REACH && found.contains(0); more++) {
            List<Integer> larger = new ArrayList<>(input);
            for (int d = 1; d < larger.size(); d++) larger.set(d, input.get(d) + more);
            for (int d = 0; d < found.size(); d++) {
                if (found.get(d) == 0 && divides(larger, d)) found.set(d, larger.get(d + 1));
            }
        }
        String padding = "pad the layers before it so that the size is kept";
        return found.contains(0) ? padding : "give the network inputs of " + sizes(found) + ", or " + padding;
    }

    private boolean divides(List<Integer> input, int dimension) {
        Graph graph;
        try {
            Network larger = new Network(
                    network.description().withInput(input),
                    network.pixels(),
                    network.seed(),
                    network.frozen(),
                    network.floats(),
                    network.resident());
            graph = larger.forward(Mode.INFERENCE, 1);
        } catch (VolutaException e) {
            return false; // sizes that later layers cannot take
        }
        for (Node n : graph.nodes()) {
            Op op = n.op();
            if (!(op instanceof Pooling p)
                    || p.kernel().equals(spatial(n.input(0).type().shape()))) continue;
            if (n.input(0).type().shape().size(dimension + 2) % p.stride().get(dimension) != 0) return false;
        }
        return true;
    }

    private static boolean all(List<Integer> values, int wanted) {
        return values.stream().allMatch(v -> v == wanted);
    }

    private static List<Integer> spatial(Shape s) {
        return IntStream.range(2, s.rank()).mapToObj(s::size).toList();
    }

    private static String sizes(List<Integer> sizes) {
        return sizes.stream().map(String::valueOf).collect(Collectors.joining("x"));
    }
}
