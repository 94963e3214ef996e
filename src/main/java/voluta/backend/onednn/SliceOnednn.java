package voluta.backend.onednn;

import java.util.Collections;
import java.util.List;
import voluta.backend.Preparation;
import voluta.op.Slice;
import voluta.tensor.TensorType;

/** A box copied out of a value in the layout that comes; its gradient is copied back among zeros. */
final class SliceOnednn {
    private SliceOnednn() {}

    static void register(OnednnTable table) {
        table.add(Slice.class, SliceOnednn::forward);
        table.add(Slice.Backward.class, SliceOnednn::backward);
    }

    private static OnednnKernel forward(OnednnContext c, Slice op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        return new Boxes(c, x, op.begin(), y, zeros(x.rank()), y.shape().dims())
                .kernel(p.node(), c.offeredOr(p, 0), false);
    }

    private static OnednnKernel backward(OnednnContext c, Slice.Backward op, Preparation p) {
        TensorType dy = p.node().input(0).type(), dx = p.node().output().type();
        return new Boxes(
                        c,
                        dy,
                        zeros(dy.rank()),
                        dx,
                        op.forward().begin(),
                        dy.shape().dims())
                .kernel(p.node(), c.offeredOr(p, 0), true);
    }

    private static List<Integer> zeros(int rank) {
        return Collections.nCopies(rank, 0);
    }
}
