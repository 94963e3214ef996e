package voluta.train;

import java.util.List;
import voluta.plan.PlannedStep;

/**
 * Where the time of a run's steps went. The times of the kernels are medians over the steps that were measured, spread over
 * the run; in those the kernels ran one by one. The other figures are means over all steps.
 *
 * @param measured how many steps were measured
 * @param stepSeconds of a step, with waiting for data and without evaluations and checkpoints
 * @param waitSeconds of a step, waiting for data
 * @param kernels in the order in which they run
 */
public record StepProfile(int measured, double stepSeconds, double waitSeconds, List<Kernel> kernels) {
    /**
     * One kernel.
     *
     * @param step as it is planned
     * @param runs how often it runs in a step: once for each batch of which the gradients are accumulated
     * @param nanos of all its runs in a step
     */
    public record Kernel(PlannedStep step, int runs, long nanos) {}

    public StepProfile {
        kernels = List.copyOf(kernels);
    }
}
