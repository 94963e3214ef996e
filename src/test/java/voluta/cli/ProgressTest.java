package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import voluta.train.StepReport;

/** The bar on a terminal. */
class ProgressTest {
    private static StepReport report(int epoch, int step, double loss, double imagesPerSecond) {
        return new StepReport(epoch, step, 156, step, 1560, 0.1, loss, 1, 1, imagesPerSecond, 0.01, 1);
    }

    @Test
    void theBarGrowsWithTheEpoch() {
        String half = Progress.bar(report(2, 78, 0.5, 4000), 8), whole = Progress.bar(report(2, 156, 0.5, 4000), 8);
        assertEquals("epoch 2/8 [=======        ] loss 0.5000  top1 100.00%  4000 images/s  wait 100%", half);
        assertEquals(half.replace("=        ]", "=========]"), whole);
    }

    /** A line that wraps cannot be erased: each report would leave one behind. */
    @Test
    void theBarFitsIntoEightyColumnsWhateverTheFigures() {
        assertEquals(
                Progress.COLUMNS, Progress.bar(report(99, 78, 12.5, 51234), 100).length());
        String crowded = Progress.bar(report(12345, 156, 1e30, 1e9), 100_000);
        assertTrue(crowded.length() <= Progress.COLUMNS, crowded);
    }
}
