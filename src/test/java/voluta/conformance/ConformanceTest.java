package voluta.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.BackendProvider;
import voluta.backend.Backends;
import voluta.backend.Precision;

/** Every case of every op on every backend that works here. {@code -Dvoluta.cases=Pooling,Linear} runs those of these ops alone. */
class ConformanceTest {
    private static final Set<String> ONLY = Arrays.stream(
                    System.getProperty("voluta.cases", "").split(","))
            .filter(op -> !op.isEmpty())
            .collect(Collectors.toCollection(TreeSet::new));

    @TestFactory
    Stream<DynamicNode> everyCaseOnEveryBackend() {
        Set<String> unknown = new TreeSet<>(ONLY);
        CaseTable.all().forEach(c -> unknown.remove(c.op()));
        assertEquals(Set.of(), unknown, "voluta.cases names ops that have no cases");
        Backend oracle = Backends.open("reference", BackendOptions.DEFAULT).backend();
        List<DynamicNode> all = new ArrayList<>();
        List<Backend> opened = new ArrayList<>(List.of(oracle));
        for (BackendProvider p : Backends.providers()) {
            if (p.probe() instanceof Availability.Unavailable u) {
                all.add(dynamicTest(p.name(), () -> assumeTrue(false, p.name() + " skipped: " + u.reason())));
                continue;
            }
            Backend backend = p.open(BackendOptions.DEFAULT);
            opened.add(backend);
            Conformance runner = new Conformance(backend, oracle);
            for (Precision precision :
                    p.name().equals("reference") ? EnumSet.of(Precision.F32) : backend.precisions()) {
                all.add(dynamicContainer(
                        p.name() + " " + precision.label(),
                        CaseTable.all().stream()
                                .filter(c -> ONLY.isEmpty() || ONLY.contains(c.op()))
                                .map(c -> dynamicContainer(c.op(), tests(runner, c, precision)))));
            }
        }
        return all.stream().onClose(() -> opened.forEach(Backend::close));
    }

    private static Stream<DynamicNode> tests(Conformance runner, OpCases cases, Precision precision) {
        Stream<DynamicNode> valid = cases.valid().stream()
                .map(c -> dynamicTest(c.name(), () -> check(runner.run(cases.op(), c, precision))));
        Stream<DynamicNode> invalid = cases.invalid().stream()
                .filter(c -> precision == Precision.F32)
                .map(c -> dynamicTest("refuses " + c.name(), () -> check(runner.refuse(cases.op(), c))));
        return Stream.concat(valid, invalid);
    }

    private static void check(CaseResult r) {
        assertTrue(
                r.passed(),
                () -> r.op() + ", " + r.name() + ", " + r.precision() + " (tolerance " + r.tolerance() + "): "
                        + r.failure());
    }
}
