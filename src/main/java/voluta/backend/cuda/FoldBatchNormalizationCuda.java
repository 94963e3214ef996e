package voluta.backend.cuda;

import voluta.backend.Preparation;
import voluta.graph.Node;
import voluta.op.FoldBatchNormalization;

/** Folds a frozen batch normalization into row-major f32 weights; runs once per load of the parameters. */
final class FoldBatchNormalizationCuda {
    private static final String KERNEL = "fold_batch_normalization_f32";

    private FoldBatchNormalizationCuda() {}

    static void register(CudaTable table) {
        table.add(FoldBatchNormalization.class, FoldBatchNormalizationCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, FoldBatchNormalization op, Preparation p) {
        Node n = p.node();
        boolean bias = n.inputs().size() == 6;
        int first = bias ? 2 : 1;
        long elements = n.input(0).type().elements(),
                filters = n.input(0).type().dim(0);
        c.kernels.function(KERNEL);
        return CudaKernel.of(n, KERNEL)
                .bind(b -> b.launch(
                        KERNEL,
                        Grid.threads(c, elements),
                        b.input(0),
                        bias ? b.input(1) : 0L,
                        b.input(first),
                        b.input(first + 1),
                        b.input(first + 2),
                        b.input(first + 3),
                        b.output(0),
                        b.output(1),
                        elements,
                        filters,
                        (float) op.epsilon()));
    }
}
