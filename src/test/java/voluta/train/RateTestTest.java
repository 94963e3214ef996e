package voluta.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Range tests of the learning rate. */
class RateTestTest {
    private static final RateTest.Range RANGE = new RateTest.Range(1e-4, 1e4, 81);

    /** Points ten to a power of ten, from 1e-4 on. */
    private static RateTest of(DoubleUnaryOperator lossOfExponent) {
        return of(lossOfExponent, 10);
    }

    /** From 1e-4 to 10. */
    private static RateTest of(DoubleUnaryOperator lossOfExponent, int pointsToAPower) {
        List<RateTest.Point> points = new ArrayList<>();
        for (int i = 0; i <= 5 * pointsToAPower; i++) {
            double exponent = -4 + i / (double) pointsToAPower, loss = lossOfExponent.applyAsDouble(exponent);
            points.add(new RateTest.Point(Math.pow(10, exponent), loss, loss));
        }
        return RateTest.of("none", points, false);
    }

    @Test
    void suggestsWhereTheLossFallsMostSteeply() {
        // An S from 2.3 to 0.3 around 1e-2, then up.
        RateTest test = of(e -> 0.3 + 2 / (1 + Math.exp(6 * (e + 2))) + Math.exp(8 * (e - 0.5)));
        assertEquals(-2, Math.log10(test.suggestion().orElseThrow()), 0.051);
        double lowest = Math.log10(test.lowest().orElseThrow());
        assertTrue(lowest > -1.3 && lowest < -0.1, Double.toString(lowest));
    }

    @Test
    void fewStepsAndAnExplosionRightAfterTheFallMoveNothing() {
        // An S around 1e-2, cut off by an explosion at 10^-1.5: the fall is as steep whatever comes after it.
        DoubleUnaryOperator loss = e -> e > -1.5 ? 50 : 0.3 + 2 / (1 + Math.exp(6 * (e + 2)));
        for (int points : new int[] {2, 3, 5, 10, 30}) {
            double suggested = Math.log10(of(loss, points).suggestion().orElseThrow());
            assertEquals(-2, suggested, 0.51 / points + 0.3, points + " points to a power of ten");
        }
    }

    @Test
    void suggestsNothingWhereTheLossDoesNotFall() {
        assertEquals(Optional.empty(), of(e -> 2.3).suggestion());
        assertEquals(Optional.empty(), of(e -> 2.3 + e).suggestion());
        assertEquals(Optional.empty(), RateTest.of("none", List.of(), true).suggestion());
    }

    @Test
    void ratesRiseUntilTheLossExplodesAndNothingIsWritten(@TempDir Path folder) throws Exception {
        RateTest test = Training.of("lenet5")
                .backend("onednn")
                .output(folder)
                .batchSize(32)
                .optimizer("sgd")
                .set("threads", 1)
                .listener(new TrainingListener() {})
                .trainer()
                .testRates(RANGE);
        List<RateTest.Point> points = test.points();
        assertTrue(test.diverged());
        assertTrue(points.size() > 20 && points.size() < 81, test.csv());
        for (int i = 0; i < points.size(); i++)
            assertEquals(-4 + i / 10.0, Math.log10(points.get(i).rate()), 1e-9);
        assertEquals(points.get(0).loss(), points.get(0).smoothed(), 1e-6);
        double rate = test.suggestion().orElseThrow();
        assertTrue(rate > 1e-3 && rate < 10 && rate < test.lowest().orElseThrow(), test.csv());
        assertEquals(points.size() + 1L, test.csv().lines().count());
        try (var files = Files.list(folder)) {
            assertFalse(files.findAny().isPresent());
        }
    }

    @Test
    void refusesRangesThatAreNone() {
        assertThrows(TrainingException.class, () -> new RateTest.Range(0, 1, 100));
        assertThrows(TrainingException.class, () -> new RateTest.Range(1, 1, 100));
        assertThrows(TrainingException.class, () -> new RateTest.Range(1, Double.NaN, 100));
        assertThrows(TrainingException.class, () -> new RateTest.Range(1e-3, 1, 9));
    }
}
