package voluta.train;

import voluta.model.NetworkDescription;

/**
 * What a run would be: everything but its folder and its steps; see {@link Trainer#rehearse}.
 *
 * @param network what would be trained, with the input and the classes of the data
 * @param backend one line: what would compute, and why others do not
 * @param trainingImages images of the training split
 * @param evaluationImages images of the evaluation split
 * @param batchSize images in a batch
 * @param gradAccumSteps batches in a step
 * @param stepsPerEpoch steps in an epoch
 * @param totalSteps steps of the whole run
 * @param memoryBytes what parameters, activations and buffers take on the device
 * @param plan what would run in which order, and where everything lies
 */
public record Rehearsal(
        NetworkDescription network,
        String backend,
        int trainingImages,
        int evaluationImages,
        int batchSize,
        int gradAccumSteps,
        int stepsPerEpoch,
        long totalSteps,
        long memoryBytes,
        String plan) {}
