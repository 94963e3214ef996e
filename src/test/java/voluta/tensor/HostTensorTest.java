package voluta.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
    void bf16RoundsToNearestEven() {
        assertEquals((short) 0x3f80, HostTensor.bf16(1f));
        assertEquals((short) 0x3f80, HostTensor.bf16(1f + 0x1p-8f), "a tie goes to the even neighbour below");
        assertEquals((short) 0x3f82, HostTensor.bf16(1f + 0x1p-7f + 0x1p-8f), "a tie goes to the even neighbour above");
        assertEquals((short) 0x3f81, HostTensor.bf16(1f + 0x1p-8f + 0x1p-20f));
        assertTrue(Float.isNaN(Float.intBitsToFloat(HostTensor.bf16(Float.intBitsToFloat(0x7f800001)) << 16)));
        assertEquals((short) 0x7f80, HostTensor.bf16(Float.POSITIVE_INFINITY));
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
