package voluta.visualize;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.backend.BackendOptions;
import voluta.data.Datasets;
import voluta.data.Split;
import voluta.model.NetworkDescription;
import voluta.train.Training;
import voluta.train.TrainingResult;

/** What docs/visualize.md promises, on a network that is trained here: that is most of the time it takes. */
class AgreementTest {
    private static final int IMAGES = 300;

    @TempDir
    private Path folder;

    @Test
    void gradCamAndOcclusionAgreeFarAboveChance() {
        TrainingResult run = Training.of(NetworkDescription.read(Path.of("docs/examples/gap.yaml")))
                .epochs(4)
                .learningRate(0.005)
                .output(folder)
                .run();
        try (Subject s = Subject.open(run.weights(), "auto", BackendOptions.DEFAULT)) {
            Agreement a = Agreement.of(s, Datasets.carried(Split.TEST), IMAGES);
            assertTrue(a.right() > 0.7 * IMAGES, a.toString());
            assertTrue(a.agreed() >= 0.8, a.toString());
            assertTrue(a.agreed() > a.chance() + 0.3, a.toString());
        }
    }

    @Test
    void correlationIsOfRanks() {
        assertArrayEquals(new double[] {0, 2, 2, 2, 4}, Agreement.ranks(new double[] {-7, 1, 1, 1, 90}));
        double[] rising = Agreement.ranks(new double[] {1, 2, 4, 8}),
                falling = Agreement.ranks(new double[] {9, 7, 5, 0});
        assertEquals(1, Agreement.correlation(rising, rising), 1e-12);
        assertEquals(-1, Agreement.correlation(rising, falling), 1e-12);
        assertEquals(0, Agreement.correlation(rising, new double[4]));
    }
}
