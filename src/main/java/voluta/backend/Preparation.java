package voluta.backend;

import java.util.List;
import java.util.Optional;
import voluta.graph.Node;

/**
 * What a backend is told about one node.
 *
 * @param node the op with the types of its inputs and outputs
 * @param offered the layout in which each input lies now, or null where its storage is not decided yet (a parameter
 *     before its first use): the kernel then names the layout it likes best
 * @param forward for a backward node that reads context, the kernel that leaves it
 * @param precision how float activations are stored
 * @param training whether backward nodes follow, with which layouts should agree; otherwise weights stay as they are from
 *     run to run, and any layout of theirs costs nothing
 */
public record Preparation(
        Node node, List<Layout> offered, Optional<PreparedKernel> forward, Precision precision, boolean training) {}
