package voluta.plan;

import java.util.Map;
import voluta.backend.Layout;
import voluta.backend.Precision;

/**
 * How a graph is planned.
 *
 * @param precision how activations are stored
 * @param reuse whether values whose lifetimes do not overlap share memory, and kernels may work in place
 * @param shared parameters and state that the session already holds, by name, with their layouts
 */
public record PlanOptions(Precision precision, boolean reuse, Map<String, Layout> shared) {
    /** Reuse on, nothing shared. */
    public static PlanOptions of(Precision precision) {
        return new PlanOptions(precision, true, Map.of());
    }
}
