package voluta.conformance;

import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import voluta.conformance.Difference.Kind;

/**
 * What a comparison of two backends found.
 *
 * @param layers each layer with its largest differences over all steps, in the order of computation
 * @param steps the largest differences of each step
 * @param compared how many values were compared in a step
 * @param unmatched how many values one of the backends does not have, since it computes them as a part of others
 */
public record ParityReport(List<Row> layers, List<Row> steps, int compared, int unmatched) {
    /**
     * The largest difference of each kind in a layer or a step.
     *
     * @param name path of the layer, or number of the step counted from 1
     */
    public record Row(String name, Map<Kind, Difference> differences) {
        /** The largest in units of its tolerance. */
        Difference worst() {
            return differences.values().stream()
                    .max(Comparator.comparingDouble(Difference::excess))
                    .orElseThrow();
        }

        /** The difference of a kind, if there are values of it. */
        public Optional<Difference> of(Kind kind) {
            return Optional.ofNullable(differences.get(kind));
        }

        public boolean passed() {
            return differences.values().stream().allMatch(Difference::passed);
        }

        static Row of(String name) {
            return new Row(name, new EnumMap<>(Kind.class));
        }

        void add(Difference d) {
            differences.merge(d.kind(), d, (a, b) -> b.excess() > a.excess() ? b : a);
        }
    }

    /** The layer with the largest difference in units of its tolerance. */
    public Row worstLayer() {
        return layers.stream()
                .max(Comparator.comparingDouble(r -> r.worst().excess()))
                .orElseThrow();
    }

    /** The largest difference of all, in units of its tolerance. */
    public Difference worst() {
        return worstLayer().worst();
    }

    public boolean passed() {
        return layers.stream().allMatch(Row::passed);
    }
}
