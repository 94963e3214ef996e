package voluta.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.graph.Graph;
import voluta.nn.Initialization;
import voluta.nn.Mode;
import voluta.nn.NamedFilters;

/** What docs/models.md shows is what is understood. */
class DocumentationTest {
    private static final Path PAGE = Path.of("docs/models.md");

    static List<String> examples() throws IOException {
        List<String> found = new ArrayList<>();
        Matcher m = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL).matcher(Files.readString(PAGE));
        while (m.find()) found.add(m.group(1));
        return found;
    }

    @ParameterizedTest
    @MethodSource("examples")
    void everyExampleReadsBuildsAndReadsBack(String yaml) {
        NetworkDescription d = NetworkDescription.parse(yaml, "example.yaml");
        assertEquals(d, NetworkDescription.parse(d.yaml(), "written.yaml"), d.yaml());
        for (Mode mode : Mode.values()) {
            Graph g = Network.of(d).withFloats().forward(mode, 2);
            assertTrue(!g.nodes().isEmpty());
        }
    }

    @Test
    void everyLayerHasAnExampleAndEveryAttributeIsNamed() throws IOException {
        Set<String> shown = new LinkedHashSet<>();
        for (String yaml : examples())
            collect(NetworkDescription.parse(yaml, "example.yaml").layers(), shown);
        assertEquals(LayerKinds.all().keySet(), new LinkedHashSet<>(sortedLikeTable(shown)));
        String page = Files.readString(PAGE);
        for (LayerKind kind : LayerKinds.all().values()) {
            for (String attribute : kind.attributes().keySet()) {
                assertTrue(
                        page.contains("`" + attribute + "`") || page.contains("`" + attribute + ":"),
                        kind.word() + "." + attribute);
            }
        }
        for (String word : Initialization.Scheme.words()) {
            assertTrue(page.contains("`" + word + "`") || page.contains("`{" + word + ":"), word);
        }
        for (String word : NamedFilters.all().keySet()) assertTrue(page.contains("`" + word + "`"), word);
        for (String word : Architectures.names()) assertTrue(page.contains("`" + word + "`"), word);
    }

    private static List<String> sortedLikeTable(Set<String> words) {
        return LayerKinds.words().stream().filter(words::contains).toList();
    }

    private static void collect(List<LayerDescription> layers, Set<String> words) {
        for (LayerDescription d : layers) {
            words.add(d.kind());
            d.attributes().forEach((name, v) -> {
                if (LayerDescription.isLayers(v)) collect(d.layers(name), words);
            });
        }
    }
}
