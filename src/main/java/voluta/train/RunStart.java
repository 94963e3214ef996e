package voluta.train;

import java.nio.file.Path;
import voluta.model.NetworkDescription;

/**
 * What is known when a run begins.
 *
 * @param folder the run's folder
 * @param config all options
 * @param network what is trained, with the input and the classes of the data
 * @param backend one line: what computes, and why others do not
 * @param parameters how many numbers are trained
 * @param trainingImages images of the training split
 * @param evaluationImages images of the evaluation split
 * @param batchSize images in a batch, of which a step has {@code config.gradAccumSteps()}
 * @param stepsPerEpoch steps in an epoch
 * @param firstStep steps done already, by the run that goes on; 0 for a new one
 * @param totalSteps steps of the whole run, if nothing ends it early
 * @param droppedPerEpoch images that are left out of each epoch, others each time, since they do not fill a step
 * @param memoryBytes what parameters, activations and buffers take on the device
 */
public record RunStart(
        Path folder,
        TrainingConfig config,
        NetworkDescription network,
        String backend,
        long parameters,
        int trainingImages,
        int evaluationImages,
        int batchSize,
        int stepsPerEpoch,
        long firstStep,
        long totalSteps,
        int droppedPerEpoch,
        long memoryBytes) {}
