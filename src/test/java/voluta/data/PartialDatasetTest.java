package voluta.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A share of a data set has its share of each class. */
class PartialDatasetTest {
    private static final ImageShape PIXEL = new ImageShape(1, 1, 1);

    /** 60 images of class a, 30 of b and 1 of c; each image's pixel is its number. Archives begin at 0, 1, 2, 3 and 70. */
    private static Dataset images() {
        byte[] pixels = new byte[91], labels = new byte[91];
        for (int i = 0; i < 91; i++) {
            pixels[i] = (byte) i;
            labels[i] = (byte) (i == 90 ? 2 : i % 3 == 2 ? 1 : 0);
        }
        return new ForwardingDataset(new MemoryDataset("numbers", List.of("a", "b", "c"), PIXEL, pixels, labels)) {
            @Override
            public int[] shards() {
                return new int[] {0, 1, 2, 3, 70};
            }
        };
    }

    @Test
    void hasItsShareOfEachClass() {
        Dataset all = images(), part = all.share(0.1);
        int[] counts = new int[3];
        for (int i = 0; i < part.size(); i++) {
            int number = pixel(part, i);
            assertEquals(all.label(number), part.label(i));
            assertEquals("image " + number, part.describe(i));
            assertEquals(number, part.picture(i).pixels()[0]);
            assertTrue(i == 0 || number > pixel(part, i - 1), "the order stays");
            counts[part.label(i)]++;
        }
        assertArrayEquals(new int[] {6, 3, 1}, counts);
        assertEquals(0, pixel(part, 0));
        int last = pixel(part, part.size() - 2);
        assertTrue(last > 70, "spread over all there are, not the first: " + last);
        assertEquals(List.of("a", "b", "c"), part.classNames());
    }

    private static int pixel(Dataset data, int image) {
        ByteBuffer pixel = ByteBuffer.allocate(1);
        data.read(image, pixel);
        return pixel.get(0);
    }

    @Test
    void archivesAreThoseOfItsImages() {
        Dataset part = images().share(0.1);
        int[] shards = part.shards();
        assertEquals(4, shards.length, "the archive of image 1 has nothing to give");
        assertEquals(0, shards[0]);
        assertEquals(2, pixel(part, shards[1]));
        assertTrue(pixel(part, shards[2]) > 2 && pixel(part, shards[2] - 1) <= 2);
        assertTrue(pixel(part, shards[3]) >= 70 && pixel(part, shards[3] - 1) < 70);
    }

    @Test
    void allOfItIsItself() {
        Dataset all = images();
        assertSame(all, all.share(1));
        for (double wrong : new double[] {0, -0.5, 1.5, Double.NaN})
            assertThrows(DataException.class, () -> all.share(wrong));
    }
}
