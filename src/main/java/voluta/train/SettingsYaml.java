package voluta.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
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

/** A flat YAML file of options: names and words, numbers or lists of them. */
final class SettingsYaml {
    private static final int LONGEST_FILE = 1 << 20;

    private SettingsYaml() {}

    /**
     * An option as it was written.
     *
     * @param text null where YAML has null
     * @param at for instance {@code args.yaml:7}
     */
    record Entry(String text, String at) {}

    static Map<String, Entry> read(Path file) {
        try {
            if (Files.size(file) > LONGEST_FILE) {
                throw new TrainingException(file + " has " + Files.size(file)
                        + " bytes, which is no file of options; give the args.yaml of a run");
            }
            return parse(Files.readString(file), file.toString());
        } catch (NoSuchFileException e) {
            throw new TrainingException("the file of options " + file + " does not exist; check the path", e);
        } catch (IOException e) {
            throw new TrainingException(
                    "the file of options " + file + " cannot be read (" + e.getMessage()
                            + "); it must be text in UTF-8",
                    e);
        }
    }

    static Map<String, Entry> parse(String text, String file) {
        LoadSettings settings = LoadSettings.builder()
                .setLabel(file)
                .setSchema(new CoreSchema())
                .setMaxAliasesForCollections(0)
                .build();
        Map<String, Entry> entries = new LinkedHashMap<>();
        Optional<Node> root;
        try {
            root = new Compose(settings).composeString(text);
        } catch (MarkedYamlEngineException e) {
            String at = place(file, e.getProblemMark().or(e::getContextMark));
            throw new TrainingException(at, "this is not YAML: " + e.getProblem(), e);
        } catch (YamlEngineException e) {
            throw new TrainingException(file, "this is not YAML: " + e.getMessage(), e);
        }
        if (root.isEmpty()) return entries;
        if (!(root.get() instanceof MappingNode mapping)) {
            throw new TrainingException(file, "a file of options has lines such as 'epochs: 5'", null);
        }
        for (NodeTuple t : mapping.getValue()) {
            String at = place(file, t.getKeyNode().getStartMark());
            String name = ((ScalarNode) t.getKeyNode()).getValue().replace('_', '-');
            if (entries.put(name, new Entry(value(t.getValueNode(), name, at), at)) != null) {
                throw new TrainingException(at, name + " is given twice; remove one of them", null);
            }
        }
        return entries;
    }

    private static String value(Node node, String name, String at) {
        if (name.equals(LayerGroups.OPTION) && !(node instanceof ScalarNode)) return groups(node, at);
        if (node instanceof ScalarNode s) return s.getTag().equals(Tag.NULL) ? null : s.getValue();
        if (node instanceof SequenceNode s && s.getValue().stream().allMatch(ScalarNode.class::isInstance)) {
            List<Node> items = s.getValue();
            return items.stream().map(n -> ((ScalarNode) n).getValue()).collect(Collectors.joining(","));
        }
        throw new TrainingException(at, name + " expects a word, a number or a list of them", null);
    }

    /** Groups of layers as a list of texts, or as a map from layers to their settings. */
    private static String groups(Node node, String at) {
        if (node instanceof SequenceNode s)
            return s.getValue().stream().map(n -> groups(n, at)).collect(Collectors.joining("; "));
        if (node instanceof MappingNode m)
            return m.getValue().stream()
                    .map(t -> word(t.getKeyNode(), at) + ":" + settings(t.getValueNode(), at))
                    .collect(Collectors.joining("; "));
        return word(node, at);
    }

    private static String settings(Node node, String at) {
        if (!(node instanceof MappingNode m)) return word(node, at);
        return m.getValue().stream()
                .map(t -> word(t.getKeyNode(), at) + "=" + word(t.getValueNode(), at))
                .collect(Collectors.joining(","));
    }

    private static String word(Node node, String at) {
        if (node instanceof ScalarNode s) return s.getValue();
        throw new TrainingException(
                at,
                LayerGroups.OPTION + " expects a text such as 'conv1:lr=0.1', a list of them, or a map such as"
                        + " {conv1: {lr: 0.1}}",
                null);
    }

    private static String place(String file, Optional<Mark> mark) {
        return mark.map(m -> file + ":" + (m.getLine() + 1)).orElse(file);
    }

    /** A value as it stands in a file: texts in quotes where YAML could take them for something else. */
    static String scalar(String text, Object value) {
        if (text == null) return "null";
        if (value instanceof Number || value instanceof Boolean || value instanceof BatchSize) return text;
        if (text.matches("[A-Za-z_./][A-Za-z0-9_./=:+-]*") && !text.endsWith(":") && !isWordOfYaml(text)) return text;
        return "'" + text.replace("'", "''") + "'";
    }

    private static boolean isWordOfYaml(String text) {
        return text.matches("(?i)true|false|null|\\.inf|\\.nan|\\+?\\.inf") || text.matches("[.+-]?[0-9.].*");
    }
}
