package voluta.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.nn.Mode;
import voluta.op.Convolution;
import voluta.op.Padding;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * A network with other layers that compute the same: fully connected layers as convolutions, or convolutions as fully
 * connected layers. Only layers of the network itself are converted, not those within blocks.
 *
 * @param weights parameters and running statistics by name
 * @param converted the names of the layers that are of another kind now
 */
public record Conversion(NetworkDescription network, Map<String, HostTensor> weights, List<String> converted) {
    /** The most weights of one fully connected layer: a quarter of a GiB. */
    private static final long MOST = 1L << 26;

    private static final Set<String> POINTWISE = pointwise();

    private static Set<String> pointwise() {
        Set<String> kinds = new HashSet<>(LayerKinds.ACTIVATIONS);
        kinds.addAll(Set.of("prelu", "dropout", "batch_norm"));
        return kinds;
    }

    public Conversion {
        weights = Collections.unmodifiableMap(new LinkedHashMap<>(weights));
        converted = List.copyOf(converted);
    }

    /**
     * Turns the fully connected layers after {@code flatten} into convolutions: the first with a kernel as large as the map
     * that was flattened, the others 1x1. The network then takes larger images too, and gives the mean of the scores of
     * all positions, or their map.
     *
     * @param map whether the scores of all positions are given, {@code [N,classes,...]}, rather than their mean; of a network
     *     without padding, each is what the network itself gives for the window there
     * @throws ModelException if there are no such layers, or others between them
     */
    public static Conversion toConvolutions(NetworkDescription network, Map<String, HostTensor> weights, boolean map) {
        Walk walk = new Walk(network, weights);
        Shape flattened = null;
        boolean first = false;
        for (LayerDescription d : walk.named) {
            String name = d.name().orElseThrow();
            Node node = walk.nodes.get(name);
            if (d.kind().equals("flatten") && node != null) {
                flattened = node.input(0).type().shape();
                first = true;
            } else if (flattened == null || POINTWISE.contains(d.kind()) && d.value("from") == null) {
                walk.layers.add(d);
            } else if (d.kind().equals("linear") && d.value("from") == null) {
                long[] kernel = first
                        ? flattened.dims()
                        : Shape.of(walk.weight(name).shape().dims()).with(0, 1).dims();
                walk.convolution(d, kernel, first ? flattened.rank() : 0, flattened.rank() - 2);
                first = false;
            } else {
                throw new ModelException(
                        d.at().orElse(null),
                        "after flatten only linear, dropout, batch_norm and activations can be converted, got " + name
                                + " (" + d.kind() + "); move it before flatten");
            }
        }
        if (walk.converted.isEmpty()) {
            throw new ModelException("the network " + network.name()
                    + " has no fully connected layer after a flatten of its own; there is nothing to convert");
        }
        if (!map) {
            walk.layers.add(LayerDescription.of("global_avg_pool", Map.of("name", "mean_score")));
            walk.layers.add(LayerDescription.of("flatten", Map.of("name", "scores")));
        }
        return walk.done(map ? 0 : network.classes());
    }

    /**
     * Turns convolutions into fully connected layers, each between a flatten and a reshape.
     *
     * @param names which convolutions; empty for all
     * @throws ModelException if there is no such convolution, its output is used by name, or the layer would be too large
     */
    public static Conversion toFullyConnected(
            NetworkDescription network, Map<String, HostTensor> weights, Set<String> names) {
        Walk walk = new Walk(network, weights);
        List<String> there = walk.named.stream()
                .filter(d -> d.kind().equals("conv"))
                .map(d -> d.name().orElseThrow())
                .toList();
        for (String n : names) {
            if (!there.contains(n)) {
                throw new ModelException("the network " + network.name() + " has no convolution " + n
                        + (there.isEmpty() ? " outside of blocks" : voluta.tensor.Nearest.suggestion(n, there)));
            }
        }
        if (there.isEmpty()) {
            throw new ModelException("the network " + network.name()
                    + " has no convolution outside of blocks; there is nothing to convert");
        }
        for (LayerDescription d : walk.named) {
            String name = d.name().orElseThrow();
            if (there.contains(name) && (names.isEmpty() || names.contains(name))) walk.fullyConnected(d);
            else walk.layers.add(d);
        }
        return walk.done(network.classes());
    }

