package voluta.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.graph.Initializer;
import voluta.nn.Initialization.Scheme;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

class InitializationTest {
    /** Fan-in 64 * 9 = 576, fan-out 128 * 9 = 1152, 73,728 numbers. */
    private static final Shape CONV = Shape.of(128, 64, 3, 3);

    private static double[] draw(Initializer i, DType dtype, String name, long seed) {
        HostTensor t = HostTensor.zeros(new TensorType(dtype, CONV));
        i.fill(t, name, seed);
        return t.toDoubles();
    }

    private static double[] draw(Scheme scheme) {
        return draw(Initialization.of(scheme).forWeights(CONV), DType.F32, "conv1.weight", 42);
    }

    @ParameterizedTest
    @CsvSource({
        "HE_NORMAL, 0.05892557, true",
        "HE_UNIFORM, 0.05892557, false",
        "HE_NORMAL_FAN_OUT, 0.04166667, true",
        "HE_UNIFORM_FAN_OUT, 0.04166667, false",
        "XAVIER_NORMAL, 0.03402069, true",
        "XAVIER_UNIFORM, 0.03402069, false",
        "DEFAULT, 0.02405626, false",
    })
    void moments(Scheme scheme, double deviation, boolean normal) {
        double[] x = draw(scheme);
        double mean = Arrays.stream(x).average().orElseThrow();
        double variance = Arrays.stream(x).map(v -> (v - mean) * (v - mean)).sum() / x.length;
        double fourth = Arrays.stream(x).map(v -> Math.pow(v - mean, 4)).sum() / x.length;
        // Four standard errors: of the mean, of the variance (whose own variance is (kurtosis - 1) / n), of the
        // kurtosis.
        assertEquals(0, mean, 4 * deviation / Math.sqrt(x.length));
        assertEquals(1, variance / (deviation * deviation), 4 * Math.sqrt((normal ? 2 : 0.8) / x.length));
        assertEquals(normal ? 3 : 1.8, fourth / (variance * variance), 4 * Math.sqrt(24.0 / x.length));
        double largest = Arrays.stream(x).map(Math::abs).max().orElseThrow();
        if (normal) assertTrue(largest > 3.5 * deviation && largest < 7 * deviation, "largest " + largest);
        else assertEquals(Math.sqrt(3) * deviation, largest, 1e-3 * deviation);
    }

    @Test
    void givenNumbers() {
        double[] n = draw(Initialization.normal(2, 0.5).forWeights(CONV), DType.F32, "w", 1);
        assertEquals(2, Arrays.stream(n).average().orElseThrow(), 0.01);
        double[] u = draw(Initialization.uniform(-1, 3).forWeights(CONV), DType.F32, "w", 1);
        assertTrue(Arrays.stream(u).allMatch(v -> v >= -1 && v <= 3));
        assertEquals(1, Arrays.stream(u).average().orElseThrow(), 0.02);
        assertTrue(Arrays.stream(draw(Initialization.constant(0.25).forWeights(CONV), DType.F32, "w", 1))
                .allMatch(v -> v == 0.25));
        assertTrue(Arrays.stream(draw(Scheme.ONES)).allMatch(v -> v == 1));
        assertTrue(Arrays.stream(draw(Scheme.ZEROS)).allMatch(v -> v == 0));
        assertThrows(IllegalArgumentException.class, () -> Initialization.normal(0, -1));
        assertThrows(IllegalArgumentException.class, () -> Initialization.uniform(1, 0));
        for (double number : new double[] {Double.NaN, Double.POSITIVE_INFINITY, -1e39}) {
            assertThrows(IllegalArgumentException.class, () -> Initialization.constant(number));
            assertThrows(IllegalArgumentException.class, () -> Initialization.normal(number, 1));
            assertThrows(IllegalArgumentException.class, () -> Initialization.uniform(number, 1));
        }
    }

    @Test
    void nameAndSeedDecide() {
        Initializer i = Initialization.of(Scheme.HE_NORMAL).forWeights(CONV);
        assertArrayEquals(draw(i, DType.F32, "a.weight", 7), draw(i, DType.F32, "a.weight", 7));
        assertFalse(Arrays.equals(draw(i, DType.F32, "a.weight", 7), draw(i, DType.F32, "b.weight", 7)));
        assertFalse(Arrays.equals(draw(i, DType.F32, "a.weight", 7), draw(i, DType.F32, "a.weight", 8)));
    }

    @Test
    void wideTypesGetTheSameNumbersBeforeRounding() {
        Initializer i = Initialization.of(Scheme.HE_NORMAL).forWeights(CONV);
        double[] wide = draw(i, DType.F64, "a.weight", 7), narrow = draw(i, DType.F32, "a.weight", 7);
        for (int k = 0; k < wide.length; k++) assertEquals((float) wide[k], (float) narrow[k]);
    }

    /** Checkpoints of another machine, or of a later version, must begin from the same bits. */
    @ParameterizedTest
    @CsvSource({"HE_NORMAL, 6372631b", "XAVIER_UNIFORM, 8afea9e", "DEFAULT, a99fcfcc"})
    void bitsAreThoseRecorded(Scheme scheme, String recorded) {
        HostTensor t = HostTensor.zeros(TensorType.f32(CONV));
        Initialization.of(scheme).forWeights(CONV).fill(t, "conv1.weight", 42);
        CRC32 crc = new CRC32();
        for (float f : t.toFloats()) {
            int bits = Float.floatToRawIntBits(f);
            for (int shift = 0; shift < 32; shift += 8) crc.update(bits >>> shift);
        }
        assertEquals(recorded, Long.toHexString(crc.getValue()));
    }

    @Test
    void biasFollowsTheWeightsOnlyByDefault() {
        HostTensor bias = HostTensor.zeros(TensorType.f32(128));
        Initialization.DEFAULT.forBias(CONV).fill(bias, "b", 1);
        double bound = 1 / Math.sqrt(576);
        double largest = Arrays.stream(bias.toDoubles()).map(Math::abs).max().orElseThrow();
        assertTrue(largest > 0.8 * bound && largest <= bound, "largest " + largest);
        HostTensor zero = HostTensor.zeros(TensorType.f32(128));
        Initialization.of(Scheme.HE_NORMAL).forBias(CONV).fill(zero, "b", 1);
        assertTrue(Arrays.stream(zero.toDoubles()).allMatch(v -> v == 0));
    }
}
