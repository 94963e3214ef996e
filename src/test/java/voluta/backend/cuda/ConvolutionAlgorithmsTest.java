package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.backend.AlgorithmCache;
import voluta.backend.BackendOptions;
import voluta.backend.DeviceMemoryException;

/** Which algorithm is taken, without a library. */
class ConvolutionAlgorithmsTest {
    private static final long LIMIT = 1000;

    @TempDir
    private Path folder;

    /** A library that can do some algorithms, refuses others when they run, and is asked each time it is. */
    private static final class Library implements ConvolutionAlgorithms.Trials {
        private final List<ConvolutionAlgorithm> proposed;
        private final List<ConvolutionAlgorithm> possible;
        private final Map<Integer, Double> micros;
        private final List<String> asked = new ArrayList<>();
        private List<ConvolutionAlgorithm> plans = List.of();
        private boolean noMemory;

        Library(List<ConvolutionAlgorithm> proposed, List<ConvolutionAlgorithm> possible, Map<Integer, Double> micros) {
            this.proposed = proposed;
            this.possible = possible;
            this.micros = micros;
        }

        @Override
        public List<ConvolutionAlgorithm> proposed() {
            return proposed;
        }

        @Override
        public List<ConvolutionAlgorithm> possible() {
            return possible;
        }

        @Override
        public List<ConvolutionAlgorithm> plans() {
            asked.add("plans");
            return plans;
        }

        @Override
        public OptionalDouble run(ConvolutionAlgorithm a, boolean measure) {
            if (noMemory) throw new DeviceMemoryException("no memory", 1, 1, null);
            asked.add((measure ? "measure " : "try ") + a.number());
            Double t = micros.get(a.number());
            return t == null ? OptionalDouble.empty() : OptionalDouble.of(t);
        }
    }

    private static ConvolutionAlgorithm weights(int number, long workspace) {
        ConvolutionPass pass = ConvolutionPass.WEIGHTS;
        return ConvolutionAlgorithm.classic(pass, number, workspace, pass.deterministic(number));
    }

    private static ConvolutionAlgorithm plan(int place, boolean deterministic) {
        int number = ConvolutionAlgorithm.GRAPH + place;
        return new ConvolutionAlgorithm(ConvolutionPass.WEIGHTS, number, 0, deterministic, true, "plan " + place);
    }

    private ConvolutionAlgorithms chooser(boolean deterministic, boolean autotune) {
        return chooser(deterministic, autotune, ConvolutionAlgorithms.Source.CLASSIC);
    }

    private ConvolutionAlgorithms chooser(
            boolean deterministic, boolean autotune, ConvolutionAlgorithms.Source source) {
        return new ConvolutionAlgorithms(
                new BackendOptions(0, 0, deterministic, 0, false, autotune),
                LIMIT,
                new AlgorithmCache(folder),
                "some GPU",
                source);
    }

    private static Optional<Integer> number(Optional<ConvolutionAlgorithm> a) {
        return a.map(ConvolutionAlgorithm::number);
    }

    @Test
    void fixedOrderAndSmallErrorsComeFirst() {
        List<ConvolutionAlgorithm> all = List.of(weights(0, 0), weights(5, 10), weights(1, 20), weights(4, 30));
        Library library = new Library(all, all, Map.of(0, 1.0, 5, 1.0, 1, 1.0, 4, 1.0));
        assertEquals(Optional.of(1), number(chooser(false, false).choose("p", library)));
        assertEquals(List.of("try 1"), library.asked);
    }

    @Test
    void whatNeedsTooMuchOrFailsIsPassedOver() {
        List<ConvolutionAlgorithm> all = List.of(weights(1, LIMIT + 1), weights(4, 0), weights(5, 0), weights(0, 0));
        Library library = new Library(all, all, Map.of(1, 1.0, 5, 1.0, 0, 1.0));
        assertEquals(Optional.of(5), number(chooser(false, false).choose("p", library)));
        assertEquals(List.of("try 4", "try 5"), library.asked);
    }

    @Test
    void deterministicTakesNothingElse() {
        List<ConvolutionAlgorithm> all = List.of(weights(0, 0), weights(3, 0));
        Library library = new Library(all, all, Map.of(0, 1.0, 3, 1.0));
        assertEquals(Optional.empty(), chooser(true, false).choose("p", library));
        assertEquals(Optional.empty(), chooser(true, true).choose("q", library));
        assertEquals(List.of(), library.asked);
        assertEquals(Optional.of(0), number(chooser(false, false).choose("p", library)));
    }