    /** The layers on their way from one network to the other. */
    private static final class Walk {
        private final NetworkDescription network;
        private final Map<String, HostTensor> weights;
        private final List<LayerDescription> named = new ArrayList<>();
        private final Map<String, Node> nodes = new HashMap<>();
        private final List<LayerDescription> layers = new ArrayList<>();
        private final List<String> converted = new ArrayList<>();

        Walk(NetworkDescription network, Map<String, HostTensor> weights) {
            this.network = network;
            this.weights = new LinkedHashMap<>(weights);
            Graph graph = Network.of(network).forwardFloat(Mode.INFERENCE, 1);
            graph.nodes().forEach(n -> nodes.put(n.path(), n));
            // Names count the layers of a kind, so they are written down before kinds change.
            Map<String, Integer> counts = new HashMap<>();
            for (LayerDescription d : network.layers()) {
                int n = counts.merge(d.kind(), 1, Integer::sum);
                named.add(d.name().isPresent() ? d : d.with("name", d.kind() + n));
            }
        }

        Conversion done(int classes) {
            return new Conversion(network.withLayers(layers, classes), weights, converted);
        }

        HostTensor weight(String layer) {
            HostTensor w = weights.get(layer + ".weight");
            if (w == null) throw new ModelException("there are no weights for the layer " + layer);
            return w;
        }

        /** @param rank of {@code kernel} as a flattened map [1,C,sizes...]; 0 if it is [1,features] */
        void convolution(LayerDescription d, long[] kernel, int rank, int spatial) {
            String name = d.name().orElseThrow();
            HostTensor w = weight(name);
            long[] dims = new long[spatial + 2];
            dims[0] = w.shape().dim(0);
            dims[1] = kernel[1];
            List<Integer> sizes = new ArrayList<>();
            for (int i = 2; i < dims.length; i++) {
                dims[i] = rank == 0 ? 1 : kernel[i];
                sizes.add(Math.toIntExact(dims[i]));
            }
            weights.put(
                    name + ".weight", HostTensor.over(new TensorType(w.type().dtype(), Shape.of(dims)), w.bytes()));
            layers.add(LayerDescription.of(
                    "conv",
                    Map.of(
                            "name",
                            name,
                            "filters",
                            Math.toIntExact(dims[0]),
                            "kernel",
                            sizes,
                            "bias",
                            d.flag("bias"))));
            converted.add(name);
        }

        void fullyConnected(LayerDescription d) {
            String name = d.name().orElseThrow();
            refuseIfNamed(name);
            ConvolutionMatrix matrix =
                    ConvolutionMatrix.of(nodes.get(name), weight(name), weights.get(name + ".bias"), MOST);
            weights.put(name + ".weight", matrix.weight());
            weights.put(name + ".bias", matrix.bias());
            Shape y = nodes.get(name).output(0).type().shape();
            List<Integer> shape = IntStream.range(1, y.rank()).mapToObj(y::size).toList();
            LayerDescription flatten = LayerDescription.of("flatten", Map.of("name", name + "_flat"));
            layers.add(d.value("from") == null ? flatten : flatten.with("from", d.value("from")));
            layers.add(LayerDescription.of(
                    "linear",
                    Map.of(
                            "name",
                            name,
                            "units",
                            Math.toIntExact(matrix.bias().type().elements()))));
            layers.add(LayerDescription.of("reshape", Map.of("name", name + "_map", "shape", shape)));
            converted.add(name);
        }

