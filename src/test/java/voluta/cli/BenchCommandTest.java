package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.Test;
import voluta.autodiff.Differentiator;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.op.Convolution;
import voluta.op.Linear;
import voluta.op.Reduction;
import voluta.plan.Work;
import voluta.tensor.TensorType;

class BenchCommandTest {
    private static final String[] QUICK = {"--windows", "1", "--window", "0.01", "--warmup", "0", "-b", "4"};

    private static Outcome bench(String... arguments) {
        String[] all = new String[arguments.length + QUICK.length + 1];
        all[0] = "bench";
        System.arraycopy(arguments, 0, all, 1, arguments.length);
        System.arraycopy(QUICK, 0, all, 1 + arguments.length, QUICK.length);
        return Outcome.of(all);
    }

    @Test
    void recordOfATrainingHasWhatComparisonsNeed() {
        JsonNode r = bench("mlp", "--json").succeeded().lastJson();
        assertEquals("mlp", r.get("model").asText());
        assertEquals("train", r.get("task").asText());
        assertEquals(4, r.get("batch").asInt());
        assertEquals("f32", r.get("precision").asText());
        assertTrue(r.get("images_per_s").asDouble() > 0, r.toString());
        assertTrue(r.get("images_per_s_min").asDouble()
                <= r.get("images_per_s_max").asDouble());
        assertTrue(r.get("plan_bytes").asLong() > 0);
        double shares = 0;
        for (JsonNode kind : r.get("kinds")) shares += kind.get("share").asDouble();
        assertEquals(1, shares, 1e-9);
    }

    @Test
    void tableOfAnInferenceNamesKindsAndKernels() {
        String out = bench("mlp", "--task", "infer", "--profile").succeeded().out();
        assertTrue(out.contains("images/s") && out.contains("Linear") && out.contains("fc1 = Linear ["), out);
    }

    @Test
    void wrongValuesAreRefusedBeforeAnythingRuns() {
        Outcome.of("bench", "mlp", "-b", "0").failed(ExitCode.USAGE, "--batch-size is 0");
        Outcome.of("bench", "mlp", "--window", "0").failed(ExitCode.USAGE, "--window is 0");
        Outcome.of("bench", "mlp", "--task", "tran").failed(ExitCode.USAGE, "--task", "tran");
        Outcome.of("bench", "mpl").failed(ExitCode.MODEL_OR_DATA, "did you mean mlp?");
    }

    @Test
    void everyGradientOfAConvolutionTakesAsMuchWorkAsTheConvolution() {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(2, 3, 9, 9));
        Value w = b.parameter("w", TensorType.f32(4, 3, 3, 3), Initializer.ZEROS);
        Value y = b.add("conv", Convolution.of2d(2, 1), x, w).output();
        Value loss = b.add("sum", new Reduction(Reduction.Kind.SUM, java.util.List.of(0, 1, 2, 3), false), y)
                .output();
        Differentiator.gradients(b, loss, java.util.List.of(w, x)).forEach((v, g) -> b.output("d" + v.name(), g));
        Graph graph = b.build();
        long expected = 2L * (2 * 4 * 5 * 5) * (3 * 3 * 3);
        int convolutions = 0;
        for (Node n : graph.nodes()) {
            if (!n.op().name().startsWith("Convolution")) continue;
            assertEquals(expected, Work.flops(n), n.op().name());
            convolutions++;
        }
        assertEquals(3, convolutions);
    }

    @Test
    void workOfALinearLayer() {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(5, 7));
        Value w = b.parameter("w", TensorType.f32(11, 7), Initializer.ZEROS);
        Node n = b.add("fc", new Linear(), x, w);
        assertEquals(2 * 5 * 7 * 11, Work.flops(n));
    }
}
