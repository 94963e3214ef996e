package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.OptimizerStep;

/** What all optimizer steps share: one launch over all parameters, whatever layout each of them lies in. */
final class OptimizerSteps {
    private OptimizerSteps() {}

    /**
     * Prepares a step.
     *
     * @param constants what the kernel takes behind table, count, learning rate, step and guard
     */
    static CudaKernel prepare(CudaContext c, OptimizerStep op, Preparation p, String kernel, Object... constants) {
        CudaKernel.Builder k = CudaKernel.of(p.node(), kernel);
        for (int i = 0; i < op.count(); i++) {
            Layout l = SegmentTable.layout(p, op.parameter(i));
            k.input(op.parameter(i), l).input(op.gradient(i), l).output(i, l);
            for (int s = 0; s < op.states(); s++) k.input(op.state(s, i), l).output(op.newState(s, i), l);
        }
        c.kernels.function(kernel);
        return k.bind(x -> {
            SegmentTable table = SegmentTable.of(x, lists(op));
            List<Object> arguments = new ArrayList<>(List.of(
                    table.address(),
                    table.segments(),
                    x.input(op.learningRate()),
                    x.input(op.step()),
                    x.input(op.guard())));
            arguments.addAll(List.of(constants));
            x.launch(kernel, table.grid(), arguments.toArray());
        });
    }

    /** Parameters, gradients, then each kind of state. */
    private static int[][] lists(OptimizerStep op) {
        int[][] lists = new int[2 + op.states()][];
        lists[0] = SegmentTable.inputs(op.parameter(0), op.count());
        lists[1] = SegmentTable.inputs(op.gradient(0), op.count());
        for (int s = 0; s < op.states(); s++) lists[2 + s] = SegmentTable.inputs(op.state(s, 0), op.count());
        return lists;
    }
}
