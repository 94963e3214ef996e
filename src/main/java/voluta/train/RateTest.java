package voluta.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import voluta.optim.Schedule;

/**
 * A learning-rate range test (Smith 2017): the loss while the rate rises by the same factor from step to step, until it
 * explodes. Made by {@link Trainer#testRates}.
 *
 * @param backend one line: what computed
 * @param points a point for each step, in order
 * @param suggestion the rate at which the smoothed loss falls most steeply over the logarithm of the rate; none if it
 *     does not fall
 * @param lowest the rate at which the smoothed loss is smallest: a run's largest rate should stay below
 * @param diverged whether the test ended because the loss exploded
 */
public record RateTest(
        String backend, List<Point> points, Optional<Double> suggestion, Optional<Double> lowest, boolean diverged) {
    /** How much of the smoothed loss is kept at each step. */
    private static final double SMOOTHING = 0.9;

    /** The loss has exploded once its smoothed form is so many times its smallest. */
    private static final double EXPLODED = 4;

    /** The slope at a rate is that of a line through the points so many powers of ten to either side. */
    private static final double REACH = 0.28;

    /** So many points at first are averages of so few losses that their slopes are noise. */
    private static final int UNSETTLED = 4;

    /** The smoothed loss must fall by so much of itself, or no rate is suggested. */
    private static final double LEAST_FALL = 0.01;

    public RateTest {
        points = List.copyOf(points);
    }

    /**
     * Which rates are tried.
     *
     * @param first the smallest, above 0
     * @param last the largest
     * @param steps how many steps lead from one to the other, at least 10
     */
    public record Range(double first, double last, int steps) {
        public Range {
            if (!(first > 0 && last > first) || Double.isInfinite(last)) {
                throw new TrainingException("learning rates from " + first + " to " + last
                        + " cannot be tested; use a first one above 0 and a larger last one");
            }
            if (steps < 10) throw new TrainingException("a test of " + steps + " steps says nothing; use 10 or more");
        }

        Schedule schedule() {
            return new Schedule.Rising(steps, last / first);
        }
    }

    /**
     * A step.
     *
     * @param rate its learning rate
     * @param loss of its batch, before the update
     * @param smoothed a moving average of the losses until then
     */
    public record Point(double rate, double loss, double smoothed) {}

    static RateTest run(Range range, StepLoop loop, BooleanSupplier interrupted, String backend) {
        List<Point> points = new ArrayList<>();
        double average = 0, least = Double.POSITIVE_INFINITY;
        boolean diverged = false;
        while (!diverged && loop.step() < range.steps() && loop.run(1, interrupted) == 1) {
            diverged = loop.badSlot() != StepLoop.NO_SLOT;
            if (diverged) break;
            average = SMOOTHING * average + (1 - SMOOTHING) * loop.lastLoss();
            // Of a moving average that began with 0.
            double smoothed = average / (1 - Math.pow(SMOOTHING, loop.step()));
            points.add(new Point(loop.learningRate(), loop.lastLoss(), smoothed));
            least = Math.min(least, smoothed);
            diverged = smoothed > EXPLODED * least;
        }
        return of(backend, points, diverged);
    }

    /** What the points say. */
    static RateTest of(String backend, List<Point> points, boolean diverged) {
        int lowest = -1;
        for (int i = 0; i < points.size(); i++) {
            if (lowest < 0 || points.get(i).smoothed() < points.get(lowest).smoothed()) lowest = i;
        }
        boolean falls = lowest > 0
                && points.get(lowest).smoothed()
                        < (1 - LEAST_FALL)
                                * points.get(Math.min(UNSETTLED, lowest - 1)).smoothed();
        if (!falls) return new RateTest(backend, points, Optional.empty(), Optional.empty(), diverged);
        // Lines end at the lowest point: what comes after it would make the fall before it look flat.
        int neighbours = Math.min(neighbours(points), lowest / 2), steepest = lowest - neighbours;
        double steepestSlope = slope(points, steepest, neighbours);
        for (int i = Math.max(UNSETTLED, neighbours); i < lowest - neighbours; i++) {
            double slope = slope(points, i, neighbours);
            if (slope < steepestSlope) {
                steepestSlope = slope;
                steepest = i;
            }
        }
        return new RateTest(
                backend,
                points,
                Optional.of(points.get(steepest).rate()),
                Optional.of(points.get(lowest).rate()),
                diverged);
    }

    /** How many points to either side {@link #REACH} is, at least one. */
    private static int neighbours(List<Point> points) {
        double step = Math.log10(points.get(1).rate() / points.get(0).rate());
        return (int) Math.max(1, Math.round(Math.min(REACH / step, points.size())));
    }

    /** Of the line of least squares through a point and its neighbours, over the number of the step. */
    private static double slope(List<Point> points, int at, int neighbours) {
        double products = 0, squares = 0;
        for (int i = -neighbours; i <= neighbours; i++) {
            products += i * points.get(at + i).smoothed();
            squares += i * i;
        }
        return squares == 0 ? 0 : products / squares;
    }

    /** The points as CSV: {@code lr,loss,smoothed_loss}. */
    public String csv() {
        StringBuilder text = new StringBuilder("lr,loss,smoothed_loss\n");
        for (Point p : points) {
            text.append(String.format(java.util.Locale.ROOT, "%.6g,%.6g,%.6g\n", p.rate(), p.loss(), p.smoothed()));
        }
        return text.toString();
    }
}
