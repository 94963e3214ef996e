package voluta.backend.cuda;

import voluta.op.MeanSquaredError;

/** Mean squared error. */
final class MeanSquaredErrorCuda {
    private static final String KERNEL = "mean_squared_error";

    private MeanSquaredErrorCuda() {}

    static void register(CudaTable table) {
        table.add(MeanSquaredError.class, (c, op, p) -> MeanLoss.forward(c, p, KERNEL));
        table.add(MeanSquaredError.Backward.class, (c, op, p) -> MeanLoss.backward(c, p, KERNEL));
    }
}