        private void refuseIfNamed(String name) {
            for (LayerDescription d : named) {
                boolean uses = d.attributes().entrySet().stream()
                        .filter(a -> a.getKey().equals("from") || a.getKey().equals("with"))
                        .anyMatch(a -> a.getValue().equals(name)
                                || a.getValue() instanceof List<?> list && list.contains(name));
                if (uses) {
                    throw new ModelException(
                            d.at().orElse(null),
                            "the convolution " + name + " is used by name in " + d.kind()
                                    + ", so it cannot be converted; name the others");
                }
            }
        }
    }

    /** A convolution as the weights and biases of a fully connected layer over one flattened sample. */
    private record ConvolutionMatrix(HostTensor weight, HostTensor bias) {
        static ConvolutionMatrix of(Node node, HostTensor w, HostTensor b, long most) {
            Convolution op = (Convolution) node.op();
            Node producer = node.input(0).producer();
            Padding padding = producer != null && producer.op() instanceof Padding p ? p : null;
            Shape x =
                    (padding == null ? node.input(0) : producer.input(0)).type().shape();
            Shape y = node.output(0).type().shape();
            long in = x.elements(), out = y.elements();
            if (in * out > most) {
                throw new ModelException(String.format(
                        java.util.Locale.ROOT,
                        "the convolution %s would become a layer of %,d weights, more than %,d; convert others, or a"
                                + " network for smaller images",
                        node.path(),
                        in * out,
                        most));
            }
            double[] weights = new double[Math.toIntExact(in * out)], biases = new double[Math.toIntExact(out)];
            Taps taps = new Taps(op, padding, x, node.input(0).type().shape(), w.shape());
            int positions = Math.toIntExact(y.product(2, y.rank())),
                    kernel = Math.toIntExact(w.shape().product(2, w.shape().rank()));
            int perGroup = w.shape().size(1), filters = w.shape().size(0);
            long plane = x.product(2, x.rank());
            for (int f = 0; f < filters; f++) {
                int firstChannel = f / (filters / op.groups()) * perGroup;
                for (int p = 0; p < positions; p++) {
                    int o = f * positions + p;
                    if (b != null) biases[o] = b.get(f);
                    for (int k = 0; k < kernel; k++) {
                        long at = taps.position(unravelled(p, y), unravelled(k, w.shape()));
                        for (int c = 0; c < perGroup && at != Taps.ZERO; c++) {
                            double v = w.get(((long) f * perGroup + c) * kernel + k);
                            if (at == Taps.CONSTANT) biases[o] += v * padding.value();
                            else weights[Math.toIntExact(o * in + (firstChannel + c) * plane + at)] += v;
                        }
                    }
                }
            }
            return new ConvolutionMatrix(
                    HostTensor.zeros(TensorType.f32(out, in)).fill(weights),
                    HostTensor.zeros(TensorType.f32(out)).fill(biases));
        }

        /** Spatial coordinates from a row-major index. */
        private static int[] unravelled(int index, Shape shape) {
            int[] at = new int[shape.rank() - 2];
            int rest = index;
            for (int d = at.length - 1; d >= 0; d--) {
                at[d] = rest % shape.size(d + 2);
                rest /= shape.size(d + 2);
            }
            return at;
        }
    }

    /**
     * Where the taps of a convolution fall.
     *
     * @param padding a padding of its own before the convolution, or null
     * @param x the shape before that padding
     * @param padded the convolution's input
     */
    private record Taps(Convolution op, Padding padding, Shape x, Shape padded, Shape w) {
        static final long ZERO = -1, CONSTANT = -2;

        /** The row-major spatial index in {@code x}, {@link #ZERO} in the border of zeros, or {@link #CONSTANT}. */
        long position(int[] output, int[] tap) {
            long at = 0;
            boolean constant = false;
            for (int d = 0; d < output.length; d++) {
                int i = output[d] * op.stride().get(d)
                        + tap[d] * op.dilation().get(d)
                        - op.padBefore().get(d);
                if (i < 0 || i >= padded.size(d + 2)) return ZERO;
                int from = padding == null ? i : padding.origin(d, i, x.size(d + 2));
                constant |= from < 0;
                at = at * x.size(d + 2) + from;
            }
            return constant ? CONSTANT : at;
        }
    }
}
