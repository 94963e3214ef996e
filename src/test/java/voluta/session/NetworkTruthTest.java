package voluta.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static voluta.session.SmallTraining.BATCH;
import static voluta.session.SmallTraining.NAMES;
import static voluta.session.SmallTraining.STEPS;
import static voluta.session.SmallTraining.fused;
import static voluta.session.SmallTraining.labels;
import static voluta.session.SmallTraining.near;
import static voluta.session.SmallTraining.network;
import static voluta.session.SmallTraining.options;
import static voluta.session.SmallTraining.read;
import static voluta.session.SmallTraining.same;
import static voluta.session.SmallTraining.samples;
import static voluta.session.SmallTraining.step;
import static voluta.session.SmallTraining.train;
import static voluta.session.SmallTraining.training;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.model.EvaluationGraph;
import voluta.model.InferenceGraph;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.TrainingGraph;
import voluta.plan.Lowering;

/**
 * Whole networks on the backends that work here: what memory reuse, fusion, precision and sharing of parameters may
 * change, and what not.
 */
class NetworkTruthTest {
    private static final Map<String, Backend> OPENED = new HashMap<>();

    private static Backend backend(String name) {
        return OPENED.computeIfAbsent(
                name, b -> Backends.open(b, BackendOptions.DEFAULT).backend());
    }

    @AfterAll
    static void close() {
        OPENED.values().forEach(Backend::close);
        OPENED.clear();
    }

    /** Skips, with the reason, a backend that does not work here. */
    private static Backend open(String name) {
        Backends.Candidate found = Backends.probe().stream()
                .filter(c -> c.provider().name().equals(name))
                .findFirst()
                .orElseThrow();
        assumeTrue(found.availability() instanceof Availability.Available, found.describe());
        return backend(name);
    }

    static Stream<Arguments> networks() {
        return Stream.of("onednn", "cuda")
                .flatMap(b -> NAMES.stream()
                        .flatMap(n -> Stream.of(Precision.values())
                                .filter(p -> p != Precision.F16 || b.equals("cuda"))
                                .map(p -> Arguments.of(b, n, p))));
    }

    @ParameterizedTest
    @MethodSource("networks")
    void memoryAndRepetitionChangeNoBit(String on, String name, Precision p) {
        Backend backend = open(on);
        Network n = network(name);
        Graph g = fused(n, backend, p);
        Map<String, double[]> first = train(backend, n, g, p, true);
        same(first, train(backend, n, g, p, true), "the same run again");
        same(first, train(backend, n, g, p, false), "a run without reuse, in poisoned memory");
    }

    /**
     * Over five steps, differences in rounding grow; the bounds are some five times what was seen. Moments are compared in
     * f32 alone: what few digits leave of a gradient that almost cancels is far off in every element.
     */
    @ParameterizedTest
    @MethodSource("networks")
    void agreesWithUnfusedAndWithTheReference(String on, String name, Precision p) {
        Backend backend = open(on);
        Network n = network(name);
        Map<String, double[]> fused = train(backend, n, fused(n, backend, p), p, true);
        Map<String, double[]> pieces = train(backend, n, training(n, p, g -> Lowering.apply(g, backend, p)), p, true);
        Map<String, double[]> exact =
                train(backend("reference"), n, fused(n, backend("reference"), Precision.F32), Precision.F32, true);
        double tolerance = p == Precision.F32 ? 1e-4 : 0.1;
        if (p != Precision.F32) {
            exact.keySet().removeIf(k -> k.endsWith(".momentum"));
            pieces.keySet().removeIf(k -> k.endsWith(".momentum"));
        }
        near(exact, fused, tolerance, "the reference and " + on);
        near(pieces, fused, tolerance, "unfused and fused");
    }

