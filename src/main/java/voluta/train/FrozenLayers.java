package voluta.train;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/**
 * Which layers are not trained, from names and patterns with commas between: {@code conv1} is that layer and all that is in
 * it, and {@code *} stands for any characters.
 */
final class FrozenLayers implements Predicate<String> {
    private final List<String> given;
    private final List<Pattern> patterns = new ArrayList<>();

    FrozenLayers(String text) {
        given = Arrays.stream(text.split(",", -1)).map(String::strip).toList();
        for (String name : given) {
            if (name.isEmpty()) {
                throw new TrainingException(
                        "freeze is '" + text + "'; use names of layers with commas between, such as conv1,layer1/*");
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
            List<String> layers = parameters.stream()
                    .map(n -> n.substring(0, Math.max(0, n.lastIndexOf('.'))))
                    .distinct()
                    .toList();
            throw new TrainingException(
                    "freeze names " + given.get(i) + ", but no layer of that name has weights; there are " + layers);
        }
    }
}
