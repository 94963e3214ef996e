package voluta.train;

/**
 * What a network does on the images of a split.
 *
 * @param images how many
 * @param loss the mean loss
 * @param top1 the share of images whose first guess is right
 * @param top5 the share of images of which one of the first five guesses is right
 * @param seconds the time it took
 */
public record Evaluation(long images, double loss, double top1, double top5, double seconds) {}