    @ParameterizedTest
    @MethodSource("networks")
    void foldedInferenceAgreesWithUnfoldedEvaluation(String on, String name, Precision p) {
        Backend backend = open(on);
        Network n = network(name);
        try (Session session = new Session(backend, 7);
                CompiledGraph training = session.compile(fused(n, backend, p), options(p, true));
                CompiledGraph folded = session.compile(
                        InferenceGraph.build(n, BATCH, g -> Lowering.forInference(g, backend, p)), options(p, true));
                CompiledGraph plain = session.compile(
                        InferenceGraph.build(n, BATCH, g -> Lowering.apply(g, backend, p)), options(p, true))) {
            for (int s = 0; s < STEPS; s++) step(training, n, s);
            for (CompiledGraph g : List.of(folded, plain)) {
                g.feed(n.input(), 0, samples(n, 99));
                g.run(0);
            }
            double tolerance = p == Precision.F32 ? 1e-5 : 0.06;
            near(
                    Map.of("logits", read(plain, Network.LOGITS)),
                    Map.of("logits", read(folded, Network.LOGITS)),
                    tolerance,
                    "unfolded and folded");
        }
    }

    /** What an evaluation graph computed before its first step from parameters and statistics must follow each training step. */
    @ParameterizedTest
    @MethodSource("networks")
    void evaluationSeesEachTrainingStep(String on, String name, Precision p) {
        Backend backend = open(on);
        Network n = network(name);
        Graph evaluation =
                EvaluationGraph.build(n, BATCH, Loss.crossEntropy(0), g -> Lowering.forInference(g, backend, p));
        try (Session session = new Session(backend, 7);
                CompiledGraph training = session.compile(fused(n, backend, p), options(p, true));
                CompiledGraph shared = session.compile(evaluation, options(p, true))) {
            double[] before = evaluate(shared, n);
            for (int s = 0; s < STEPS; s++) {
                step(training, n, s);
                double[] now = evaluate(shared, n);
                assertFalse(Arrays.equals(before, now), "step " + s + " changed nothing");
                assertArrayEquals(fresh(backend, session, n, evaluation, p), now, "after step " + s);
                before = now;
            }
        }
    }

    /** Whoever compiles first decides how weights lie; neither order may round them or keep the other from running. */
    @ParameterizedTest
    @MethodSource("networks")
    void trainsInASessionThatBeganWithInference(String on, String name, Precision p) {
        Backend backend = open(on);
        Network n = network(name);
        Graph inference = InferenceGraph.build(n, BATCH, g -> Lowering.forInference(g, backend, p));
        try (Session session = new Session(backend, 7);
                Session other = new Session(backend, 7);
                CompiledGraph first = session.compile(inference, options(p, true));
                CompiledGraph then = session.compile(fused(n, backend, p), options(p, true));
                CompiledGraph alone = other.compile(fused(n, backend, p), options(p, true))) {
            first.feed(n.input(), 0, samples(n, 99));
            first.run(0);
            for (String w : other.parameters().keySet())
                assertArrayEquals(other.read(w).toDoubles(), session.read(w).toDoubles(), w);
            step(then, n, 0);
            step(alone, n, 0);
            near(
                    Map.of("loss", read(alone, TrainingGraph.LOSS)),
                    Map.of("loss", read(then, TrainingGraph.LOSS)),
                    p == Precision.F32 ? 1e-5 : 0.02,
                    "training alone and after inference");
        }
    }

    /** The same from a session of its own, whose training graph is there for its layouts alone, into which parameters and statistics are written. */
    @SuppressWarnings("try")
    private static double[] fresh(Backend backend, Session trained, Network n, Graph evaluation, Precision p) {
        try (Session session = new Session(backend, 8);
                CompiledGraph layouts = session.compile(fused(n, backend, p), options(p, true));
                CompiledGraph g = session.compile(evaluation, options(p, true))) {
            assertEquals(trained.parameters(), session.parameters());
            for (String name : trained.parameters().keySet()) session.write(name, trained.read(name));
            for (String name : trained.state().keySet()) session.write(name, trained.read(name));
            return evaluate(g, n);
        }
    }

    private static double[] evaluate(CompiledGraph g, Network n) {
        g.feed(n.input(), 0, samples(n, 99));
        g.feed(Loss.LABELS, 0, labels(n, 99));
        g.run(0);
        return read(g, Network.LOGITS);
    }
}
