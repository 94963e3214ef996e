package voluta.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import voluta.data.Dataset;
import voluta.data.ImageShape;
import voluta.data.MemoryDataset;
import voluta.model.Model;

class TrialTest {
    private static final Dataset DATA = data(64);

    /** Bright above or below. */
    private static Dataset data(int images) {
        byte[] pixels = new byte[images * 64], labels = new byte[images];
        for (int i = 0; i < images; i++) {
            labels[i] = (byte) (i % 2);
            for (int p = 0; p < 64; p++) pixels[i * 64 + p] = (byte) (p / 32 == i % 2 ? 100 + i % 7 : i * p % 60);
        }
        return new MemoryDataset("halves", List.of("above", "below"), new ImageShape(1, 8, 8), pixels, labels);
    }

    private static Training training(double rate) {
        return Training.of(Model.named("tiny")
                        .input(1, 8, 8)
                        .classes(2)
                        .conv(4, 3)
                        .as("conv1")
                        .batchNorm()
                        .as("norm1")
                        .relu()
                        .flatten()
                        .linear())
                .data(DATA, DATA)
                .listener(new TrainingListener() {})
                .batchSize(16)
                .optimizer("sgd")
                .set("sched", "constant")
                .learningRate(rate);
    }

    @Test
    void learnsAndMeasures() {
        Trial t = training(0.05).trainer().trial(new Trial.Plan(30, List.of()));
        assertEquals(30, t.steps().size());
        assertTrue(
                t.steps().get(29).loss() < 0.2 * t.steps().get(0).loss(),
                t.steps().toString());
        assertTrue(t.steps().stream().allMatch(s -> s.gradientNorm() > 0 && !s.clipped()));
        assertEquals(1, t.evaluations().size());
        assertEquals(1.0, t.evaluations().get(0).top1());
        assertEquals(4 * 9 + 4 + 4 + 4 + 4 * 36 * 2 + 2, t.parameters());
        assertFalse(t.diverged() || t.stopped());
        Trial two = training(0.05).trainer().trial(new Trial.Plan(2, List.of(data(20), DATA)));
        assertEquals(
                List.of(20L, 64L),
                two.evaluations().stream().map(Evaluation::images).toList());
    }

    @Test
    void saysWhatWasClipped() {
        Trial t = training(0.05).set("clip-grad", 1e-3).trainer().trial(new Trial.Plan(3, List.of()));
        assertTrue(t.steps().stream().allMatch(Trial.Step::clipped));
        assertTrue(t.steps().get(0).gradientNorm() > 1e-3, "the norm before clipping");
    }

    @Test
    void endsWhereNumbersEnd() {
        Trial t = training(1e38).trainer().trial(new Trial.Plan(30, List.of()));
        assertTrue(t.diverged());
        assertTrue(t.steps().size() < 30);
        Trial.Step last = t.steps().get(t.steps().size() - 1);
        assertFalse(Double.isFinite(last.loss()) && Double.isFinite(last.gradientNorm()));
        assertEquals(1, t.evaluations().size());
    }

    /** Looking changes nothing, not even the running statistics. */
    @Test
    void looksAtLayersWithoutATrace() {
        List<String> seen = new ArrayList<>();
        double[] sums = new double[2];
        Trial.Look look = new Trial.Look(List.of("conv1", "norm1"), List.of(0, 3), (step, layer, output) -> {
            seen.add(step + " " + layer + " " + output.shape());
            if (layer.equals("norm1")) for (double v : output.toDoubles()) sums[step == 0 ? 0 : 1] += v;
        });
        Trial with = training(0.05).trainer().trial(new Trial.Plan(5, List.of(), look));
        assertEquals(
                List.of("0 conv1 [16,4,6,6]", "0 norm1 [16,4,6,6]", "3 conv1 [16,4,6,6]", "3 norm1 [16,4,6,6]"), seen);
        assertEquals(0, sums[0], 1e-2, "statistics of the batch itself");
        Trial without = training(0.05).trainer().trial(new Trial.Plan(5, List.of()));
        assertEquals(without.steps(), with.steps());
        assertArrayEquals(
                new double[] {without.evaluations().get(0).loss()},
                new double[] {with.evaluations().get(0).loss()});
    }

    @Test
    void stopsBeforeItBegins() {
        Trainer trainer = training(0.05).trainer();
        trainer.stop();
        Trial t = trainer.trial(new Trial.Plan(5, List.of()));
        assertTrue(t.stopped());
        assertEquals(List.of(), t.steps());
        assertEquals(List.of(), t.evaluations());
    }

    @Test
    void refusesWhatIsNotThere() {
        assertThrows(TrainingException.class, () -> new Trial.Plan(0, List.of()));
        Trial.Look look = new Trial.Look(List.of("nrom1"), List.of(0), (step, layer, output) -> {});
        Trainer trainer = training(0.05).trainer();
        TrainingException e =
                assertThrows(TrainingException.class, () -> trainer.trial(new Trial.Plan(1, List.of(), look)));
        assertTrue(e.getMessage().contains("did you mean norm1?"), e.getMessage());
    }
}
