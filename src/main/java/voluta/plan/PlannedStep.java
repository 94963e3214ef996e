package voluta.plan;

import java.util.List;
import voluta.backend.PreparedKernel;
import voluta.graph.Node;

/**
 * One kernel of the plan with the places of its arguments.
 *
 * @param path the node's path, or the value's name for a reorder
 * @param node null for a reorder
 * @param inputs null for an input that the kernel does not read
 * @param context null if the op saves none
 * @param scratch null if the kernel needs none
 */
public record PlannedStep(
        String path,
        Node node,
        PreparedKernel kernel,
        List<Placement> inputs,
        List<Placement> outputs,
        Placement context,
        Placement scratch) {
    /** The op's name, or {@code Reorder}. */
    public String kind() {
        return node == null ? "Reorder" : node.op().name();
    }
}