    @Test
    void withoutProposalsEverythingPossibleIsTried() {
        Library library = new Library(List.of(), List.of(weights(0, 0), weights(1, 0)), Map.of(0, 1.0, 1, 1.0));
        assertEquals(Optional.of(1), number(chooser(false, false).choose("p", library)));
    }

    @Test
    void aProblemIsSettledOnce() {
        List<ConvolutionAlgorithm> all = List.of(weights(1, 0));
        Library library = new Library(all, all, Map.of(1, 1.0));
        ConvolutionAlgorithms chooser = chooser(false, false);
        assertEquals(chooser.choose("p", library), chooser.choose("p", library));
        assertEquals(List.of("try 1"), library.asked);
    }

    @Test
    void withoutMemoryTheFirstProposalIsTakenUntried() {
        List<ConvolutionAlgorithm> all = List.of(weights(0, 0), weights(1, 0));
        Library library = new Library(all, all, Map.of());
        library.noMemory = true;
        assertEquals(Optional.of(1), number(chooser(false, false).choose("p", library)));
        assertEquals(Optional.of(1), number(chooser(false, true).choose("p", library)));
    }

    @Test
    void measuringTakesTheFastestAndRemembersIt() {
        List<ConvolutionAlgorithm> all = List.of(weights(0, 0), weights(1, 0), weights(5, 0));
        Library library = new Library(all, all, Map.of(0, 3.0, 1, 2.0, 5, 1.5));
        assertEquals(Optional.of(5), number(chooser(false, true).choose("p", library)));
        library.asked.clear();
        assertEquals(Optional.of(5), number(chooser(false, true).choose("p", library)));
        assertEquals(List.of("try 5"), library.asked, "measured again in the next process");
        library.asked.clear();
        // under other rules, what was measured does not count
        assertEquals(Optional.of(5), number(chooser(true, true).choose("p", library)));
        assertEquals(List.of("measure 1", "measure 5"), library.asked);
    }

    @Test
    void aRememberedAlgorithmThatFailsIsMeasuredAnew() {
        new AlgorithmCache(folder).put("some GPU; p", new AlgorithmCache.Entry(5, 1));
        List<ConvolutionAlgorithm> all = List.of(weights(1, 0), weights(5, 0));
        Library library = new Library(all, all, Map.of(1, 2.0));
        assertEquals(Optional.of(1), number(chooser(false, true).choose("p", library)));
    }

    @Test
    void plansOfTheGraphInterfaceAreForWhatTheClassicOneCannotDo() {
        Library library = new Library(List.of(weights(1, 0)), List.of(), Map.of(1, 1.0, 1000, 1.0, 1001, 1.0));
        library.plans = List.of(plan(0, false), plan(1, true));
        ConvolutionAlgorithms.Source all = ConvolutionAlgorithms.Source.ALL;
        assertEquals(Optional.of(1), number(chooser(false, false, all).choose("p", library)));
        assertEquals(List.of("try 1"), library.asked, "nobody asked for plans");
        ConvolutionAlgorithms.Source graph = ConvolutionAlgorithms.Source.GRAPH;
        assertEquals(Optional.of(1001), number(chooser(false, false, graph).choose("p", library)));
        Library lacking = new Library(List.of(), List.of(), library.micros);
        lacking.plans = library.plans;
        assertEquals(Optional.of(1001), number(chooser(true, false, all).choose("p", lacking)));
        assertEquals(Optional.empty(), chooser(true, false).choose("p", lacking));
    }

    @Test
    void whatIsMeasuredIncludesPlans() {
        Library library = new Library(List.of(), List.of(weights(1, 0)), Map.of(1, 2.0, 1000, 3.0, 1001, 1.0));
        library.plans = List.of(plan(0, true), plan(1, true));
        ConvolutionAlgorithms.Source all = ConvolutionAlgorithms.Source.ALL;
        assertEquals(Optional.of(1001), number(chooser(false, true, all).choose("p", library)));
        library.asked.clear();
        assertEquals(Optional.of(1001), number(chooser(false, true, all).choose("p", library)));
        assertEquals(List.of("plans", "try 1001"), library.asked);
        // measured under another rule, so not the same
        assertEquals(Optional.of(1), number(chooser(false, true).choose("p", library)));
    }

    @Test
    void theLimitOfWorkspacesIsCoarse() {
        assertEquals(32L << 20, ConvolutionAlgorithms.workspaceLimit(0));
        assertEquals(1L << 30, ConvolutionAlgorithms.workspaceLimit(80L << 30));
        assertEquals(256L << 20, ConvolutionAlgorithms.workspaceLimit(3L << 30));
        assertEquals(256L << 20, ConvolutionAlgorithms.workspaceLimit((3L << 30) - (400L << 20)));
    }
}
