package voluta.plan;

import java.util.ArrayList;
import java.util.List;
import voluta.backend.PreparedKernel;
import voluta.graph.Node;

/** A step while it is being planned. */
final class Draft {
    final String path;
    final Node node;
    final PreparedKernel kernel;
    final Buffer[] inputs;
    final Buffer[] outputs;
    /** Reorders that must come right before. */
    final List<Draft> before = new ArrayList<>();

    Buffer context;
    Buffer scratch;
    boolean prologue;

    Draft(String path, Node node, PreparedKernel kernel, int inputs, int outputs) {
        this.path = path;
        this.node = node;
        this.kernel = kernel;
        this.inputs = new Buffer[inputs];
        this.outputs = new Buffer[outputs];
        if (kernel.scratchBytes() > 0) scratch = new Buffer(path + " scratch", kernel.scratchBytes());
    }

    /** Whether the step only gives another name to bytes that are there. */
    boolean view() {
        return kernel.views(0).isPresent();
    }
}
