package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
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
        int[] places = IntStream.range(0, op.states()).toArray();
        CudaKernel.Builder k = describe(c, op, p, kernel);
        return k.bind(x -> launch(x, op, kernel, places, List.of(x.input(op.step())), constants));
    }

    /**
     * Prepares a step whose kernel does not take the step's number.
     *
     * @param places where the kernel looks for each kind of state
     */
    static CudaKernel timeless(
            CudaContext c, OptimizerStep op, Preparation p, String kernel, int[] places, Object... constants) {
        CudaKernel.Builder k = describe(c, op, p, kernel).ignores(op.step());
        return k.bind(x -> launch(x, op, kernel, places, List.of(), constants));
    }

    private static CudaKernel.Builder describe(CudaContext c, OptimizerStep op, Preparation p, String kernel) {
        CudaKernel.Builder k = CudaKernel.of(p.node(), kernel);
        for (int i = 0; i < op.count(); i++) {
            Layout l = SegmentTable.layout(p, op.parameter(i));
            k.input(op.parameter(i), l).input(op.gradient(i), l).output(i, l);
            for (int s = 0; s < op.states(); s++) k.input(op.state(s, i), l).output(op.newState(s, i), l);
        }
        c.kernels.function(kernel);
        return k;
    }

    private static void launch(
            Binding x, OptimizerStep op, String kernel, int[] places, List<Object> step, Object... constants) {
        SegmentTable table = SegmentTable.of(x, lists(op, places));
        List<Object> arguments =
                new ArrayList<>(List.of(table.address(), table.segments(), x.input(op.learningRate())));
        arguments.addAll(step);
        arguments.add(x.input(op.guard()));
        arguments.addAll(List.of(constants));
        x.launch(kernel, table.grid(), arguments.toArray());
    }

    /** Parameters, gradients, then each kind of state in its place. */
    private static int[][] lists(OptimizerStep op, int[] places) {
        int[][] lists = new int[SegmentTable.LISTS][];
        lists[0] = SegmentTable.inputs(op.parameter(0), op.count());
        lists[1] = SegmentTable.inputs(op.gradient(0), op.count());
        for (int s = 0; s < op.states(); s++) lists[2 + places[s]] = SegmentTable.inputs(op.state(s, 0), op.count());
        return lists;
    }
}
