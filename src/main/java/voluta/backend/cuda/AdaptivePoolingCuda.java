package voluta.backend.cuda;

import voluta.op.AdaptivePooling;

/** Pooling to a given size, and global pooling: the kernels of {@link PoolingCuda} with other windows. */
final class AdaptivePoolingCuda {
    private AdaptivePoolingCuda() {}

    static void register(CudaTable table) {
        table.add(
                AdaptivePooling.class,
                (c, op, p) -> PoolingCuda.forward(
                        c,
                        p,
                        PoolingWindows.of(
                                op,
                                PoolingCuda.shape(p, 0),
                                p.node().output().type().shape())));
        table.add(
                AdaptivePooling.Backward.class,
                (c, op, p) -> PoolingCuda.backward(
                        c, p, PoolingWindows.of(op.forward(), PoolingCuda.shape(p, 0), PoolingCuda.shape(p, 2))));
    }
}
