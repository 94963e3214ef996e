package voluta.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.CancellationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.explain.Theme;
import voluta.model.ModelSummary;
import voluta.model.Network;
import voluta.model.TextTable;
import voluta.report.Charts;
import voluta.train.TrainingConfig;

/** Experiments in their quick form: some 40 tiny trainings, each with a backend of its own, take 7 s on a quiet machine. */
class ExperimentTest {
    private static Laboratory.Settings quick(Theme theme) {
        return new Laboratory.Settings(TrainingConfig.DEFAULTS, true, OptionalInt.of(2), OptionalInt.empty(), 5, theme);
    }

    /** Everything that must be in each picture. */
    @ParameterizedTest
    @ValueSource(strings = {"normalization", "clipping", "dilation", "pooling", "1x1"})
    void givesTablesPicturesAndAConclusion(String name) {
        List<String> progress = new ArrayList<>();
        Outcome o = Experiment.named(name).run(new Laboratory(quick(Theme.DARK), progress::add));
        assertEquals(name, o.tables().get(0).name());
        assertFalse(o.tables().get(0).rows().isEmpty());
        assertFalse(o.conclusion().isEmpty());
        assertTrue(o.pictures().containsKey(name));
        int last = progress.size();
        assertTrue(progress.get(last - 1).startsWith(last + "/" + last + "  "), progress.get(last - 1));
        Charts charts = Charts.withBaseline(Theme.DARK);
        int series = Map.of("normalization", 5, "clipping", 5, "dilation", 5, "pooling", 4, "1x1", 3)
                .get(name);
        BufferedImage picture = o.pictures().get(name);
        Set<Integer> colours = new HashSet<>();
        for (int y = 0; y < picture.getHeight(); y++)
            for (int x = 0; x < picture.getWidth(); x++) colours.add(picture.getRGB(x, y) & 0xffffff);
        for (int i = 0; i < series; i++)
            assertTrue(colours.contains(charts.colour(i).getRGB() & 0xffffff), "colour " + i + " in " + name);
        assertEquals(Theme.DARK.background(), new Color(picture.getRGB(0, 0)));
        if (name.equals("normalization")) looksAtLayersOverTime(o);
        if (name.equals("clipping")) givesTheSameBitsEachTime(o);
    }

    private static void givesTheSameBitsEachTime(Outcome a) {
        Outcome b = Experiment.named("clipping").run(new Laboratory(quick(Theme.LIGHT), line -> {}));
        for (int i = 0; i < a.tables().size(); i++)
            assertEquals(a.tables().get(i).csv(), b.tables().get(i).csv());
        assertEquals(a.conclusion(), b.conclusion());
    }

    private static void looksAtLayersOverTime(Outcome o) {
        Table moments = o.tables().get(1), histograms = o.tables().get(2);
        assertEquals("moments", moments.name());
        // 5 norms, 3 layers, before and after each of the 2 steps.
        assertEquals(5 * 3 * 3, moments.rows().size());
        assertEquals(5 * 3 * 3 * LayerStatistics.BINS, histograms.rows().size());
        for (Map<String, Object> row : moments.records()) {
            if (row.get("norm").equals("none") || !row.get("step").equals(0L)) continue;
            // Before training, scale is 1 and shift 0.
            assertEquals(0, (double) row.get("mean"), 1e-4, row.toString());
            assertEquals(1, (double) row.get("variance"), 0.03, row.toString());
        }
        assertTrue(o.pictures().keySet().containsAll(Set.of("normalization", "activations", "moments")));
    }

    @Test
    void networksDifferInWhatIsTriedAlone() {
        assertEquals(parameters("max"), parameters("stride"));
        assertEquals(parameters("max"), parameters("average"));
        assertTrue(parameters("none") > 10 * parameters("max"));
        for (DilationExperiment.Stack stack :
                List.of(new DilationExperiment.Stack("a", 3, 1, 2, 4), new DilationExperiment.Stack("b", 5, 1, 1, 1))) {
            ModelSummary s = ModelSummary.of(Network.of(DilationExperiment.network(stack)));
            String sees = stack.field() + "x" + stack.field();
            assertTrue(
                    s.rows().stream()
                            .anyMatch(r -> r.kind().equals("Convolution")
                                    && r.field().orElseThrow().sizes().contains(Integer.toString(stack.field()))),
                    "inspect does not say " + sees + " anywhere:\n" + s.table());
        }
    }

    private static long parameters(String kind) {
        return ModelSummary.of(Network.of(PoolingExperiment.network(kind))).parameters();
    }

    @Test
    void aStopEndsIt() {
        Laboratory[] box = new Laboratory[1];
        List<String> lines = new ArrayList<>();
        box[0] = new Laboratory(quick(Theme.LIGHT), line -> {
            lines.add(line);
            if (lines.size() == 2) box[0].stop();
        });
        Experiment clipping = Experiment.named("clipping");
        assertThrows(CancellationException.class, () -> clipping.run(box[0]));
        assertEquals(2, lines.size());
    }

    @Test
    void tablesAsText() {
        List<Object> second = new ArrayList<>(List.of("b", 1234567L, 0.5));
        second.add(null);
        Table t = new Table(
                "t", List.of("name", "how_many", "x", "yes"), List.of(List.of("a", 1L, 1 / 3.0, true), second));
        assertEquals("name,how_many,x,yes\na,1,0.3333333333333333,true\nb,1234567,0.5,\n", t.csv());
        assertEquals("""
                name   how many       x  yes
                a             1  0.3333  yes
                b     1,234,567     0.5  -
                """, t.text());
        assertEquals("0.05", TextTable.number(0.05));
        assertEquals("123", TextTable.number(123.04));
        assertEquals("1.20e+27", TextTable.number(1.2e27));
    }
}
