package voluta.backend.cuda;

import voluta.op.BinaryCrossEntropy;

/** Cross-entropy of independent yes-or-no answers. */
final class BinaryCrossEntropyCuda {
    private static final String KERNEL = "binary_cross_entropy";

    private BinaryCrossEntropyCuda() {}

    static void register(CudaTable table) {
        table.add(BinaryCrossEntropy.class, (c, op, p) -> MeanLoss.forward(c, p, KERNEL));
        table.add(BinaryCrossEntropy.Backward.class, (c, op, p) -> MeanLoss.backward(c, p, KERNEL));
    }
}
