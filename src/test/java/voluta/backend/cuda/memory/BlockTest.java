package voluta.backend.cuda.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class BlockTest {
    @Test
    void neighboursMergeInWhateverOrderTheyComeBack() {
        int[][] orders = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        for (int[] order : orders) {
            Block block = new Block(4096, 768);
            for (int i = 0; i < 3; i++) assertEquals(i * 256L, block.take(256));
            assertEquals(-1, block.take(256));
            assertEquals(0, block.largestFree());
            for (int i : order) {
                assertFalse(block.isEmpty());
                block.giveBack(i * 256L, 256);
            }
            assertTrue(block.isEmpty());
            assertEquals(768, block.largestFree());
        }
    }

    @Test
    void takesTheLowestPlaceThatIsLargeEnough() {
        Block block = new Block(0, 4096);
        block.take(256);
        block.take(512);
        block.take(1024);
        block.giveBack(0, 256);
        block.giveBack(768, 1024);
        assertEquals(768, block.take(512));
        assertEquals(0, block.take(256));
        assertEquals(1280, block.take(256));
    }

    @Test
    void rangesThatWereNotTakenAreRefused() {
        Block block = new Block(0, 1024);
        block.take(512);
        assertThrows(IllegalStateException.class, () -> block.giveBack(256, 512));
        assertThrows(IllegalStateException.class, () -> block.giveBack(512, 256));
        assertThrows(IllegalStateException.class, () -> block.giveBack(512, 1024));
        block.giveBack(0, 512);
        assertThrows(IllegalStateException.class, () -> block.giveBack(0, 512));
        assertTrue(block.isEmpty());
    }
}
