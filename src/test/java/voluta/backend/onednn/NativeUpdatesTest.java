package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import voluta.op.AdamStep;
import voluta.op.SgdStep;

/** Loops over parameters in the library have the bits of those in Java, so that runs agree wherever it is missing. */
class NativeUpdatesTest {
    private static final int[] LENGTHS = {1, 7, 8, 31, 64, 1001, 2048};

    private final Random random = new Random(5);

    @BeforeEach
    void load() {
        Loader.load(dnnl.class);
        assumeTrue(NativeUpdates.serve(), "there is no library here");
    }

    private float[] numbers(int n) {
        float[] x = new float[n];
        for (int i = 0; i < n; i++) x[i] = (float) random.nextGaussian();
        return x;
    }

    private void check(OptimizerLoop.Rule rule) {
        for (long step = 1; step < 3; step++) {
            rule.begin(0.1, step);
            for (int n : LENGTHS) {
                float[][] data = {numbers(n), numbers(n), numbers(n), numbers(n)};
                for (int i = 0; i < n; i++) data[3][i] *= data[3][i]; // Adam's mean square
                FloatPointer[] places = new FloatPointer[data.length];
                long[] addresses = new long[data.length];
                for (int r = 0; r < data.length; r++) {
                    places[r] = new FloatPointer(data[r]);
                    addresses[r] = places[r].address();
                }
                rule.update(addresses, n);
                rule.update(data, n);
                for (int r = 0; r < data.length; r++) {
                    float[] got = new float[n];
                    places[r].get(got);
                    places[r].close();
                    assertArrayEquals(data[r], got, rule.getClass() + " of " + n + ", role " + r);
                }
            }
        }
    }

    @Test
    void gradientDescentHasTheBitsOfJava() {
        check(new SgdStepOnednn(new SgdStep(1, 0, 0, false, 3e-4)));
        check(new SgdStepOnednn(new SgdStep(1, 0.9, 0.3, false, 3e-4)));
        check(new SgdStepOnednn(new SgdStep(1, 0.9, 0, true, 3e-4)));
    }

    @Test
    void adamHasTheBitsOfJava() {
        check(new AdamStepOnednn(new AdamStep(1, 0.9, 0.999, 1e-8, 3e-4, false)));
        check(new AdamStepOnednn(new AdamStep(1, 0.8, 0.99, 1e-6, 0.01, true)));
    }

    @Test
    void squaresHaveTheBitsOfJava() {
        for (int n : LENGTHS) {
            float[] x = numbers(n);
            try (FloatPointer p = new FloatPointer(x)) {
                assertEquals(GlobalNormOnednn.squares(x, n), NativeUpdates.squares(p.address(), n), "of " + n);
            }
        }
    }
}
