package voluta.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Some of the layers, from names and patterns with commas between: {@code conv1} is that layer and all that is in it, and
 * {@code *} stands for any characters.
 */
final class LayerPatterns implements Predicate<String> {
    private final String option;
    private final List<String> given;
    private final List<Pattern> patterns = new ArrayList<>();

    /** @param option the name of the option, for messages */
    LayerPatterns(String option, String text) {
        this.option = option;
        given = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        for (String name : given) {
            if (name.isEmpty()) {
                throw new TrainingException(
                        option + " is '" + text + "'; use names of layers with commas between, such as conv1,layer1/*");
            }
            // Layers within a block are named with a slash, the tensors of a layer with a dot.
            patterns.add(Pattern.compile(("\\Q" + name.replace("*", "\\E.*\\Q") + "\\E") + "(?:[./].*)?"));
        }
    }

    @Override
    public boolean test(String path) {
        return patterns.stream().anyMatch(p -> p.matcher(path).matches());
    }

    /** @throws TrainingException if a name is that of no layer with parameters */
    void check(Collection<String> parameters) {
        for (int i = 0; i < patterns.size(); i++) {
            Pattern p = patterns.get(i);
            if (parameters.stream().anyMatch(n -> p.matcher(n).matches())) continue;
            List<String> layers =
                    parameters.stream().map(LayerPatterns::layer).distinct().toList();
            throw new TrainingException(
                    option + " names " + given.get(i) + ", but no layer of that name has weights; there are " + layers);
        }
    }

    /** The layer that a parameter belongs to. */
    static String layer(String parameter) {
        return parameter.substring(0, Math.max(0, parameter.lastIndexOf('.')));
    }

    /** The names and patterns as they were given. */
    @Override
    public String toString() {
        return String.join(",", given);
    }
}
