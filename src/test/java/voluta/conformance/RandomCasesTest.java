package voluta.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import org.junit.jupiter.api.Assumptions;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.BackendProvider;
import voluta.backend.Backends;
import voluta.backend.Precision;

/**
 * Cases that nobody thought of: each run draws new ones and takes them through every native backend. A failure prints the
 * case itself, which then belongs into the op's table, and the seed, with which jqwik repeats it.
 *
 * <p>{@code -Dvoluta.random.cases=500} draws that many of each op in each of the tries instead of one, {@code
 * -Dvoluta.cases=Pooling} of one op alone.
 */
class RandomCasesTest {
    private static final int TRIES = 20;
    private static final int EACH = Integer.getInteger("voluta.random.cases", 1);
    private static final String ONLY = System.getProperty("voluta.cases", "");

    @Property(tries = TRIES, shrinking = ShrinkingMode.OFF, edgeCases = EdgeCasesMode.NONE)
    void randomCasesAgreeWithTheReference(@ForAll long seed) {
        List<BackendProvider> available = Backends.providers().stream()
                .filter(p -> !p.name().equals("reference") && p.probe() instanceof Availability.Available)
                .toList();
        Assumptions.assumeFalse(available.isEmpty(), "no native backend is available");
        List<String> failures = new ArrayList<>();
        try (Backend oracle = Backends.open("reference", BackendOptions.DEFAULT).backend()) {
            for (BackendProvider p : available) {
                try (Backend backend = p.open(BackendOptions.DEFAULT)) {
                    check(new Conformance(backend, oracle, 0), seed, failures);
                }
            }
        }
        if (!failures.isEmpty()) fail(String.join("\n", failures));
    }

    private static void check(Conformance runner, long seed, List<String> failures) {
        Stream<Map.Entry<String, BiFunction<String, Random, OpCase>>> chosen =
                RandomCases.all().entrySet().stream().filter(e -> ONLY.isEmpty() || ONLY.equals(e.getKey()));
        chosen.forEach(e -> {
            for (int i = 0; i < EACH; i++) {
                long s = seed + i;
                OpCase c = e.getValue()
                        .apply(
                                e.getKey() + " " + s,
                                new Random(s * 31 + e.getKey().hashCode()));
                assertTrue(c.inputs().stream().allMatch(in -> in.type().elements() < 200_000), c::toString);
                for (Precision precision : Precision.values()) {
                    CaseResult r = runner.run(e.getKey(), c, precision);
                    if (!r.passed() && !rounding(r, precision))
                        failures.add(
                                precision.label() + " (tolerance " + r.tolerance() + "): " + r.failure() + " " + c);
                }
            }
        });
    }

    /**
     * A sum that happens to cancel is off by more than the tolerance, which counts relative to the result. A wrong kernel
     * is off by far more: those that this test has found were by 0.3 and above.
     */
    private static boolean rounding(CaseResult r, Precision precision) {
        double limit = precision == Precision.BF16 ? 0.15 : 1e-3;
        return r.error() <= limit && r.failure().matches("(\\w+ is off by \\S+ ?)+");
    }
}
