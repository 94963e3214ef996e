package voluta.backend;

import java.util.List;
import voluta.graph.Node;

/**
 * One kernel bound to memory.
 *
 * @param path the node's path, or for a reorder the value's name, for messages and profiles
 * @param node the node; null for a reorder
 * @param kernel what runs
 * @param inputs a slice per input, null for inputs that the kernel does not read
 * @param outputs a slice per output
 * @param context what the forward kernel leaves for its backward kernels; null if nothing
 * @param scratch dies with the step; null if none is needed
 */
public record Step(
        String path,
        Node node,
        PreparedKernel kernel,
        List<Slice> inputs,
        List<Slice> outputs,
        Slice context,
        Slice scratch) {}
