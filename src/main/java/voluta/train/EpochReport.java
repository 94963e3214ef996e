package voluta.train;

/**
 * One epoch.
 *
 * @param epoch from 1
 * @param step steps done of the run
 * @param learningRate of the last step
 * @param loss the mean training loss
 * @param top1 the share of right first guesses on the training images, as they were seen
 * @param evaluation on the evaluation split
 * @param gradientNorm the mean norm of all gradients, before clipping
 * @param maxGradientNorm the largest
 * @param clippedShare the share of steps whose gradients were clipped; 0 without clipping
 * @param lossScale by what the next step's loss is multiplied; 1 without a loss scale
 * @param skippedSteps steps that changed nothing since their gradients were not finite; 0 without a loss scale
 * @param imagesPerSecond in training
 * @param waitShare the share of the training time spent waiting for data, 0 to 1
 * @param seconds with evaluation
 * @param best whether the evaluation is the best so far
 */
public record EpochReport(
        int epoch,
        long step,
        double learningRate,
        double loss,
        double top1,
        Evaluation evaluation,
        double gradientNorm,
        double maxGradientNorm,
        double clippedShare,
        double lossScale,
        long skippedSteps,
        double imagesPerSecond,
        double waitShare,
        double seconds,
        boolean best) {}
