package voluta.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.nodes.SequenceNode;
import org.snakeyaml.engine.v2.nodes.Tag;
import org.snakeyaml.engine.v2.schema.CoreSchema;

/** YAML 1.2 to located values. Only plain data: no anchors, no tags, no duplicate keys, limited depth. */
final class YamlReader {
    private static final int MAX_DEPTH = 100;
    private static final int MAX_CHARACTERS = 4 << 20;
    private static final Set<String> BOOLEAN = Set.of("true", "false");

    private final String file;

    private YamlReader(String file) {
        this.file = file;
    }

    /**
     * Reads one document.
     *
     * @param file how the text is called in messages
     */
    static Located read(String text, String file) {
        if (text.length() > MAX_CHARACTERS) {
            throw new ModelException(
                    file, "a description has at most " + MAX_CHARACTERS + " characters, got " + text.length());
        }
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setUseMarks(true)
                .setSchema(new CoreSchema())
                .setAllowNonScalarKeys(true) // Refused below, with their place.
                .setCodePointLimit(MAX_CHARACTERS)
                .build();
        YamlReader reader = new YamlReader(file);
        Optional<Node> root;
        try {
            root = new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException e) {
            Optional<Mark> mark = e.getProblemMark().or(e::getContextMark);
            throw new ModelException(reader.at(mark), "not valid YAML: " + e.getProblem());
        } catch (YamlEngineException e) {
            throw new ModelException(file, "not valid YAML: " + e.getMessage());
        } catch (StackOverflowError e) {
            // The parser recurses per level; only a hostile text is so deep that the limit below is not reached.
            throw new ModelException(file, "nested too deeply; at most " + MAX_DEPTH + " levels");
        }
        if (root.isEmpty()) throw new ModelException(file, "the file is empty");
        return reader.convert(root.get(), 0);
    }

    private String at(Optional<Mark> mark) {
        return mark.map(m -> file + ":" + (m.getLine() + 1)).orElse(file);
    }

    private Located convert(Node node, int depth) {
        String at = at(node.getStartMark());
        if (depth > MAX_DEPTH) throw new ModelException(at, "nested too deeply; at most " + MAX_DEPTH + " levels");
        if (node.getAnchor().isPresent()) {
            throw new ModelException(
                    at, "anchors and aliases are not supported; write the layers out, or repeat a block with repeat");
        }
        if (node instanceof ScalarNode s) return new Located(scalar(s, at), at);
        if (node instanceof SequenceNode s) {
            List<Located> items = new ArrayList<>();
            for (Node n : s.getValue()) items.add(convert(n, depth + 1));
            return new Located(items, at);
        }
        Map<String, Located> entries = new LinkedHashMap<>();
        for (NodeTuple t : ((MappingNode) node).getValue()) {
            String keyAt = at(t.getKeyNode().getStartMark());
            if (!(t.getKeyNode() instanceof ScalarNode key)) {
                throw new ModelException(keyAt, "a key must be a word");
            }
            Located value = convert(t.getValueNode(), depth + 1);
            // A value is where its key is: that is where one looks for it.
            if (entries.put(key.getValue(), new Located(value.value(), keyAt)) != null) {
                throw new ModelException(keyAt, "the key " + key.getValue() + " is given twice; remove one of them");
            }
        }
        return new Located(entries, at);
    }

    private static Object scalar(ScalarNode s, String at) {
        Tag tag = s.getTag();
        String text = s.getValue();
        try {
            if (tag.equals(Tag.STR)) return text;
            if (tag.equals(Tag.NULL)) return null;
            if (tag.equals(Tag.BOOL) && BOOLEAN.contains(text.toLowerCase(Locale.ROOT)))
                return Boolean.parseBoolean(text);
            if (tag.equals(Tag.INT)) {
                return text.startsWith("0o") ? Long.valueOf(text.substring(2), 8) : Long.decode(decimal(text));
            }
            if (tag.equals(Tag.FLOAT))
                return Double.valueOf(text.toLowerCase(Locale.ROOT)
                        .replace(".inf", "Infinity")
                        .replace(".nan", "NaN"));
        } catch (NumberFormatException e) {
            String shown = text.length() > 40 ? text.substring(0, 40) + "..." : text;
            throw new ModelException(at, "the number " + shown + " is too large or not a number");
        }
        throw new ModelException(at, "the tag " + tag + " is not supported for " + text + "; remove it");
    }

    /** Leading zeros stay decimal, as YAML 1.2 has it. */
    private static String decimal(String text) {
        return text.startsWith("0x") ? text : text.replaceFirst("^([+-]?)0+(?=\\d)", "$1");
    }
}
