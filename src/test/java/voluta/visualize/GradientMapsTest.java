package voluta.visualize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.TraceReader;
import voluta.backend.BackendOptions;
import voluta.model.Network;
import voluta.session.CompiledGraph;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

/** Grad-CAM, Grad-CAM++, saliency, SmoothGrad and occlusion against what they are defined as. */
class GradientMapsTest {
    private static final List<String> CLASSES = List.of("a", "b", "c");

    @TempDir
    private Path folder;

    private Subject two() {
        return Small.open(Small.save(folder.resolve("two.safetensors"), Small.TWO_CONVOLUTIONS, CLASSES, 3));
    }

    /**
     * The maps are the positive and the negative part of a 2x2 picture (1, -2; 3, 0), and the scores sums of their means: 4/4
     * and 2/4. So every gradient is a weight divided by 4.
     */
    @Test
    void gradCamByHand() {
        String yaml = """
                name: hand
                input: [1, 2, 2]
                classes: 2
                layers:
                  - conv: {name: conv, filters: 2, kernel: 1, bias: false}
                  - relu: {name: relu}
                  - global_avg_pool
                  - flatten
                  - linear: {name: fc, units: classes, bias: false}
                """;
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        weights.put("conv.weight", HostTensor.f32(Shape.of(2, 1, 1, 1), 1, -1));
        weights.put("fc.weight", HostTensor.f32(Shape.of(2, 2), 8, -4, 0, 16));
        Path file = Small.save(folder.resolve("hand.safetensors"), yaml, List.of("bright", "dark"), weights);
        try (Subject s = Small.open(file)) {
            Layer relu = s.layers().last().orElseThrow();
            assertEquals("relu", relu.path());
            try (PictureGraph g = new PictureGraph(s, List.of(), List.of(relu))) {
                g.predict(HostTensor.f32(Shape.of(1, 1, 2, 2), 1, -2, 3, 0));
                g.explain(0);
                assertEquals(8 * 1 - 4 * 0.5, g.score(0), 1e-12);
                // relu(8/4 * (1, 0; 3, 0) - 4/4 * (0, 2; 0, 0))
                assertArrayEquals(new double[] {2, 0, 6, 0}, g.gradCam(relu).values(), 1e-12);
                // Of map 0, whose sum is 4: 4 places of 2 / (2 + 2*4); of map 1 the gradient is below 0.
                assertArrayEquals(
                        new double[] {0.8, 0, 2.4, 0}, g.gradCamPlusPlus(relu).values(), 1e-12);
                g.explain(1);
                assertArrayEquals(new double[] {0, 8, 0, 0}, g.gradCam(relu).values(), 1e-12);
                // Of map 1, whose sum is 2: 4 places of 4 / (2 + 4*2), times 2.
                assertArrayEquals(
                        new double[] {0, 3.2, 0, 0}, g.gradCamPlusPlus(relu).values(), 1e-12);
            }
        }
    }

    @Test
    void mapsAreThoseOfPyTorch() {
        String yaml = """
                name: trace
                input: [2, 9, 8]
                classes: 3
                layers:
                  - conv: {name: conv1, filters: 4, kernel: 3, padding: 1}
                  - relu
                  - conv: {name: conv2, filters: 5, kernel: 3, stride: 2}
                  - relu
                  - global_avg_pool
                  - flatten
                  - linear: {name: fc, units: classes}
                """;
        JsonNode trace = TraceReader.read("attention");
        Map<String, HostTensor> weights = new LinkedHashMap<>();
        trace.get("weights").properties().forEach(w -> {
            TraceReader.Tensor t = TraceReader.tensor(w.getValue());
            weights.put(
                    w.getKey(),
                    HostTensor.zeros(voluta.tensor.TensorType.f32(t.shape())).fill(t.values()));
        });
        Path file = Small.save(folder.resolve("trace.safetensors"), yaml, CLASSES, weights);
        TraceReader.Tensor given = TraceReader.tensor(trace.get("x"));
        HostTensor x =
                HostTensor.zeros(voluta.tensor.TensorType.f32(given.shape())).fill(given.values());
        for (String backend : List.of("reference", "auto")) {
            double tolerance = backend.equals("reference") ? 1e-10 : 1e-4;
            try (Subject s = Subject.open(file, backend, BackendOptions.DEFAULT)) {
                Layer last = s.layers().last().orElseThrow();
                try (PictureGraph g = new PictureGraph(s, List.of(), List.of(last))) {
                    g.predict(x);
                    for (JsonNode c : trace.get("cases")) {
                        int target = c.get("target").asInt();
                        g.explain(target);
                        assertEquals(c.get("score").asDouble(), g.score(target), 20 * tolerance);
                        close(c.get("cam"), g.gradCam(last).values(), tolerance);
                        close(c.get("cam_plus_plus"), g.gradCamPlusPlus(last).values(), tolerance);
                        close(c.get("saliency"), g.gradient().toDoubles(), tolerance);
                    }
                }
            }
        }
    }

    private static void close(JsonNode expected, double[] got, double tolerance) {
        TraceReader.Tensor t = TraceReader.tensor(expected);
        assertTrue(t.largest() > 0, "a comparison of zeros proves nothing");
        assertArrayEquals(t.values(), got, tolerance * t.largest());
    }

