package voluta.conformance;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

/** Takes cases through planner and session on a backend and compares with the double-precision reference. */
public final class Conformance {
    private static final double MIN_NONZERO = 0.1;

    /**
     * How large the numbers are that random cases draw. A result far smaller, such as the gradient behind a saturated
     * activation, is a difference of such numbers, and has their roundings.
     */
    private static final double DRAWN = 1;

    /** What products of numbers with 10 bits of mantissa may be off by: an eighth of what 7 bits may. */
    private static final double TF32 = 0.0015;

    /** How much more Fourier transforms and Winograd's method with large tiles may round than sums of products. */
    private static final double MEASURED = 16;

    private final Backend candidate;
    private final Backend oracle;
    private final double leastNonzero;
    private final boolean cancelling;
    private final BackendOptions options;

    /** For a backend that was opened without options. @param oracle the reference backend, which computes in double */
    public Conformance(Backend candidate, Backend oracle) {
        this(candidate, oracle, BackendOptions.DEFAULT);
    }

    /**
     * Asks of a backend what the options that it was opened with leave it: TF32 rounds products; an algorithm that was
     * chosen for its speed alone may round more, and unless {@code deterministic} need not give the same bits again.
     *
     * @param oracle the reference backend, which computes in double
     */
    public Conformance(Backend candidate, Backend oracle, BackendOptions options) {
        this(candidate, oracle, options, MIN_NONZERO, false);
    }

    private Conformance(
            Backend candidate, Backend oracle, BackendOptions options, double leastNonzero, boolean cancelling) {
        this.options = options;
        this.candidate = candidate;
        this.oracle = oracle;
        this.leastNonzero = leastNonzero;
        this.cancelling = cancelling;
    }

    /**
     * A runner for cases that nobody chose: outputs may be zeros, and where a result misses the tolerance, it must still
     * be that of inputs a rounding away, see {@link BackwardError}. A case in a table is chosen so that it needs neither.
     */
    static Conformance ofRandomCases(Backend candidate, Backend oracle) {
        return new Conformance(candidate, oracle, BackendOptions.DEFAULT, 0, true);
    }

    /** Runs every case of the table, valid and invalid, telling the listener each result; returns how many failed. */
    public int runAll(Precision precision, Consumer<CaseResult> listener) {
        int failed = 0;
        for (OpCases cases : CaseTable.all()) {
            for (OpCase c : cases.valid()) failed += tell(run(cases.op(), c, precision), listener);
            if (precision != Precision.F32) continue;
            for (InvalidCase c : cases.invalid()) failed += tell(refuse(cases.op(), c), listener);
        }
        return failed;
    }

    private static int tell(CaseResult r, Consumer<CaseResult> listener) {
        listener.accept(r);
        return r.passed() ? 0 : 1;
    }

    /** Runs one valid case. */
    public CaseResult run(String op, OpCase c, Precision precision) {
        boolean exact = c.exact() && precision == Precision.F32 && !options.autotune();
        double tolerance = exact ? 0 : allowed(c, precision);
        try {
            Map<String, double[]> expected = evaluate(
                            oracle, new CaseGraph(c, oracle, precision), precision, false, false)
                    .get(0);
            CaseGraph g = new CaseGraph(c, candidate, precision);
            var got = evaluate(candidate, g, precision, true, false);
            var poisoned = evaluate(candidate, g, precision, false, true);
            double worst = 0;
            BackwardError roundings = roundings(c, precision, expected);
            StringBuilder failure = new StringBuilder();
            for (var e : expected.entrySet()) {
                double[] y = got.get(0).get(e.getKey());
                if (y == null) {
                    failure.append(e.getKey()).append(" is missing. ");
                    continue;
                }
                double scale = scale(e.getValue()), error = error(e.getValue(), y) / scale;
                worst = Math.max(worst, error);
                boolean near = error <= tolerance + least(precision) / scale
                        || cancelling
                                && tolerance > 0
                                && roundings.explain(e.getKey(), y, tolerance * Math.max(scale, DRAWN));
                if (!near) failure.append(String.format(Locale.ROOT, "%s is off by %.3g. ", e.getKey(), error));
                if (mostlyZeros(e.getValue()))
                    failure.append(e.getKey()).append(" is mostly zeros: the comparison is void. ");
                if (!same(y, got.get(1).get(e.getKey()), tolerance * scale))
                    failure.append(e.getKey()).append(" differs when run again. ");
                if (!same(y, poisoned.get(0).get(e.getKey()), tolerance * scale))
                    failure.append(e.getKey()).append(" differs with poisoned memory. ");
            }
            return new CaseResult(
                    op,
                    c.name(),
                    precision.label(),
                    worst,
                    tolerance,
                    failure.toString().trim());
        } catch (RuntimeException e) {
            return new CaseResult(op, c.name(), precision.label(), Double.NaN, tolerance, e.toString());
        }
    }

