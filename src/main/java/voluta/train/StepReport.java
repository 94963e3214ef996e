package voluta.train;

/**
 * The steps since the last report.
 *
 * @param epoch from 1
 * @param stepInEpoch steps done of this epoch
 * @param stepsPerEpoch how many it has
 * @param step steps done of the run
 * @param totalSteps how many it has
 * @param learningRate of the last step
 * @param loss the mean over these steps
 * @param top1 the share of right first guesses in these steps
 * @param gradientNorm the mean norm of all gradients, before clipping
 * @param lossScale by what the next step's loss is multiplied; 1 without a loss scale
 * @param imagesPerSecond over these steps
 * @param secondsPerStep over these steps
 * @param waitShare the share of the time spent waiting for data, 0 to 1
 */
public record StepReport(
        int epoch,
        int stepInEpoch,
        int stepsPerEpoch,
        long step,
        long totalSteps,
        double learningRate,
        double loss,
        double top1,
        double gradientNorm,
        double lossScale,
        double imagesPerSecond,
        double secondsPerStep,
        double waitShare) {}
