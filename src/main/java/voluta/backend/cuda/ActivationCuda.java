package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.Activation;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/** Elementwise nonlinearities, in whatever layout their input lies. */
final class ActivationCuda {
    private ActivationCuda() {}

    static void register(CudaTable table) {
        table.add(Activation.class, ActivationCuda::forward);
        table.add(Activation.Backward.class, (c, op, p) -> backward(c, op.forward(), p));
    }

    private static CudaKernel forward(CudaContext c, Activation op, Preparation p) {
        Layout layout = c.layoutOf(p, 0);
        TensorType type = p.node().input(0).type();
        DType storage = CudaLayout.storage(type, layout);
        String kernel = "activation" + Binding.suffix(storage);
        c.kernels.function(kernel);
        return CudaKernel.of(p.node(), kernel)
                .input(0, layout)
                .output(0, layout)
                .overwrites(0, 0)
                .bind(x -> x.launch(
                        kernel,
                        Grid.elements(c, type.elements(), storage.bytes()),
                        x.input(0),
                        x.output(0),
                        type.elements(),
                        op.kind().ordinal(),
                        (float) op.alpha(),
                        (float) op.beta()));
    }

    /** Inputs x, y and dy; of the first two it reads the one that the derivative is computed from. */
    private static CudaKernel backward(CudaContext c, Activation op, Preparation p) {
        int from = readsOutput(op.kind()) ? 1 : 0;
        Layout layout = c.layoutOf(p, from);
        TensorType type = p.node().input(0).type();
        DType storage = CudaLayout.storage(type, layout);
        String kernel = "activation_backward" + Binding.suffix(storage);
        c.kernels.function(kernel);
        return CudaKernel.of(p.node(), kernel)
                .ignores(1 - from)
                .input(0, layout)
                .input(1, layout)
                .input(2, layout)
                .output(0, layout)
                .overwrites(0, 2)
                .bind(x -> x.launch(
                        kernel,
                        Grid.elements(c, type.elements(), storage.bytes()),
                        x.input(0),
                        x.input(1),
                        x.input(2),
                        x.output(0),
                        type.elements(),
                        op.kind().ordinal(),
                        (float) op.alpha(),
                        (float) op.beta()));
    }

    /** The kernel's own rule: see FROM_OUTPUT in activation.cu. */
    private static boolean readsOutput(Activation.Kind kind) {
        return switch (kind) {
            case RELU, RELU6, SIGMOID, TANH -> true;
            default -> false;
        };
    }
}
