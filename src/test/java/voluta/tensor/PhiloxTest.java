package voluta.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

/** The known answers of the authors' own library, Random123. */
class PhiloxTest {
    private static int[] block(long key, long counter, long sub) {
        int[] out = new int[4];
        Philox.block(key, counter, sub, out);
        return out;
    }

    @Test
    void knownAnswers() {
        assertArrayEquals(new int[] {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}, block(0, 0, 0));
        assertArrayEquals(new int[] {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}, block(-1, -1, -1));
        assertArrayEquals(
                new int[] {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1},
                block(0x299f31d0a4093822L, 0x85a308d3243f6a88L, 0x0370734413198a2eL));
    }

    @Test
    void uniformStaysBelowOneAndKeysDiffer() {
        assertEquals(0, Philox.uniform(0));
        assertEquals(1 - 0x1p-24, Philox.uniform(-1), 0);
        assertEquals(9, Philox.below(-1, 10));
        assertNotEquals(Philox.key(1, "shuffle"), Philox.key(2, "shuffle"));
        assertNotEquals(Philox.key(1, "shuffle"), Philox.key(1, "dropout"));
    }
}
