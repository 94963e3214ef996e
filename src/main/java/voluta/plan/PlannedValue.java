package voluta.plan;

import voluta.backend.Layout;
import voluta.graph.Value;

/**
 * A value's storage.
 *
 * @param value the graph's value
 * @param layout how it lies
 * @param placement where it lies
 * @param first index of the plan's step that writes it, -1 for sources
 * @param last index of the last step that reads it, the number of steps if it is kept
 */
public record PlannedValue(Value value, Layout layout, Placement placement, int first, int last) {}
