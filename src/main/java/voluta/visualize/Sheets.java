package voluta.visualize;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import voluta.explain.ContactSheet;
import voluta.explain.Theme;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.train.Prediction;

/** The sheets of a visualization. */
final class Sheets {
    private static final int PICTURE = 300;
    private static final int TILE = 104;
    private static final int TILES_ACROSS = 8;
    private static final int TOP = 5;
    private static final int LETTERS = 44;

    private final Visualization seen;
    private final Theme theme;

    Sheets(Visualization seen, Theme theme) {
        this.seen = seen;
        this.theme = theme;
    }

    /** The picture and every map over it. */
    BufferedImage attention() {
        BufferedImage picture = Overlays.enlarged(ContactSheet.buffered(seen.picture()), PICTURE);
        List<PanelSheet.Panel> panels = new ArrayList<>();
        List<String> guesses = new ArrayList<>();
        for (Prediction.Guess g : top(seen.prediction())) {
            guesses.add(String.format(Locale.ROOT, "%5.1f %%  %s", 100 * g.probability(), g.className()));
        }
        panels.add(new PanelSheet.Panel("picture", guesses, picture, false));
        for (Visualization.Overlay o : seen.overlays()) {
            String most = String.format(
                    Locale.ROOT, "from 0 to %.3g", Math.max(0, o.heat().greatest()));
            List<String> lines = new ArrayList<>(wrapped(o.about()));
            lines.add(most);
            panels.add(new PanelSheet.Panel(o.title(), lines, Overlays.over(picture, o), false));
        }
        String heading = "What speaks for " + seen.target().className() + " in " + seen.name();
        PanelSheet.Scale scale = new PanelSheet.Scale(ColourMap.sequential(), "0", "greatest value");
        return new PanelSheet(theme, 3, PICTURE).draw(heading, seen.network(), panels, Optional.of(scale));
    }

    /** Lines that fit below a picture. */
    private static List<String> wrapped(String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.split(" ")) {
            if (line.length() + word.length() >= LETTERS) {
                lines.add(line.toString().strip());
                line.setLength(0);
            }
            line.append(word).append(' ');
        }
        lines.add(line.toString().strip());
        return lines;
    }

    static List<Prediction.Guess> top(Prediction p) {
        return p.guesses().subList(0, Math.min(TOP, p.guesses().size()));
    }

    /** The filters of a convolution. */
    BufferedImage filters(Layer layer, Tiles tiles) {
        int all = layer.filters().orElseThrow().shape().size(0);
        String heading = "Filters of " + layer.path() + part(tiles, all, "largest");
        Shape s = layer.filters().orElseThrow().shape();
        String size =
                s.size(2) + " x " + s.size(3) + " over " + s.size(1) + (s.size(1) == 1 ? " channel" : " channels");
        String settings = size + "; " + tiles.channelText().orElse(tiles.scale());
        return tiled(heading, settings, tiles, "filter ");
    }

    /** The maps of a layer. */
    BufferedImage maps(Layer layer, Tiles tiles) {
        String heading = "Maps of " + layer.path() + part(tiles, layer.channels(), "most active");
        return tiled(
                heading,
                layer.kind() + ", " + layer.size() + "; sees " + layer.field().sizes(),
                tiles,
                "channel ");
    }

    private static String part(Tiles tiles, int all, String which) {
        return tiles.count() == all ? "" : ": the " + tiles.count() + " " + which + " of " + all;
    }

    private BufferedImage tiled(String heading, String settings, Tiles tiles, String word) {
        List<PanelSheet.Panel> panels = new ArrayList<>();
        for (int i = 0; i < tiles.count(); i++) {
            panels.add(new PanelSheet.Panel("", List.of(word + tiles.names().get(i)), tiles.picture(i, theme), false));
        }
        return new PanelSheet(theme, TILES_ACROSS, TILE).draw(heading, settings, panels, scale(tiles));
    }

    private Optional<PanelSheet.Scale> scale(Tiles t) {
        if (!t.colours().isEmpty()) return Optional.empty();
        String most = String.format(Locale.ROOT, "%.3g", t.most());
        return Optional.of(
                t.signed()
                        ? new PanelSheet.Scale(ColourMap.diverging(theme), "-" + most, most)
                        : new PanelSheet.Scale(ColourMap.sequential(), "0", most));
    }

    /** Inputs that most excite filters, of all layers that have some. */
    BufferedImage excited() {
        List<PanelSheet.Panel> panels = new ArrayList<>();
        for (Visualization.Shown s : seen.layers()) {
            for (Visualization.Excited e : s.excited()) {
                String response = String.format(Locale.ROOT, "%.3g; for grey noise %.3g", e.after(), e.before());
                panels.add(new PanelSheet.Panel(
                        s.layer().path() + ", filter " + e.filter(), List.of(response), picture(e.picture()), false));
            }
        }
        String settings =
                Excitation.STEPS + " steps of gradient ascent from grey noise, with blur, jitter and weight decay";
        return new PanelSheet(theme, 4, 200).draw("Inputs that excite filters", settings, panels, Optional.empty());
    }

    /** [C,H,W] from 0 to 1 as a picture. */
    static BufferedImage picture(HostTensor t) {
        int channels = t.shape().size(0), h = t.shape().size(1), w = t.shape().size(2);
        BufferedImage b = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < h * w; i++) {
            int rgb = 0;
            for (int c = 0; c < 3; c++) {
                double v = t.get((long) (channels == 3 ? c : 0) * h * w + i);
                rgb = rgb << 8 | (int) Math.round(255 * v);
            }
            b.setRGB(i % w, i / w, rgb);
        }
        return b;
    }

    /** The picture with what a unit sees, and what of it matters. */
    BufferedImage field(Visualization.Field f) {
        BufferedImage picture = Overlays.enlarged(ContactSheet.buffered(seen.picture()), PICTURE);
        int h = seen.picture().shape().height(), w = seen.picture().shape().width();
        Visualization.Overlay gradient = new Visualization.Overlay("field", "", "", f.gradient(), false);
        List<PanelSheet.Panel> panels = List.of(
                new PanelSheet.Panel(
                        "receptive field",
                        List.of("sees " + f.unit().layer().field().sizes() + " pixels", region(f.unit())),
                        Overlays.framed(picture, h, w, f.unit()),
                        false),
                new PanelSheet.Panel(
                        "what counts in it",
                        List.of(
                                "how much each pixel changes the unit",
                                String.format(
                                        Locale.ROOT,
                                        "from 0 to %.3g",
                                        f.gradient().greatest())),
                        Overlays.framed(Overlays.over(picture, gradient), h, w, f.unit()),
                        false));
        String settings =
                String.format(Locale.ROOT, "%s; its value for %s is %.4g", seen.network(), seen.name(), f.value());
        return new PanelSheet(theme, 2, PICTURE)
                .draw("What unit " + f.unit() + " sees", settings, panels, Optional.empty());
    }

    static String region(Unit u) {
        double[] s = u.sees();
        return String.format(Locale.ROOT, "rows %.0f to %.0f, columns %.0f to %.0f", s[0], s[1], s[2], s[3]);
    }
}
