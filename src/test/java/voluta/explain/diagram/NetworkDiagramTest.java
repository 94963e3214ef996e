package voluta.explain.diagram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.geom.Line2D;
import java.awt.geom.Rectangle2D;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.w3c.dom.Element;
import voluta.Browser;
import voluta.explain.Theme;
import voluta.graph.Node;
import voluta.model.Architectures;
import voluta.model.Network;
import voluta.model.NetworkDescription;
import voluta.nn.Mode;

class NetworkDiagramTest {
    /** Branches side by side, arcs in arcs, and edges that cross. */
    private static final String TANGLED = """
            name: tangled & <odd>
            input: [3, 32, 32]
            classes: 5
            layers:
              - conv: {name: stem, filters: 8, kernel: 3, padding: 1}
              - relu
              - conv: {name: left, filters: 8, kernel: 1}
              - conv: {name: right, from: stem, filters: 8, kernel: 5, padding: 2}
              - conv: {name: third, from: stem, filters: 8, kernel: 3, padding: 1}
              - batch_norm
              - relu
              - concat: [left, right]
              - conv: {name: narrow, filters: 8, kernel: 3, padding: 1}
              - add: {name: around, with: stem}
              - conv: {name: e1, filters: 8, kernel: 3, padding: 1}
              - conv: {name: e2, filters: 8, kernel: 3, padding: 1}
              - conv: {name: e3, filters: 8, kernel: 3, padding: 1}
              - add: {name: a2, with: e1}
              - conv: {name: e4, filters: 8, kernel: 3, padding: 1}
              - add: {name: a3, with: e2}
              - residual:
                  name: outer
                  body:
                    - conv: {filters: 8, kernel: 3, padding: 1}
                    - residual: {body: [{conv: {filters: 8, kernel: 1}}]}
                  repeat: 3
              - global_avg_pool
              - flatten
              - linear: classes
            """;

    private static final String SIGNAL = """
            name: signal
            input: [2, 64]
            layers:
              - conv: {filters: 4, kernel: 5, dilation: 2}
              - max_pool: 2
              - flatten
              - linear: 3
            """;

    private static final Map<String, String> DRAWN = new HashMap<>();

    @TempDir
    private Path folder;

    static List<NetworkDescription> networks() {
        return Stream.concat(
                        Architectures.names().stream().map(Architectures::named),
                        Stream.of(TANGLED, SIGNAL).map(y -> NetworkDescription.parse(y, "net.yaml")))
                .toList();
    }

    private static String svg(NetworkDescription d) {
        return DRAWN.computeIfAbsent(d.name(), name -> NetworkDiagram.svg(Network.of(d), Optional.empty()));
    }

    private static NetworkDescription tangled() {
        return NetworkDescription.parse(TANGLED, "net.yaml");
    }

    @ParameterizedTest
    @MethodSource("networks")
    void everyLayerStandsInOneBox(NetworkDescription d) throws Exception {
        List<String> missing = new ArrayList<>(Network.of(d).forward(Mode.INFERENCE, 1).nodes().stream()
                .map(Node::path)
                .toList());
        for (Element g : Shapes.of(svg(d)).layers()) {
            for (String path : Shapes.title(g))
                assertTrue(missing.remove(path), path + " is drawn twice, or not there");
        }
        assertEquals(List.of(), missing);
    }

    @ParameterizedTest
    @MethodSource("networks")
    void nothingOverlaps(NetworkDescription d) throws Exception {
        Shapes s = Shapes.of(svg(d));
        assertTrue(s.boxes().size() >= 4, "boxes");
        apart(s.boxes(), "boxes");
        apart(s.labels(), "texts");
        for (Rectangle2D box : s.boxes()) {
            assertTrue(s.page().contains(box), "a box outside of the page");
            for (Rectangle2D text : s.labels()) {
                assertTrue(box.contains(text) || !box.intersects(text), "the text " + text + " on the rim of " + box);
            }
            for (Rectangle2D frame : s.frames()) {
                assertTrue(frame.contains(box) || !frame.intersects(box), "the box " + box + " on the rim of " + frame);
            }
            Rectangle2D inner =
                    new Rectangle2D.Double(box.getX() + 1, box.getY() + 1, box.getWidth() - 2, box.getHeight() - 2);
            for (Line2D line : s.lines()) assertFalse(line.intersects(inner), "a line through " + box);
        }
        for (Rectangle2D text : s.labels()) {
            assertTrue(s.page().contains(text), "a text outside of the page");
            for (Line2D line : s.lines()) assertFalse(line.intersects(text), "a line through the text at " + text);
        }
    }

