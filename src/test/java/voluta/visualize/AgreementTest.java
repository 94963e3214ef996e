package voluta.visualize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.data.Datasets;
import voluta.data.Image;
import voluta.data.Split;

/** What docs/visualize.md promises, on the first network of its table, trained here: that is most of the time it takes. */
class AgreementTest {
    @TempDir
    private Path folder;

    /** The seed whose figure has most room above the bar: with other kernels the same seed ends in other weights. */
    @Test
    void gradCamAndOcclusionAgreeFarAboveChance() {
        AgreementTable.Trained network = AgreementTable.Trained.GAP;
        int images = AgreementTable.IMAGES;
        Agreement a = network.agreement(network.train(14, folder), 0, images);
        assertTrue(a.right() > 0.7 * images, a.toString());
        assertTrue(a.agreed() >= 0.8, a.toString());
        assertTrue(a.agreed() > a.chance() + 0.2, a.toString());
    }

    /** Two maps of 1x10 pixels that both mark the right; the third is strongest where the first has less than a fifth. */
    @Test
    void eachHasToPointIntoWhatTheOtherMarks() {
        Agreement.Marking one = marking(0, 0, 0, 0, 0, 0, 0, 1, 4, 5);
        Agreement.Marking near = marking(0, 0, 0, 0, 0, 0, 0, 9, 3, 2);
        Agreement.Marking far = marking(0, 0, 0, 9, 0, 0, 0, 0, 3, 3);
        assertEquals(9, one.point());
        assertTrue(one.agrees(near) && near.agrees(one));
        assertTrue(far.marked()[one.point()] && !one.marked()[far.point()]);
        assertFalse(one.agrees(far));
        assertFalse(far.agrees(one));
    }

    @Test
    void theLevelIsAFifthAndEmptyMapsMarkNothing() {
        assertArrayEquals(new boolean[] {false, true, true}, marking(0.99, 1, 5).marked());
        Agreement.Marking nothing = marking(0, 0, 0), falling = marking(-1, -2, -3);
        assertArrayEquals(new boolean[3], nothing.marked());
        assertArrayEquals(new boolean[3], falling.marked());
        assertFalse(nothing.agrees(nothing));
    }

    /** Places of two pixels: values stand in the middle of a place, half way between middles is half of each. */
    @Test
    void mapsAreEnlargedFromTheMiddlesOfTheirPlaces() {
        Heat fine = Agreement.enlarged(new Heat(1, 2, new double[] {0, 8}), 2, 4);
        assertArrayEquals(new double[] {0, 2, 6, 8, 0, 2, 6, 8}, fine.values(), 1e-12);
    }

    @Test
    void placedPicturesLieWholeInABlackFrame() {
        var carried = Datasets.carried(Split.TEST);
        Placed placed = new Placed(carried);
        boolean moved = false;
        for (int i = 0; i < 20; i++) {
            Image one = Image.of(carried, i), all = Image.of(placed, i);
            assertEquals(56, all.shape().height());
            int[] place = placed.place(i);
            byte[] expected = new byte[56 * 56];
            for (int y = 0; y < 28; y++) {
                System.arraycopy(one.pixels(), 28 * y, expected, 56 * (place[0] + y) + place[1], 28);
            }
            assertArrayEquals(expected, all.pixels());
            assertEquals(carried.label(i), placed.label(i));
            moved |= place[0] != placed.place(0)[0] && place[1] != placed.place(0)[1];
        }
        assertTrue(moved);
    }

    private static Agreement.Marking marking(double... row) {
        return Agreement.Marking.of(new Heat(1, row.length, row), 1, row.length);
    }
}
