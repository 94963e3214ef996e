package voluta.backend.onednn;

import java.nio.FloatBuffer;
import java.util.List;
import voluta.backend.Preparation;

/** What losses that are a mean over all elements share: loops in Java over plain f32, sums in double. */
final class ElementwiseLoss {
    private static final int CHUNK = 1024;
    private static final long GRAIN = 16 * CHUNK;

    /** A loss of one element and its derivative. */
    interface Formula {
        /** The sum of the losses of {@code n} elements. */
        double sum(float[] x, float[] target, int n);

        /** Replaces each {@code x} by {@code factor} times the derivative of its loss. */
        void derive(float[] x, float[] target, int n, float factor);
    }

    private ElementwiseLoss() {}

    static OnednnKernel forward(Preparation p, Formula formula) {
        return OnednnKernel.of(p.node(), "java:f32").bind(x -> {
            FloatBuffer loss = x.outputFloats(0);
            long n = x.inputType(0).elements();
            List<Part> parts = Parts.emit(x, n, GRAIN, (from, to) -> new Part(x, formula, null, (int) from, (int) to));
            Part[] all = parts.toArray(new Part[0]);
            x.run(() -> {
                double total = 0;
                for (Part part : all) total += part.total;
                loss.put(0, (float) (total / n));
            });
        });
    }

    static OnednnKernel backward(Preparation p, Formula formula) {
        return OnednnKernel.of(p.node(), "java:f32").overwrites(0, 0).bind(x -> {
            FloatBuffer dx = x.outputFloats(0);
            Parts.emit(
                    x, x.inputType(0).elements(), GRAIN, (from, to) -> new Part(x, formula, dx, (int) from, (int) to));
        });
    }

    private static final class Part implements Runnable {
        private final Formula formula;
        private final FloatBuffer x;
        private final FloatBuffer target;
        private final FloatBuffer dLoss;
        private final FloatBuffer dx;
        private final int elements;
        private final int from;
        private final int to;
        private final float[] a = new float[CHUNK];
        private final float[] b = new float[CHUNK];
        private double total;

        /** @param dx null in the forward pass */
        Part(Binding binding, Formula formula, FloatBuffer dx, int from, int to) {
            this.formula = formula;
            this.x = binding.inputFloats(0);
            this.target = binding.inputFloats(1);
            this.dLoss = dx == null ? null : binding.inputFloats(2);
            this.dx = dx;
            this.elements = Math.toIntExact(binding.inputType(0).elements());
            this.from = from;
            this.to = to;
        }

        @Override
        public void run() {
            total = 0;
            float factor = dx == null ? 0 : dLoss.get(0) / elements;
            for (int i = from; i < to; i += CHUNK) {
                int n = Math.min(CHUNK, to - i);
                x.get(i, a, 0, n);
                target.get(i, b, 0, n);
                if (dx == null) {
                    total += formula.sum(a, b, n);
                } else {
                    formula.derive(a, b, n, factor);
                    dx.put(i, a, 0, n);
                }
            }
        }
    }
}
