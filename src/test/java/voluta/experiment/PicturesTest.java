package voluta.experiment;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import voluta.data.Dataset;
import voluta.data.Image;
import voluta.data.ImageShape;
import voluta.data.MemoryDataset;

class PicturesTest {
    private static final int SIDE = 12;

    @Test
    void pairsLieWhereTheirClassSays() {
        for (int distance : List.of(1, 5)) {
            Dataset pairs = Pictures.pairs("some", 200, SIDE, distance, 3);
            int[] classes = new int[4];
            for (int i = 0; i < pairs.size(); i++) {
                byte[] pixels = Image.of(pairs, i).pixels();
                int dim = -1, bright = -1, black = 0;
                for (int p = 0; p < pixels.length; p++) {
                    int v = pixels[p] & 0xff;
                    if (v == 255) bright = p;
                    else if (v > 0) dim = p;
                    else black++;
                }
                assertEquals(SIDE * SIDE - 2, black);
                int right = Math.floorMod(bright % SIDE - dim % SIDE, SIDE);
                int down = Math.floorMod(bright / SIDE - dim / SIDE, SIDE);
                int[][] expected = {{distance, 0}, {SIDE - distance, 0}, {0, distance}, {0, SIDE - distance}};
                assertEquals(expected[pairs.label(i)][0], right);
                assertEquals(expected[pairs.label(i)][1], down);
                classes[pairs.label(i)]++;
            }
            for (int n : classes) assertTrue(n > 25, "200 images in 4 classes, one of them with " + n);
        }
    }

    @Test
    void movedPicturesKeepTheirPixels() {
        byte[] pixels = {1, 2, 3, 4, 5, 6};
        Dataset one = new MemoryDataset("one", List.of("a", "b"), new ImageShape(1, 2, 3), pixels, new byte[] {1});
        assertEquals(List.of(0, 1, 2, 0, 4, 5), moved(one, 1, 0));
        assertEquals(List.of(3, 0, 0, 6, 0, 0), moved(one, -2, 0));
        assertEquals(List.of(0, 0, 0, 1, 2, 3), moved(one, 0, 1));
        assertEquals(List.of(4, 5, 6, 0, 0, 0), moved(one, 0, -1));
        assertEquals(1, Pictures.shifted(one, 1, 0).label(0));
    }

    private static List<Integer> moved(Dataset d, int right, int down) {
        byte[] pixels = Image.of(Pictures.shifted(d, right, down), 0).pixels();
        return java.util.stream.IntStream.range(0, pixels.length)
                .mapToObj(i -> (int) pixels[i])
                .toList();
    }

    @Test
    void theFirstOfADataSet() {
        Dataset all = Pictures.pairs("all", 10, SIDE, 2, 1), some = Pictures.first(all, 4);
        assertEquals(4, some.size());
        assertEquals(10, Pictures.first(all, 99).size());
        for (int i = 0; i < 4; i++) {
            assertEquals(all.label(i), some.label(i));
            assertEquals(
                    java.nio.ByteBuffer.wrap(Image.of(all, i).pixels()),
                    java.nio.ByteBuffer.wrap(Image.of(some, i).pixels()));
        }
    }
}
