package voluta.backend.onednn;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.function.Supplier;
import voluta.backend.Layout;
import voluta.backend.Preparation;
import voluta.op.OptimizerStep;

/**
 * What all optimizer steps share: layouts, the guard, and the way over the parameters in {@link TensorPieces}. Gradient
 * and state are asked for in the layout in which the parameter lies.
 */
final class OptimizerLoop {
    /** An optimizer's formula. One object per program, so that it may keep what a step's scalars amount to. */
    interface Rule {
        /** Before the pieces of each step. */
        void begin(double learningRate, long step);

        /** Updates {@code n} elements; {@code data} holds parameter, gradient, then each kind of state. */
        void update(float[][] data, int n);

        /** Whether the other method does the same where the elements lie, and faster. */
        default boolean inPlace() {
            return false;
        }

        /** Updates {@code n} elements at these addresses. */
        default void update(long[] addresses, int n) {
            throw new UnsupportedOperationException("this rule wants copies");
        }
    }

    private OptimizerLoop() {}

    static OnednnKernel prepare(OnednnContext c, OptimizerStep op, Preparation p, Supplier<Rule> rule) {
        String name = rule.get().inPlace() ? NativeUpdates.NAME : "java:f32";
        OnednnKernel.Builder k = OnednnKernel.of(p.node(), name);
        for (int i = 0; i < op.count(); i++) {
            Layout l = TensorPieces.layout(c, p, op.parameter(i));
            k.input(op.parameter(i), l).input(op.gradient(i), l).output(i, l);
            for (int s = 0; s < op.states(); s++) k.input(op.state(s, i), l).output(op.newState(s, i), l);
        }
        return k.bind(x -> bind(x, op, rule.get()));
    }

    private static void bind(Binding x, OptimizerStep op, Rule rule) {
        int n = op.count(), kinds = 2 + op.states();
        int[][] roles = new int[kinds][n];
        for (int r = 0; r < kinds; r++) Arrays.setAll(roles[r], consecutive(r * n));
        boolean[] changes = new boolean[kinds];
        Arrays.fill(changes, true);
        changes[1] = false;
        TensorPieces pieces = new TensorPieces(x, roles, changes);
        FloatBuffer rate = x.inputFloats(op.learningRate()), guard = x.inputFloats(op.guard());
        ByteBuffer step = x.inputBytes(op.step());
        TensorPieces.Body body = new Update(rule);
        x.run(() -> {
            if (!Float.isFinite(guard.get(0))) return;
            rule.begin(rate.get(0), step.getLong(0));
            pieces.run(body);
        });
    }

    private record Update(Rule rule) implements TensorPieces.Body {
        @Override
        public boolean run(int piece, float[][] data, int length) {
            rule.update(data, length);
            return true;
        }

        @Override
        public boolean inPlace() {
            return rule.inPlace();
        }

        @Override
        public void run(int piece, long[] addresses, int length) {
            rule.update(addresses, length);
        }
    }

    private static java.util.function.IntUnaryOperator consecutive(int from) {
        return i -> from + i;
    }
}