    /** Checks that an invalid case is refused with the right words. */
    public CaseResult refuse(String op, InvalidCase c) {
        String failure;
        try {
            GraphBuilder b = new GraphBuilder();
            Value[] in = new Value[c.inputs().size()];
            for (int i = 0; i < in.length; i++)
                in[i] = b.input("x" + i, c.inputs().get(i));
            b.add("node", c.op().get(), in);
            failure = "was accepted";
        } catch (VolutaException e) {
            failure = e.getMessage().contains(c.messagePart()) ? "" : "was refused with other words: " + e.getMessage();
        } catch (RuntimeException e) {
            failure = "was refused with " + e;
        }
        return new CaseResult(op, "refuses " + c.name(), "f32", 0, 0, failure);
    }

    /** What rounding may do, relative to the largest expected value: in f32 it grows with the root of the reduction. */
    static double tolerance(OpCase c, Precision precision) {
        double root = Math.sqrt(Math.max(1, c.reduction()));
        return switch (precision) {
            case F32 -> 1e-6 * (2 + root);
            case BF16 -> 0.012;
            case F16 -> 0.0015;
        };
    }

    /**
     * Of a gradient such as 1 / n, which a loss scale would have raised: four steps between the smallest numbers, since 1 / n
     * itself may have been stored so.
     */
    private static double least(Precision precision) {
        return precision == Precision.F16 ? 0x1p-22 : 0;
    }

    /** The tolerance with what the options leave the backend. */
    private double allowed(OpCase c, Precision precision) {
        double tolerance = tolerance(c, precision);
        if (precision == Precision.F32 && options.tf32()) tolerance = Math.max(tolerance, TF32);
        return options.autotune() ? MEASURED * tolerance : tolerance;
    }

    /** Whether two runs agree: bit for bit, unless an order of additions that changes was asked for by what is fastest. */
    private boolean same(double[] one, double[] other, double difference) {
        if (Arrays.equals(one, other)) return true;
        return options.autotune() && !options.deterministic() && error(one, other) <= 2 * difference;
    }

    private BackwardError roundings(OpCase c, Precision precision, Map<String, double[]> expected) {
        return new BackwardError(precision, expected, change -> {
            CaseGraph g = new CaseGraph(c, oracle, precision);
            g.replace(change);
            return evaluate(oracle, g, precision, false, false).get(0);
        });
    }

    private static double scale(double[] expected) {
        double scale = Double.MIN_NORMAL;
        for (double v : expected) scale = Math.max(scale, Math.abs(v));
        return scale;
    }

    private static double error(double[] expected, double[] got) {
        double worst = 0;
        for (int i = 0; i < expected.length; i++) {
            double d = Math.abs(expected[i] - got[i]);
            if (!(d <= worst)) worst = d;
            if (Double.isNaN(d)) return Double.NaN;
        }
        return worst;
    }

    private boolean mostlyZeros(double[] v) {
        return Arrays.stream(v).filter(x -> Math.abs(x) > 1e-30).count() < leastNonzero * v.length;
    }

    /** All outputs of one or two runs from the same start. */
    static java.util.List<Map<String, double[]>> evaluate(
            Backend backend, CaseGraph g, Precision precision, boolean twice, boolean poison) {
        CompileOptions options = new CompileOptions(precision, ExecutionMode.CAPTURED, 1, !poison, poison);
        try (Session session = new Session(backend, 1)) {
            CompiledGraph compiled = session.compile(g.graph, options);
            g.inputs.forEach((name, t) -> {
                if (compiled.hasInput(name)) compiled.feed(name, 0, t);
            });
            Map<String, double[]> first = once(session, compiled, g);
            return java.util.List.of(first, twice ? once(session, compiled, g) : first);
        }
    }

    private static Map<String, double[]> once(Session session, CompiledGraph compiled, CaseGraph g) {
        g.held.forEach((name, t) -> {
            if (session.holds(name)) session.write(name, t);
        });
        compiled.run(0);
        Map<String, double[]> results = new LinkedHashMap<>();
        for (var e : compiled.graph().outputs().entrySet()) {
            HostTensor t = HostTensor.zeros(
                    new TensorType(DType.F64, e.getValue().type().shape()));
            compiled.read(e.getKey(), t);
            results.put(e.getKey(), t.toDoubles());
        }
        return results;
    }
}
