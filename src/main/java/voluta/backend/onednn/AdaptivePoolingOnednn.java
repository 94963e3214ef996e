package voluta.backend.onednn;

import java.util.Arrays;
import java.util.Optional;
import voluta.backend.Preparation;
import voluta.op.AdaptivePooling;
import voluta.op.Pooling;
import voluta.tensor.Shape;

/** Pooling to a given size: oneDNN's pooling where all windows are of one size, otherwise {@link WindowLoops}. */
final class AdaptivePoolingOnednn {
    private AdaptivePoolingOnednn() {}

    static void register(OnednnTable table) {
        table.add(AdaptivePooling.class, AdaptivePoolingOnednn::forward);
        table.add(AdaptivePooling.Backward.class, (c, op, p) -> backward(c, op.forward(), p));
    }

    private static OnednnKernel forward(OnednnContext c, AdaptivePooling op, Preparation p) {
        Shape x = p.node().input(0).type().shape(), y = p.node().output().type().shape();
        Optional<Pooling> regular = op.regular(x);
        return regular.isPresent()
                ? PoolingOnednn.forward(c, regular.get(), p)
                : loops(op, x, y).forward(c, p.node());
    }

    private static OnednnKernel backward(OnednnContext c, AdaptivePooling op, Preparation p) {
        Shape x = p.node().input(0).type().shape(), y = p.node().input(2).type().shape();
        Optional<Pooling> regular = op.regular(x);
        return regular.isPresent()
                ? PoolingOnednn.backward(c, regular.get(), p)
                : loops(op, x, y).backward(c, p.node());
    }

    private static WindowLoops loops(AdaptivePooling op, Shape x, Shape y) {
        int n = op.output().size();
        int[][][] positions = new int[n][][];
        int[][] counted = new int[n][];
        for (int d = 0; d < n; d++) {
            positions[d] = op.positions(d, x.size(d + 2));
            counted[d] = Arrays.stream(positions[d]).mapToInt(w -> w.length).toArray();
        }
        return new WindowLoops(op.kind(), x, y, positions, counted);
    }
}
