package voluta.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostTensorTest {
    @Test
    void everyTypeKeepsWhatItCanHold() {
        for (DType d : DType.values()) {
            HostTensor t = HostTensor.zeros(new TensorType(d, Shape.of(3)));
            t.fill(1, 2, d == DType.U8 ? 255 : -3);
            assertArrayEquals(new double[] {1, 2, d == DType.U8 ? 255 : -3}, t.toDoubles(), d.name());
        }
    }

    @Test
    void longsKeepAllDigits() {
        HostTensor t = HostTensor.i64(Shape.of(2), Long.MAX_VALUE, -3);
        assertEquals(Long.MAX_VALUE, t.bytes().getLong(0));
        assertEquals(-3, t.get(1));
        assertThrows(VolutaException.class, () -> HostTensor.i64(Shape.SCALAR));
    }

    /** As one fills a buffer: its position is at the end then. */
    @Test
    void aBufferCountsWhole() {
        ByteBuffer filled = ByteBuffer.allocate(12).order(ByteOrder.nativeOrder());
        filled.putFloat(1).putFloat(2).putFloat(3);
        HostTensor t = HostTensor.over(TensorType.f32(3), filled);
        assertArrayEquals(new float[] {1, 2, 3}, t.toFloats());
        assertEquals(12, t.bytes().remaining());
        filled.flip().limit(4);
        assertEquals(12, HostTensor.over(TensorType.f32(3), filled).bytes().remaining());
    }

    @Test
    void sizesThatNoMemoryHoldsAreRefused() {
        TensorType huge = TensorType.f32(1L << 31, 1L << 31);
        ShapeException e = assertThrows(ShapeException.class, huge::plainBytes);
        assertEquals(
                "f32[2147483648,2147483648] has more than 2^63 bytes; make one of its dimensions smaller",
                e.getMessage());
        assertThrows(ShapeException.class, () -> HostTensor.zeros(huge));
        VolutaException large = assertThrows(VolutaException.class, () -> HostTensor.zeros(TensorType.f32(1L << 30)));
        assertEquals(
                "a tensor in host memory holds at most 2 GiB, f32[1073741824] needs 4.00 GiB; make the layer or the"
                        + " batch smaller",
                large.getMessage());
    }

    @Test
    void bf16RoundsToNearestEven() {
        assertEquals((short) 0x3f80, HostTensor.bf16(1f));
        assertEquals((short) 0x3f80, HostTensor.bf16(1f + 0x1p-8f), "a tie goes to the even neighbour below");
        assertEquals((short) 0x3f82, HostTensor.bf16(1f + 0x1p-7f + 0x1p-8f), "a tie goes to the even neighbour above");
        assertEquals((short) 0x3f81, HostTensor.bf16(1f + 0x1p-8f + 0x1p-20f));
        assertTrue(Float.isNaN(Float.intBitsToFloat(HostTensor.bf16(Float.intBitsToFloat(0x7f800001)) << 16)));
        assertEquals((short) 0x7f80, HostTensor.bf16(Float.POSITIVE_INFINITY));
    }

    /** Each half is kept, and the floats between two of them go to the nearer one, ties to the even one. */
    @Test
    void f16RoundsToNearestEven() {
        for (int h = 0; h < 0x7c00; h++) {
            double value = h < 0x400 ? Math.scalb(h, -24) : Math.scalb(0x400 + h % 0x400, h / 0x400 - 25);
            assertEquals(value, Half.toFloat((short) h));
            assertEquals(-value, Half.toFloat((short) (h | 0x8000)));
            double next = h == 0x7bff ? 65536 : Half.toFloat((short) (h + 1)), far = (next - value) / 2;
            float middle = (float) (value + far);
            assertEquals(h, Half.of((float) value));
            assertEquals(h % 2 == 0 ? h : h + 1, Half.of(middle), "a tie goes to the even neighbour");
            assertEquals(h, Half.of(Math.nextDown(middle)));
            assertEquals(h + 1, Half.of(Math.nextUp(middle)));
            assertEquals((short) (h + 1 | 0x8000), Half.of(-Math.nextUp(middle)));
        }
        assertEquals((short) 0x8000, Half.of(-0f));
        assertEquals((short) 0xfc00, Half.of(Float.NEGATIVE_INFINITY));
        assertEquals(Float.POSITIVE_INFINITY, Half.round(1e30f));
        assertTrue(Float.isNaN(Half.round(Float.intBitsToFloat(0x7f800001))));
        HostTensor t = HostTensor.zeros(new TensorType(DType.F16, Shape.of(2)));
        t.fill(1 + 0x1p-11, 0x1p-24);
        assertEquals(List.of(1.0, 0x1p-24), List.of(t.get(0), t.get(1)));
    }

    @Test
    void shapesRefuseWhatCannotBe() {
        assertThrows(ShapeException.class, () -> Shape.of(2, 0));
        assertThrows(ShapeException.class, () -> Shape.of(Long.MAX_VALUE, 3));
        assertEquals("[2,3]", Shape.of(2, 3).toString());
        assertEquals(1, Shape.SCALAR.elements());
        assertEquals(Shape.of(2, 7), Shape.of(2, 3).with(-1, 7));
        String message = assertThrows(VolutaException.class, () -> HostTensor.f32(Shape.of(2, 2), 1f))
                .getMessage();
        assertEquals("f32[2,2] has 4 elements, got 1 values", message);
    }
}
