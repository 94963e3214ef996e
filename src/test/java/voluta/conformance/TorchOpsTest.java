package voluta.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.BackendProvider;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.checkpoint.Safetensors;
import voluta.graph.Op;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * Each op alone against what PyTorch makes of the same numbers, forward and backward, on every backend: also where there
 * is no formula to go by, at kinks, ties and empty windows, and with infinities and NaN. The reference must agree to
 * {@link #EXACT}, the others to what {@link Conformance} allows of their op.
 */
class TorchOpsTest {
    private static final double EXACT = 1e-10;

    /** What has constants in single precision, in PyTorch (1/6) or here (1/n), or is left out (softplus above 20 there). */
    private static final Pattern SINGLE = Pattern.compile(
            "(hardsigmoid|softplus|bce|mean .*)/.*|cross_entropy .*mixed targets|cross_entropy .*sum to 1");

    /**
     * Where an op means something else than PyTorch's and why: the backend, or all of them, and the cases. The reference
     * must still differ there, or the line is out of date.
     */
    private record Deviation(String backend, String cases, String why) {
        boolean covers(String name, String onBackend) {
            return (backend.equals(ALL) || backend.equals(onBackend)) && name.matches(cases);
        }
    }

    private static final String ALL = "all";

    private static final List<Deviation> DEVIATIONS = List.of(
            new Deviation(ALL, "cross_entropy .*/all ignored", "0, where PyTorch has 0 / 0: see CrossEntropy"),
            new Deviation(
                    ALL,
                    "cross_entropy .*/(nan|infinity), some ignored",
                    "a sample that is not counted has the gradient 0, where PyTorch has 0 * NaN: see CrossEntropy"),
            new Deviation(ALL, "accuracy ./nan", "NaN is never right; PyTorch takes it for the largest: see Accuracy"),
            new Deviation(
                    ALL,
                    "clip_by_(global_|unit_)?norm .*/nan",
                    "a NaN norm changes nothing; the optimizer's guard leaves out such a step: see ClipByGlobalNorm"),
            new Deviation(
                    "onednn",
                    "(relu6?|hardsigmoid)/not finite",
                    "oneDNN's maximum of NaN and 0 is 0, also where PyTorch uses oneDNN: see Activation"),
            new Deviation("onednn", "gelu/not finite", "oneDNN's GELU of infinity is NaN"),
            new Deviation("onednn", "elu.*/tiny", "oneDNN computes e^x - 1 as a difference, 1e-8 off"),
            new Deviation("onednn", "(gelu tanh|mish)/far", "oneDNN's gradient overflows where |x| is 1e30"),
            new Deviation("cuda", "gelu tanh/far", "the gradient overflows at -1e30, as PyTorch's own does in F32"),
            new Deviation(
                    "cuda", "batch_norm( eps.*)?/infinity", "the running mean is NaN, as the variance, not infinity"),
            new Deviation(
                    "onednn",
                    "(log_)?softmax 1/(all masked|infinite|nan)",
                    "oneDNN's largest of a row leaves out NaN and -infinity: see Softmax"),
            new Deviation(
                    "onednn",
                    "(adaptive )?max .*/(infinities|all of the smallest|nan)",
                    "oneDNN begins a maximum with the smallest finite number, and leaves out NaN: see Pooling"));

    private static final Map<String, Op> OPS = TorchOps.all();
    private static final Map<String, Map<String, HostTensor>> CASES = new LinkedHashMap<>();

    @BeforeAll
    static void read(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("ops.safetensors");
        try (InputStream in = TorchOpsTest.class.getResourceAsStream("/voluta/traces/ops.safetensors.gz")) {
            Files.copy(new GZIPInputStream(in), file);
        }
        Safetensors.read(file).tensors().forEach((name, t) -> {
            int slash = name.lastIndexOf('/');
            CASES.computeIfAbsent(name.substring(0, slash), n -> new TreeMap<>())
                    .put(name.substring(slash + 1), t);
        });
    }

    @Test
    void everyOpOfTheTableIsRecorded() {
        TreeSet<String> recorded = new TreeSet<>();
        CASES.keySet().forEach(name -> recorded.add(opOf(name)));
        assertEquals(new TreeSet<>(OPS.keySet()), recorded);
    }

    @TestFactory
    Stream<DynamicNode> everyBackendMeansWhatPyTorchMeans() {
        List<DynamicNode> all = new ArrayList<>();
        List<Backend> opened = new ArrayList<>();
        for (BackendProvider p : Backends.providers()) {
            if (p.probe() instanceof Availability.Unavailable u) {
                all.add(dynamicTest(p.name(), () -> assumeTrue(false, p.name() + " skipped: " + u.reason())));
                continue;
            }
            Backend backend = p.open(BackendOptions.DEFAULT);
            opened.add(backend);
            all.add(dynamicContainer(
                    p.name(),
                    CASES.keySet().stream().map(name -> dynamicTest(name, () -> check(name, backend, p.name())))));
        }
        return all.stream().onClose(() -> opened.forEach(Backend::close));
    }

    private static void check(String name, Backend backend, String backendName) {
        Map<String, HostTensor> trace = CASES.get(name);
        OpCase c = opCase(name, trace);
        CaseGraph g = new CaseGraph(c, backend, Precision.F32);
        g.inputs.replaceAll((n, t) -> trace.get(n));
        g.held.replaceAll((n, t) -> trace.get(n));
        Map<String, double[]> got =
                Conformance.evaluate(backend, g, Precision.F32, false, false).get(0);
        boolean exact = backendName.equals("reference");
        double tolerance = !exact
                ? Conformance.tolerance(c, Precision.F32)
                : SINGLE.matcher(name).matches() ? 1e-7 : EXACT;
        List<String> differences = differences(trace, got, tolerance);
        Optional<Deviation> deviation =
                DEVIATIONS.stream().filter(d -> d.covers(name, backendName)).findFirst();
        if (deviation.isEmpty() && !differences.isEmpty()) fail(String.join("\n", differences));
        if (exact && deviation.isPresent() && differences.isEmpty())
            fail("is as in PyTorch: take it off the list: " + deviation.get());
    }

    /** Gradients where the result itself is NaN are left out: there is nothing that they could mean. */
    private static List<String> differences(
            Map<String, HostTensor> trace, Map<String, double[]> got, double tolerance) {
        boolean noNumber = Arrays.stream(trace.get("y0").toDoubles()).anyMatch(Double::isNaN);
        double upstream = trace.containsKey("dy0") ? largest(trace.get("dy0").toDoubles()) : 0;
        List<String> differences = new ArrayList<>();
        trace.forEach((n, expected) -> {
            boolean gradient = n.startsWith("dx");
            if (n.startsWith("x") || n.equals("dy0") || gradient && noNumber) return;
            double[] want = expected.toDoubles();
            // a gradient that cancels is as far off as what cancels is
            double scale = Math.max(largest(want), gradient ? 0.05 * upstream : 0);
            compare(n, want, got.get(n), tolerance * scale).ifPresent(differences::add);
        });
        return differences;
    }

    private static String opOf(String name) {
        return name.substring(0, name.lastIndexOf('/'));
    }

    /** A tensor that is updated is state, and one that has no gradient where others have. */
    private static OpCase opCase(String name, Map<String, HostTensor> trace) {
        Op op = OPS.get(opOf(name));
        List<TensorType> types = new ArrayList<>();
        while (trace.containsKey("x" + types.size()))
            types.add(trace.get("x" + types.size()).type());
        OpCase c = OpCase.of(name, op, types.toArray(TensorType[]::new))
                .reducing(types.stream().mapToLong(TensorType::elements).max().orElse(1));
        boolean gradient = trace.containsKey("dy0");
        for (int i = 0; i < types.size(); i++) {
            boolean constant = gradient && types.get(i).dtype().floating() && !trace.containsKey("dx" + i);
            if (constant) c = c.role(i, OpCase.Role.STATE);
        }
        for (int o = 0; o < op.infer(types).size(); o++)
            if (op.updates(o).isPresent()) c = c.role(op.updates(o).getAsInt(), OpCase.Role.STATE);
        return gradient ? c : c.forwardOnly();
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).filter(Double::isFinite).map(Math::abs).reduce(Double.MIN_NORMAL, Math::max);
    }

    /** What is wrong: finite numbers may differ by so much, others not at all. */
    private static Optional<String> compare(String what, double[] expected, double[] got, double tolerance) {
        if (got == null || got.length != expected.length) return Optional.of(what + " is missing or of another size");
        for (int i = 0; i < got.length; i++) {
            boolean same = Double.isFinite(expected[i])
                    ? Math.abs(got[i] - expected[i]) <= tolerance
                    : Double.compare(got[i], expected[i]) == 0;
            if (!same)
                return Optional.of(String.format(
                        Locale.ROOT,
                        "%s at %d: PyTorch %s, here %s (allowed %.3g)",
                        what,
                        i,
                        expected[i],
                        got[i],
                        tolerance));
        }
        return Optional.empty();
    }
}
