package voluta.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.model.Architectures;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.TrainingGraph;
import voluta.optim.Optimizer;

/** Plans of the shipped networks: as text, and how near their memory comes to the least possible. */
class DumpTest {
    private static Graph training(String network, int batch, Backend backend) {
        TrainingGraph.Recipe recipe = new TrainingGraph.Recipe(Loss.crossEntropy(0), Optimizer.named("momentum"));
        return TrainingGraph.build(
                Network.of(Architectures.named(network)),
                batch,
                recipe,
                g -> Lowering.forTraining(g, backend, Precision.F32));
    }

    /**
     * The reference backend plans alike on every machine. Where a change of the plan is meant, put the text that the
     * failure shows into {@code lenet5-plan.txt}; its diff is then what the reviewer reads.
     */
    @Test
    void lenet5OnTheReference() throws IOException {
        try (Backend b = Backends.open("reference", BackendOptions.DEFAULT).backend();
                InputStream golden = DumpTest.class.getResourceAsStream("lenet5-plan.txt")) {
            String text = Planner.plan(b, training("lenet5", 2, b), PlanOptions.of(Precision.F32))
                    .text();
            assertEquals(new String(golden.readAllBytes(), StandardCharsets.UTF_8), text);
        }
    }

    static Stream<String> networks() {
        return Architectures.names().stream();
    }

    /** Plans alone: nothing is allocated or run. */
    @ParameterizedTest
    @MethodSource("networks")
    void arenaIsNearItsLowerBound(String name) {
        assumeTrue(
                Backends.probe().stream()
                        .anyMatch(c -> c.provider().name().equals("onednn")
                                && c.availability() instanceof Availability.Available),
                "oneDNN is not available");
        try (Backend b = Backends.open("onednn", BackendOptions.DEFAULT).backend()) {
            ExecutionPlan plan = Planner.plan(b, training(name, 8, b), PlanOptions.of(Precision.F32));
            long arena = plan.regions().get(RegionKind.ARENA), bound = plan.arenaBound();
            assertTrue(bound > 0 && arena >= bound, "the bound " + bound + " is none, the arena has " + arena);
            assertTrue(arena <= 1.1 * bound, "the arena has " + arena + " bytes, " + bound + " could do");
            List<PlannedStep> steps = plan.steps();
            assertTrue(steps.size() > 10, steps.size() + " steps");
        }
    }
}