    @Test
    void saliencyIsTheSlopeOfTheScore() {
        try (Subject s = two()) {
            HostTensor x = Small.input(s);
            try (PictureGraph g = new PictureGraph(s, List.of(), List.of());
                    CompiledGraph scores = s.scores(1)) {
                g.predict(x);
                g.explain(1);
                double[] gradient = g.gradient().toDoubles();
                assertTrue(Arrays.stream(gradient).anyMatch(v -> Math.abs(v) > 1e-3));
                // Steps are exact in f32, of which inputs are.
                float step = 0x1p-9f;
                for (int i = 0; i < gradient.length; i += 7) {
                    float at = (float) x.get(i), above = at + step, below = at - step;
                    double slope = (score(scores, x, i, above, 1) - score(scores, x, i, below, 1)) / (above - below);
                    x.set(i, at);
                    assertEquals(slope, gradient[i], 2e-4, "input " + i);
                }
            }
        }
    }

    private static double score(CompiledGraph scores, HostTensor x, int i, double value, int target) {
        x.set(i, value);
        scores.feed(Network.X, 0, x);
        scores.run(0);
        HostTensor logits = HostTensor.f64(Shape.of(1, 3), 0, 0, 0);
        scores.read(Network.LOGITS, logits);
        return logits.get(target);
    }

    @Test
    void smoothGradComesFromItsSeed() {
        try (Subject s = two()) {
            HostTensor x = Small.input(s);
            double[] plain, still, one, again, other;
            try (PictureGraph g = new PictureGraph(s, List.of(), List.of());
                    SmoothGrad first = new SmoothGrad(s, 4, 5);
                    SmoothGrad second = new SmoothGrad(s, 4, 6)) {
                g.predict(x);
                g.explain(2);
                plain = g.gradient().toDoubles();
                still = first.of(x, 2, 8, 0).toDoubles();
                one = first.of(x, 2, 8, 0.2).toDoubles();
                again = first.of(x, 2, 8, 0.2).toDoubles();
                other = second.of(x, 2, 8, 0.2).toDoubles();
            }
            assertArrayEquals(plain, still, 1e-6, "without noise it is the gradient");
            assertArrayEquals(one, again);
            assertFalse(Arrays.equals(one, other));
            assertFalse(Arrays.equals(plain, one));
        }
    }

    @Test
    void smoothGradIsTheMeanOfNoisyGradients() {
        try (Subject s = two()) {
            HostTensor x = Small.input(s);
            double[] given = x.toDoubles(), sum = new double[given.length];
            double range = Arrays.stream(given).max().orElseThrow()
                    - Arrays.stream(given).min().orElseThrow();
            try (PictureGraph g = new PictureGraph(s, List.of(), List.of());
                    SmoothGrad smooth = new SmoothGrad(s, 2, 9)) {
                for (int n = 0; n < 4; n++) {
                    HostTensor noise = Noise.normal(x.type(), "smoothgrad/" + n, 9);
                    HostTensor noisy = HostTensor.zeros(x.type());
                    for (int i = 0; i < given.length; i++) noisy.set(i, given[i] + 0.1 * range * noise.get(i));
                    g.predict(noisy);
                    g.explain(0);
                    double[] gradient = g.gradient().toDoubles();
                    for (int i = 0; i < sum.length; i++) sum[i] += gradient[i] / 4;
                }
                assertArrayEquals(sum, smooth.of(x, 0, 4, 0.1).toDoubles(), 1e-6);
            }
        }
    }

    @Test
    void occlusionIsWhatCoveringByHandGives() {
        try (Subject s = two()) {
            HostTensor x = Small.input(s);
            Occlusion.Grid grid = new Occlusion.Grid(4, 3);
            assertEquals(List.of(0, 3, 6, 8), grid.starts(12));
            assertEquals(List.of(0, 3, 6), grid.starts(10));
            double[] sum = new double[120], count = new double[120], drops = new double[12];
            Occlusion.Result got;
            try (CompiledGraph scores = s.scores(1);
                    Occlusion occlusion = new Occlusion(s, 5)) {
                double whole = score(scores, x, 0, x.get(0), 2);
                int square = 0;
                for (int top : List.of(0, 3, 6, 8)) {
                    for (int left : List.of(0, 3, 6)) {
                        HostTensor covered = HostTensor.zeros(x.type()).fill(x.toDoubles());
                        for (int i = 0; i < 3 * 120; i++) {
                            int row = i % 120 / 10, column = i % 10;
                            if (row >= top && row < top + 4 && column >= left && column < left + 4) covered.set(i, 0);
                        }
                        double drop = whole - score(scores, covered, 0, covered.get(0), 2);
                        drops[square++] = drop;
                        for (int i = 0; i < 120; i++) {
                            int row = i / 10, column = i % 10;
                            boolean in = row >= top && row < top + 4 && column >= left && column < left + 4;
                            sum[i] += in ? drop : 0;
                            count[i] += in ? 1 : 0;
                        }
                    }
                }
                got = occlusion.of(x, 2, grid);
            }
            assertTrue(Arrays.stream(drops).anyMatch(d -> Math.abs(d) > 1e-3));
            assertArrayEquals(drops, got.drops().values(), 1e-6);
            for (int i = 0; i < 120; i++) sum[i] /= count[i];
            assertArrayEquals(sum, got.map().values(), 1e-6);
        }
    }
}
