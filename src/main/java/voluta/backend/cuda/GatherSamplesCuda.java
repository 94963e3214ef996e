package voluta.backend.cuda;

import voluta.backend.Preparation;
import voluta.op.GatherSamples;
import voluta.tensor.TensorType;

/** A batch out of a data set on the device; the places, which change each step, are read from device memory. */
final class GatherSamplesCuda {
    /** Bytes that a thread writes at a time. */
    private static final int PACK = 4;

    private GatherSamplesCuda() {}

    static void register(CudaTable table) {
        table.add(GatherSamples.class, GatherSamplesCuda::prepare);
    }

    private static CudaKernel prepare(CudaContext c, GatherSamples op, Preparation p) {
        boolean images = !op.fill().isEmpty();
        String kernel = images ? "gather_images" : "gather_arrays";
        c.kernels.function(kernel);
        long samples = p.node().input(0).type().dim(0);
        TensorType y = p.node().output().type();
        long batch = y.dim(0), each = y.elements() / batch;
        return CudaKernel.of(p.node(), kernel).bind(x -> {
            if (images) {
                x.launch(
                        kernel,
                        Grid.threads(c, batch * (each + PACK - 1) / PACK),
                        x.input(0),
                        x.input(1),
                        x.table(op.fill().stream().mapToInt(v -> v).toArray()),
                        x.output(0),
                        samples,
                        batch,
                        y.shape().size(1),
                        y.shape().size(2),
                        y.shape().size(3));
            } else {
                x.launch(
                        kernel,
                        Grid.threads(c, y.elements()),
                        x.input(0),
                        x.input(1),
                        x.output(0),
                        samples,
                        batch,
                        each);
            }
        });
    }
}
