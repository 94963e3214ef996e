package voluta.conformance;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.backend.Backend;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.conformance.Difference.Measure;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.plan.PlannedStep;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;

/**
 * Trains one network on two backends from the same start on the same data, and compares every value of every step that
 * both have.
 *
 * <p>Note [Why values are aligned]. A rectifier turns a rounding error of 1e-8 around 0 into a gradient that is there on one
 * backend and not on the other; after some layers and steps all weights differ by much, with every kernel right. So
 * after a value was compared, the first backend goes on with that of the second: each kernel is judged on the same inputs,
 * a wrong one shows in its own layer, and bounds are tight and need not grow with the steps. What remains are kernels that
 * decide inside where gradients flow (the maximum of a window, an activation fused into a normalization): there the
 * root of the mean square is judged, in which single elements count for little, by wider bounds.
 *
 * <p>Gradients, moments, parameters and statistics are measured by at least a hundredth of the largest of their kind: a bias
 * that a normalization takes out again has gradient 0, and what is there instead is rounding alone.
 *
 * <p>Values of one step of the second backend are kept in memory outside the Java heap until the first has computed its own.
 */
public final class Parity {
    /** What gradients, moments, parameters and statistics are measured by at least, as a share of the largest of all. */
    private static final double LEAST_SHARE = 1e-2;

    /**
     * A backend, and the network's training graph in its ops.
     *
     * @param graph all weights of it are trained
     */
    public record Side(Backend backend, Graph graph) {}

    /** Writes the data of a step, counted from 1, into the only slot of a graph. */
    @FunctionalInterface
    public interface Feeder {
        void fill(CompiledGraph graph, int step);
    }

    private final Side first;
    private final Side second;
    private final Precision precision;
    private final long seed;
    private final Counterparts counterparts;
    private final Map<Value, Place> places;

    /**
     * @param first what is judged
     * @param second what is taken for right
     * @param seed from which both get their first weights
     */
    public Parity(Side first, Side second, Precision precision, long seed) {
        this.first = first;
        this.second = second;
        this.precision = precision;
        this.seed = seed;
        this.counterparts = new Counterparts(first.graph(), second.graph());
        this.places = Place.ofAll(first.graph());
    }

    /** Does so many steps on both sides. */
    public ParityReport run(int steps, Feeder feeder) {
        Map<String, ParityReport.Row> layers = new LinkedHashMap<>();
        List<ParityReport.Row> all = new ArrayList<>();
        CompileOptions eager = new CompileOptions(precision, ExecutionMode.EAGER, 1, true, false);
        try (Session a = new Session(first.backend(), seed);
                Session b = new Session(second.backend(), seed);
                CompiledGraph judged = a.compile(first.graph(), eager);
                CompiledGraph right = b.compile(second.graph(), eager)) {
            for (int s = 1; s <= steps; s++) {
                feeder.fill(judged, s);
                feeder.fill(right, s);
                ParityReport.Row row = ParityReport.Row.of(Integer.toString(s));
                for (Difference d : compare(judged, right, s)) {
                    row.add(d);
                    layers.computeIfAbsent(d.layer(), ParityReport.Row::of).add(d);
                }
                all.add(row);
            }
        }
        return new ParityReport(
                List.copyOf(layers.values()), all, counterparts.pairs().size(), counterparts.unmatched());
    }

    /** Does one step: the right one first, keeping its values, then the judged one. */
    private List<Difference> compare(CompiledGraph judged, CompiledGraph right, int step) {
        Map<Value, Value> pairs = counterparts.pairs();
        Set<Value> wanted = new HashSet<>(pairs.values());
        Map<Value, HostTensor> expected = new HashMap<>();
        right.watch(0, (v, content) -> {
            if (wanted.contains(v)) expected.put(v, content.read());
        });
        Map<String, Double> largest = new HashMap<>();
        pairs.forEach((a, b) -> {
            if (expected.containsKey(b))
                places.get(a).group().ifPresent(g -> largest.merge(g, largest(expected.get(b)), Math::max));
        });
        Map<String, String> kernels = kernels(judged);
        List<Difference> found = new ArrayList<>();
        judged.watch(0, (v, content) -> {
            if (!pairs.containsKey(v)) return;
            HostTensor wish = expected.remove(pairs.get(v));
            if (wish == null) return; // there it is no value of its own but a view of one that was compared
            Place p = places.get(v);
            Bound bound = Bound.of(p, precision);
            double least = p.group().map(g -> LEAST_SHARE * largest.get(g)).orElse(0.0);
            found.add(new Difference(
                    p.layer(),
                    v.name(),
                    p.kind(),
                    step,
                    bound.measure(),
                    error(wish, content.read(), least, bound.measure()),
                    bound.tolerance(),
                    kernels.get(v.producer().path())));
            content.write(wish); // see Note [Why values are aligned]
        });
        return found;
    }

    private static Map<String, String> kernels(CompiledGraph graph) {
        Map<String, String> kernels = new HashMap<>();
        for (PlannedStep s : graph.plan().steps()) {
            if (s.node() != null) kernels.put(s.path(), s.kernel().implementation());
        }
        return kernels;
    }

    private static double largest(HostTensor t) {
        double largest = 0;
        for (long i = 0; i < t.type().elements(); i++) largest = Math.max(largest, Math.abs(t.get(i)));
        return largest;
    }

    /** NaN where an element of either side is not finite. */
    private static double error(HostTensor expected, HostTensor got, double least, Measure measure) {
        double worst = 0, squares = 0, size = 0;
        long n = expected.type().elements();
        for (long i = 0; i < n; i++) {
            double e = expected.get(i), d = Math.abs(e - got.get(i));
            if (!Double.isFinite(d)) return Double.NaN;
            worst = Math.max(worst, d);
            squares += d * d;
            size += e * e;
        }
        if (worst == 0) return 0;
        return measure == Measure.LARGEST
                ? worst / Math.max(least, largest(expected))
                : Math.sqrt(squares / Math.max(size, n * least * least));
    }
}
