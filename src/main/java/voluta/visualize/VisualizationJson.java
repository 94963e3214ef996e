package voluta.visualize;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.util.List;
import java.util.stream.IntStream;
import voluta.explain.ContactSheet;
import voluta.explain.Theme;
import voluta.report.Png;
import voluta.tensor.Shape;
import voluta.train.Prediction;

/** A visualization as the JSON that the page shows. Maps are grey pictures whose shades the page turns into colours. */
final class VisualizationJson {
    private static final int COLUMNS = 8;

    private final Visualization seen;

    VisualizationJson(Visualization seen) {
        this.seen = seen;
    }

    ObjectNode make() {
        ObjectNode all = JsonNodeFactory.instance.objectNode();
        all.put("network", seen.network()).put("name", seen.name());
        ObjectNode picture = all.putObject("picture");
        picture.put("height", seen.picture().shape().height());
        picture.put("width", seen.picture().shape().width());
        picture.put("uri", Png.uri(ContactSheet.buffered(seen.picture())));
        ArrayNode guesses = all.putArray("guesses");
        for (Prediction.Guess g : Sheets.top(seen.prediction())) {
            guesses.addObject()
                    .put("class", g.className())
                    .put("label", g.label())
                    .put("probability", g.probability());
        }
        all.putObject("target")
                .put("class", seen.target().className())
                .put("label", seen.target().label())
                .put("probability", seen.target().probability());
        ObjectNode colours = all.putObject("colours");
        colours.put("sequential", ColourMap.sequential().hex());
        colours.put("light", ColourMap.diverging(Theme.LIGHT).hex());
        colours.put("dark", ColourMap.diverging(Theme.DARK).hex());
        ArrayNode overlays = all.putArray("overlays");
        for (Visualization.Overlay o : seen.overlays()) overlay(overlays.addObject(), o);
        // Compressing pictures is most of the work; layers do not depend on each other.
        List<ObjectNode> layers =
                seen.layers().parallelStream().map(this::layer).toList();
        all.putArray("layers").addAll(layers);
        seen.field().ifPresent(f -> field(all.putObject("field"), f));
        seen.skipped().ifPresent(s -> all.put("skipped", s));
        return all;
    }

    private static void overlay(ObjectNode to, Visualization.Overlay o) {
        to.put("id", o.id()).put("title", o.title()).put("about", o.about()).put("smooth", o.smooth());
        heat(to, o.heat());
    }

    private static void heat(ObjectNode to, Heat h) {
        to.put("greatest", rounded(Math.max(0, h.greatest())));
        to.put("height", h.height())
                .put("width", h.width())
                .put("uri", Overlays.levels(h).uri());
    }

    private ObjectNode layer(Visualization.Shown s) {
        Layer l = s.layer();
        ObjectNode to = JsonNodeFactory.instance.objectNode();
        to.put("path", l.path()).put("kind", l.kind()).put("size", l.size());
        to.put("channels", l.channels()).put("height", l.height()).put("width", l.width());
        to.put("sees", l.field().sizes());
        s.maps().ifPresent(m -> tiles(to.putObject("maps"), m));
        s.filters().ifPresent(f -> {
            Shape shape = l.filters().orElseThrow().shape();
            tiles(to.putObject("filters"), f)
                    .put("count", shape.size(0))
                    .put("size", shape.size(2) + " x " + shape.size(3) + " over " + shape.size(1));
        });
        s.cam().ifPresent(c -> heat(to.putObject("cam"), c));
        ArrayNode excited = to.putArray("excited");
        for (Visualization.Excited e : s.excited()) {
            excited.addObject()
                    .put("filter", e.filter())
                    .put("before", rounded(e.before()))
                    .put("after", rounded(e.after()))
                    .put("uri", Png.uri(Sheets.picture(e.picture())));
        }
        return to;
    }

    private static ObjectNode tiles(ObjectNode to, Tiles t) {
        ArrayNode names = to.putArray("names");
        t.names().forEach(names::add);
        int columns = Math.min(COLUMNS, t.count());
        to.put("columns", columns).put("signed", t.signed()).put("most", rounded(t.most()));
        to.put("scale", t.scale()).put("coloured", !t.colours().isEmpty());
        t.channelText().ifPresent(c -> to.put("channels", c));
        if (t.colours().isEmpty()) {
            Levels first = t.levels().get(0);
            to.put("height", first.height()).put("width", first.width());
            to.put("uri", Levels.grid(t.levels(), columns, 0).uri());
        } else {
            BufferedImage first = t.colours().get(0);
            to.put("height", first.getHeight()).put("width", first.getWidth());
            to.put("uri", Png.uri(grid(t.colours(), columns)));
        }
        return to;
    }

    private static BufferedImage grid(List<BufferedImage> tiles, int columns) {
        int w = tiles.get(0).getWidth(), h = tiles.get(0).getHeight(), rows = (tiles.size() + columns - 1) / columns;
        BufferedImage all = new BufferedImage(columns * w, rows * h, BufferedImage.TYPE_INT_RGB);
        Graphics2D g = all.createGraphics();
        IntStream.range(0, tiles.size())
                .forEach(i -> g.drawImage(tiles.get(i), i % columns * w, i / columns * h, null));
        g.dispose();
        return all;
    }

    private static void field(ObjectNode to, Visualization.Field f) {
        double[] s = f.unit().sees();
        to.put("unit", f.unit().toString()).put("value", rounded(f.value()));
        to.put("size", f.unit().layer().field().sizes()).put("about", Sheets.region(f.unit()));
        to.putArray("rows").add(s[0]).add(s[1]);
        to.putArray("columns").add(s[2]).add(s[3]);
        heat(to.putObject("gradient"), f.gradient());
    }

    /** Seven digits: more than any picture shows. */
    private static float rounded(double v) {
        return (float) v;
    }
}
