package voluta.explain.diagram;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import voluta.explain.Theme;
import voluta.explain.diagram.LayerText.Family;

/** The style sheet of a drawing. Families have the colours of Okabe and Ito, and the words of the box say the same. */
final class DiagramStyle {
    private static final String LIGHT =
            "--page:#fff;--text:#1a1a1a;--small:#555;--line:#777;--box:#fff;--rim:#b8bcc2;--frame:#f3f4f6;--arc:#b34a00";
    private static final String DARK =
            "--page:#16181c;--text:#f0f0f0;--small:#b4b8be;--line:#8d939b;--box:#23262c;--rim:#4a4f58;--frame:#1c1f24;"
                    + "--arc:#ff9c4a";

    private static final Map<Family, String> COLOURS = new TreeMap<>(Map.of(
            Family.CONVOLUTION, "#0072b2",
            Family.LINEAR, "#cc79a7",
            Family.POOLING, "#009e73",
            Family.NORMALIZATION, "#e69f00",
            Family.ACTIVATION, "#f0e442",
            Family.JOIN, "#d55e00",
            Family.SHAPE, "#56b4e9",
            Family.ENDS, "#8a8f96"));

    private static final String RULES = """
            text{font-family:'Helvetica Neue',Arial,'Liberation Sans','DejaVu Sans',sans-serif;fill:var(--text)}
            .title{font-size:22px;font-weight:bold}.what{font-size:13px;font-weight:bold}
            .more{font-size:11px}.small{font-size:11px;fill:var(--small)}.right{text-anchor:end}
            .page{fill:var(--page)}.box{fill:var(--box);stroke:var(--rim)}.frame{fill:var(--frame);stroke:var(--rim)}
            .edge{fill:none;stroke:var(--line);stroke-width:1.4}.arc{stroke:var(--arc);stroke-width:2}
            .head{fill:var(--line)}
            """;

    private DiagramStyle() {}

    static String sheet(Optional<Theme> theme) {
        String variables = theme.map(t -> "svg{" + (t == Theme.DARK ? DARK : LIGHT) + "}")
                .orElse("svg{" + LIGHT + "}@media(prefers-color-scheme:dark){svg{" + DARK + "}}");
        String families = COLOURS.entrySet().stream()
                .map(e -> "." + e.getKey().word() + " .strip,.key." + e.getKey().word() + "{fill:" + e.getValue() + "}")
                .collect(Collectors.joining());
        return variables + "\n" + RULES + families;
    }
}