    private static void apart(List<Rectangle2D> all, String what) {
        for (int i = 0; i < all.size(); i++) {
            for (int j = i + 1; j < all.size(); j++) {
                assertFalse(all.get(i).intersects(all.get(j)), what + " overlap: " + all.get(i) + ", " + all.get(j));
            }
        }
    }

    @Test
    void equalBlocksAreDrawnOnceAndResidualsAsArcs() throws Exception {
        String svg = svg(Architectures.named("resnet50"));
        for (String title :
                List.of("\u00d7 2, together 140,800", "\u00d7 3, together 840,192", "\u00d7 5, together 5,585,920")) {
            assertTrue(svg.contains(title), title);
        }
        // Stages begin with a convolution in the place of the arc; the blocks after it, drawn once, have an arc.
        assertEquals(4, Shapes.of(svg).arcs());
        assertTrue(svg.contains(">conv 7\u00d77, 64, stride 2<") && svg.contains(">batch norm, relu<"), "words");
        assertTrue(svg.contains(">64 \u00d7 112 \u00d7 112<") && svg.contains(">2048 \u00d7 7 \u00d7 7<"), "shapes");
        assertTrue(svg.contains(">9,536<"), "conv1 with its normalization: 9,408 + 128");
        assertEquals(5, Shapes.of(svg(tangled())).arcs(), "around, a2, a3, outer and the one in it");
    }

    @Test
    void titleAndDescriptionSayWhatItIs() throws Exception {
        Element root = Shapes.parsed(svg(tangled())).getDocumentElement();
        assertEquals("title description", root.getAttribute("aria-labelledby"));
        assertEquals("The network tangled & <odd>", Shapes.title(root).get(0));
        String told = Shapes.all(root, "desc").get(0).getTextContent();
        assertTrue(
                told.startsWith("From the input, 3 \u00d7 32 \u00d7 32: ") && told.contains("stem: conv 3\u00d73, 8"),
                told);
        assertTrue(told.contains("outer/0 to 2, 3 equal blocks to 8 \u00d7 32 \u00d7 32"), told);
    }

    @Test
    void coloursFollowTheReaderUnlessOneIsAskedFor() {
        Network n = Network.of(tangled());
        assertTrue(NetworkDiagram.svg(n, Optional.empty()).contains("prefers-color-scheme:dark"));
        String dark = NetworkDiagram.svg(n, Optional.of(Theme.DARK));
        assertFalse(dark.contains("prefers-color-scheme"));
        assertFalse(dark.equals(NetworkDiagram.svg(n, Optional.of(Theme.LIGHT))));
        assertEquals(dark, NetworkDiagram.svg(n, Optional.of(Theme.DARK)), "same network, same bytes");
    }

    /** Estimated widths against those of the fonts that are here. */
    @Test
    void textFitsIntoItsBoxInABrowser() throws Exception {
        Browser browser = Browser.in(folder);
        String script = """
                <script>let n = 0;
                for (const t of document.querySelectorAll('svg .layer text, svg .block > text')) {
                  const b = t.closest('g').querySelector('rect').getBBox(), a = t.getBBox();
                  if (a.x < b.x || a.x + a.width > b.x + b.width) document.body.dataset.wide = t.textContent; n++; }
                for (const g of document.querySelectorAll('svg .layer')) { const t = g.querySelectorAll('text');
                  for (let i = 0; i < t.length; i++) for (let j = 0; j < i; j++) { const a = t[i].getBBox(), b = t[j].getBBox();
                    if (a.y === b.y && a.x < b.x + b.width && b.x < a.x + a.width) document.body.dataset.wide = g.textContent; } }
                document.body.dataset.texts = n;</script>
                """;
        StringBuilder page = new StringBuilder("<!doctype html><meta charset=utf-8><body>");
        for (String name : List.of("mobilenet_v2", "resnet50")) page.append(svg(Architectures.named(name)));
        Path file = Files.writeString(folder.resolve("page.html"), page + script);
        String dom = browser.shown(file.toUri().toString());
        assertFalse(
                dom.contains("data-wide="),
                () -> dom.substring(dom.indexOf("data-wide="), dom.indexOf("data-wide=") + 200));
        assertTrue(dom.matches("(?s).*data-texts=\"[1-9][0-9]{2}\".*"), "texts were measured");
    }
}
