package voluta.visualize;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.explain.Theme;
import voluta.tensor.HostTensor;

class VisualizerTest {
    private static final List<String> CLASSES = List.of("cat", "dog", "</script><b>fish");

    @TempDir
    private Path folder;

    private Subject two() {
        return Small.open(Small.save(folder.resolve("two.safetensors"), Small.TWO_CONVOLUTIONS, CLASSES, 3));
    }

    @Test
    void layersAreFoundByPathBlockAndNearestName() {
        String yaml = """
                name: blocks
                input: [3, 8, 8]
                classes: 2
                layers:
                  - conv: {name: stem, filters: 4, kernel: 3, padding: 1}
                  - batch_norm: {name: norm}
                  - relu: {name: relu}
                  - basic_block: {name: stage, width: 4, repeat: 2}
                  - global_avg_pool: {name: pool}
                  - flatten
                  - linear: {name: fc, units: classes}
                """;
        Layers l = Layers.of(
                "blocks",
                voluta.model.Network.of(voluta.model.NetworkDescription.parse(yaml, "b"))
                        .forwardFloat(voluta.nn.Mode.INFERENCE, 1),
                java.util.Map.of());
        assertEquals("stage/1/relu2", l.last().orElseThrow().path());
        assertEquals("stage/1/relu2", l.find("stage").path());
        assertEquals("stage/0/relu2", l.find("stage/0").path());
        assertEquals("norm", l.find("norm").path());
        List<String> shown = l.shown().stream().map(Layer::path).toList();
        assertTrue(shown.containsAll(List.of("stem", "relu", "stage/0/conv1", "stage/0/relu2")), shown.toString());
        assertTrue(
                shown.stream().noneMatch(p -> p.contains("norm") || p.contains("bn") || p.contains("add")),
                shown.toString());
        assertTrue(l.find("relu").rectified() && !l.find("stem").rectified());
        refused("did you mean stem", () -> l.find("stm"));
        refused("gives no maps", () -> l.find("fc"));
    }

    private static void refused(String words, org.junit.jupiter.api.function.Executable what) {
        String message = assertThrows(VisualizeException.class, what).getMessage();
        assertTrue(message.contains(words), message);
    }

    @Test
    void unitsAreReadAndSeeOnlyTheirField() {
        try (Subject s = two()) {
            Layers l = s.layers();
            Unit unit = Unit.parse("conv2:3,2,1", l);
            assertEquals("conv2:3,2,1", unit.toString());
            refused("0,0,0 to 4,5,4", () -> Unit.parse("conv2:5,0,0", l));
            refused("written layer:channel,y,x", () -> Unit.parse("conv2:1,2", l));
            refused("no layer conv9", () -> Unit.parse("conv9:0,0,0", l));
            HostTensor x = Small.input(s);
            Heat gradient;
            try (UnitGraph g = new UnitGraph(s, unit.layer())) {
                g.maps(x);
                gradient = Heat.largest(g.gradient(unit));
            }
            // conv1 3x3, pooling by 2, conv2 3x3: 8 pixels; unit 2 begins at 2*2 - 3.
            double[] sees = unit.sees();
            assertEquals(List.of(1.0, 8.0, -1.0, 6.0), List.of(sees[0], sees[1], sees[2], sees[3]));
            int within = 0;
            for (int y = 0; y < 12; y++) {
                for (int c = 0; c < 10; c++) {
                    boolean in = y >= 1 && y <= 8 && c <= 6;
                    if (in && gradient.at(y, c) != 0) within++;
                    if (!in) assertEquals(0, gradient.at(y, c), y + "," + c);
                }
            }
            assertTrue(within > 20, within + " pixels matter");
        }
    }

    @Test
    void ascentExcitesAFilterMoreThanNoiseAndMoreThanAnyPicture() {
        try (Subject s = two()) {
            Layer conv2 = s.layers().find("conv2");
            List<Visualization.Excited> excited;
            try (Excitation e = new Excitation(s, conv2, 3, 4, 0)) {
                excited = e.of(List.of(0, 2, 4));
                assertEquals(
                        excited.get(1).picture().toDoubles()[5],
                        e.of(List.of(0, 2, 4)).get(1).picture().toDoubles()[5],
                        "the same again");
            }
            try (PictureGraph g = new PictureGraph(s, List.of(conv2), List.of())) {
                g.predict(Small.input(s));
                for (Visualization.Excited e : excited) {
                    assertTrue(e.after() > e.before() + 0.1, e.before() + " to " + e.after());
                    double most = Heat.of(g.maps(conv2), e.filter()).greatest();
                    assertTrue(e.after() > most, "a picture of a sine reaches " + most + ", this " + e.after());
                    for (double v : e.picture().toDoubles()) assertTrue(v >= 0 && v <= 1);
                }
            }
        }
    }

    @Test
    void coloursAreEvenAndGrowLighter() {
        ColourMap[] maps = {ColourMap.sequential(), ColourMap.diverging(Theme.LIGHT), ColourMap.diverging(Theme.DARK)};
        for (int m = 0; m < maps.length; m++) {
            int[][] arms = m == 0
                    ? new int[][] {{1, ColourMap.LEVELS}}
                    : new int[][] {{1, ColourMap.MIDDLE}, {ColourMap.MIDDLE, ColourMap.LEVELS}};
            for (int[] arm : arms) {
                double least = Double.MAX_VALUE, most = 0, sign = 0;
                // Steps of sixteen levels: single ones are as small as the rounding to bytes.
                for (int i = arm[0]; i + 16 <= arm[1]; i += 16) {
                    double[] a = ColourMap.oklab(maps[m].colour(i).getRGB());
                    double[] b = ColourMap.oklab(maps[m].colour(i + 16).getRGB());
                    double d = ColourMap.distance(a, b);
                    least = Math.min(least, d);
                    most = Math.max(most, d);
                    if (sign == 0) sign = Math.signum(b[0] - a[0]);
                    assertEquals(sign, Math.signum(b[0] - a[0]), "lightness turns at level " + i + " of map " + m);
                }
                assertTrue(most < 1.15 * least, "steps of map " + m + " differ: " + least + " to " + most);
            }
        }
    }
}
