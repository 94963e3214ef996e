package voluta.model;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/** Descriptions to YAML that reads back as an equal description. */
final class YamlWriter {
    /** Words that stand for themselves without quotes. */
    private static final Pattern PLAIN = Pattern.compile("[A-Za-z_][A-Za-z0-9_-]*");

    private static final Pattern RESERVED =
            Pattern.compile("(?i)true|false|null|yes|no|on|off|y|n"); // Older readers take the last six for booleans.

    private final StringBuilder out = new StringBuilder();

    private YamlWriter() {}

    static String write(NetworkDescription d) {
        YamlWriter w = new YamlWriter();
        w.out.append("name: ").append(flow(d.name())).append('\n');
        w.out.append("input: ").append(flow(d.input())).append('\n');
        if (d.classes() > 0) w.out.append("classes: ").append(d.classes()).append('\n');
        if (!"default".equals(d.initValue()))
            w.out.append("init: ").append(flow(d.initValue())).append('\n');
        w.out.append("layers:\n");
        w.layers(d.layers(), "  ");
        return w.out.toString();
    }

    private void layers(List<LayerDescription> layers, String indent) {
        for (LayerDescription d : layers) layer(d, indent);
    }

    private void layer(LayerDescription d, String indent) {
        Map<String, Object> a = d.attributes();
        out.append(indent).append("- ").append(d.kind());
        if (a.isEmpty()) {
            out.append('\n');
            return;
        }
        out.append(':');
        if (a.values().stream().anyMatch(LayerDescription::isLayers)) {
            out.append('\n');
            a.forEach((name, v) -> {
                out.append(indent).append("    ").append(name).append(':');
                if (LayerDescription.isLayers(v)) {
                    out.append('\n');
                    layers(d.layers(name), indent + "      ");
                } else {
                    out.append(' ').append(flow(v)).append('\n');
                }
            });
        } else if (a.size() == 1
                && a.containsKey(d.layerKind().primary())
                && !(a.values().toArray()[0] instanceof Map)) {
            out.append(' ').append(flow(a.values().iterator().next())).append('\n');
        } else {
            out.append(' ').append(flow(a)).append('\n');
        }
    }

    private static String flow(Object v) {
        if (v instanceof Map<?, ?> map) {
            return "{"
                    + String.join(
                            ", ",
                            map.entrySet().stream()
                                    .map(e -> e.getKey() + ": " + flow(e.getValue()))
                                    .toList())
                    + "}";
        }
        if (v instanceof List<?> list) {
            return "[" + String.join(", ", list.stream().map(YamlWriter::flow).toList()) + "]";
        }
        if (v instanceof String s)
            return PLAIN.matcher(s).matches() && !RESERVED.matcher(s).matches() ? s : quoted(s);
        return String.valueOf(v);
    }

    private static String quoted(String s) {
        StringBuilder q = new StringBuilder("\"");
        for (int i = 0; i < s.length(); i++) {
            char c = s.charAt(i);
            if (c == '"' || c == '\\') q.append('\\').append(c);
            else if (c < ' ' || c >= 0x7f) q.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            else q.append(c);
        }
        return q.append('"').toString();
    }
}
