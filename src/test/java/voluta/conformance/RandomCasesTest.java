package voluta.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.BackendProvider;
import voluta.backend.Backends;
import voluta.backend.Precision;

/**
 * Cases that nobody thought of, taken through every native backend. A failure prints the case itself, which then belongs
 * into the op's table. Its name ends in its seed: {@code -Dvoluta.cases=Pooling -Dvoluta.random.cases=1
 * -Dvoluta.random.seed=SEED} repeats it.
 *
 * <p>The same sources draw the same cases: {@code scripts/check.sh} takes the seed from the commit's tree, and without
 * {@code -Dvoluta.random.seed} it is 1. To explore, {@code -Dvoluta.random.seed=fresh -Dvoluta.random.cases=1000} draws
 * that many of each op, new ones in each run.
 */
class RandomCasesTest {
    private static final int EACH = Integer.getInteger("voluta.random.cases", 20);
    private static final String ONLY = System.getProperty("voluta.cases", "");
    private static final long SEED = seed(System.getProperty("voluta.random.seed", "1"));

    private static final Map<String, Backend> NATIVE = new LinkedHashMap<>();
    private static Backend oracle;

    private static long seed(String text) {
        return text.equals("fresh") ? System.nanoTime() : Long.parseLong(text);
    }

    @BeforeAll
    static void open() {
        for (BackendProvider p : Backends.providers()) {
            if (p.name().equals("reference") || !(p.probe() instanceof Availability.Available)) continue;
            NATIVE.put(p.name(), p.open(BackendOptions.DEFAULT));
        }
        oracle = Backends.open("reference", BackendOptions.DEFAULT).backend();
    }

    @AfterAll
    static void close() {
        NATIVE.values().forEach(Backend::close);
        NATIVE.clear();
        oracle.close();
    }

    static Stream<String> ops() {
        return RandomCases.all().keySet().stream().filter(op -> ONLY.isEmpty() || ONLY.equals(op));
    }

    @ParameterizedTest
    @MethodSource("ops")
    void randomCasesAgreeWithTheReference(String op) {
        Assumptions.assumeFalse(NATIVE.isEmpty(), "no native backend is available");
        List<String> failures = new ArrayList<>();
        NATIVE.forEach((name, backend) -> {
            Conformance runner = Conformance.ofRandomCases(backend, oracle);
            for (int i = 0; i < EACH; i++) check(backend, runner, op, SEED + i, failures);
        });
        if (!failures.isEmpty()) fail(String.join("\n", failures));
    }

    private static void check(Backend backend, Conformance runner, String op, long seed, List<String> failures) {
        // consecutive seeds of Random begin alike; SplittableRandom's do not
        Random random = new Random(new SplittableRandom(seed ^ (long) op.hashCode() << 32).nextLong());
        OpCase c = RandomCases.all().get(op).apply(op + " " + seed, random);
        assertTrue(c.inputs().stream().allMatch(in -> in.type().elements() < 200_000), c::toString);
        for (Precision precision : backend.precisions()) {
            CaseResult r = runner.run(op, c, precision);
            if (r.passed()) continue;
            failures.add(backend.name() + " in " + r.precision() + " (tolerance " + r.tolerance() + "): " + r.failure()
                    + " " + c);
        }
    }
}
