package voluta.train;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * What an epoch amounts to so far. A checkpoint in mid-epoch remembers it, so that the row of a resumed epoch is that of
 * the whole epoch.
 */
final class EpochTotals {
    private static final int FIELDS = 11;
    /** Of checkpoints from before there was a loss scale. */
    private static final int FIELDS_ONCE = 10;

    private double lossSum;
    private double correct;
    private double samples;
    private double trainingSeconds;
    private double waitedSeconds;
    private double normsRead;
    private double normSum;
    private double normMax;
    private double clippedSteps;
    private long skippedBefore;

    private double secondsBefore;
    private long begun = System.nanoTime();

    /** Begins an epoch. @param skippedSteps of the run until now */
    void clear(long skippedSteps) {
        restore(new double[FIELDS]);
        skippedBefore = skippedSteps;
        startClock();
    }

    /** Goes on with one: the time until now does not count. */
    void startClock() {
        begun = System.nanoTime();
    }

    /** The norm of the gradients of a step, and 1 if they were clipped. */
    void addNorm(double norm, double clipped) {
        normsRead++;
        normSum += norm;
        normMax = Math.max(normMax, norm);
        clippedSteps += clipped;
    }

    void addTime(double seconds, double waited) {
        trainingSeconds += seconds;
        waitedSeconds += waited;
    }

    void addSums(DeviceSums sums) {
        lossSum += sums.loss();
        correct += sums.correct();
        samples += sums.samples();
    }

    double loss() {
        return lossSum / samples;
    }

    double top1() {
        return correct / samples;
    }

    /** The norms that were read: of every step where reading is cheap, else of some; 0 if none of them was finite. */
    double meanNorm() {
        return normsRead == 0 ? 0 : normSum / normsRead;
    }

    double maxNorm() {
        return normMax;
    }

    double clippedShare() {
        return normsRead == 0 ? 0 : clippedSteps / normsRead;
    }

    /** Steps of the epoch that were skipped. @param skippedSteps of the run until now */
    long skipped(long skippedSteps) {
        return skippedSteps - skippedBefore;
    }

    double imagesPerSecond() {
        return samples / trainingSeconds;
    }

    double waitShare() {
        return waitedSeconds / trainingSeconds;
    }

    /** Since the epoch began, without the time between being stopped and resumed. */
    double seconds() {
        return secondsBefore + (System.nanoTime() - begun) / 1e9;
    }

    /** All of it, to the last digit. */
    String remembered() {
        double[] all = {
            lossSum,
            correct,
            samples,
            trainingSeconds,
            waitedSeconds,
            normsRead,
            normSum,
            normMax,
            clippedSteps,
            seconds(),
            skippedBefore
        };
        return Arrays.stream(all).mapToObj(Double::toString).collect(Collectors.joining(","));
    }

    /** @throws NumberFormatException if this is not what {@link #remembered} gives */
    void restore(String remembered) {
        double[] all = Arrays.stream(remembered.split(","))
                .mapToDouble(Double::parseDouble)
                .toArray();
        if (all.length != FIELDS && all.length != FIELDS_ONCE)
            throw new NumberFormatException(all.length + " numbers instead of " + FIELDS);
        restore(Arrays.copyOf(all, FIELDS));
    }

    private void restore(double[] all) {
        lossSum = all[0];
        correct = all[1];
        samples = all[2];
        trainingSeconds = all[3];
        waitedSeconds = all[4];
        normsRead = all[5];
        normSum = all[6];
        normMax = all[7];
        clippedSteps = all[8];
        secondsBefore = all[9];
        skippedBefore = (long) all[10];
    }
}
