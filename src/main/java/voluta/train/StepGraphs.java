package voluta.train;

import java.util.Optional;
import voluta.backend.Backend;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.model.EvaluationGraph;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.TrainingGraph;
import voluta.plan.Lowering;

/**
 * The two graphs of a run, made of ops that a backend has.
 *
 * @param training a training step
 * @param evaluation an evaluation step
 * @param evaluationBatch its images, no more than there are
 */
record StepGraphs(Graph training, Graph evaluation, int evaluationBatch) {
    /**
     * The graphs for what the options say.
     *
     * @param batch images in a training step
     */
    static StepGraphs of(TrainingConfig c, RunData data, int batch, Backend backend) {
        Optional<FrozenLayers> frozen = c.freeze().map(FrozenLayers::new);
        Network network = Network.of(data.network())
                .withPixels(data.pixels())
                .withSeed(c.seed())
                .withFrozen(frozen.isPresent() ? frozen.get() : path -> false);
        Loss loss = loss(c);
        TrainingGraph.Recipe recipe = new TrainingGraph.Recipe(
                loss,
                UpdateSettings.optimizer(c),
                UpdateSettings.clipping(c),
                false,
                c.modelEma().isPresent());
        Precision p = c.precision();
        int measured = Math.min(batch, data.evaluation().size());
        return new StepGraphs(
                TrainingGraph.build(network, batch, recipe, g -> Lowering.forTraining(g, backend, p)),
                EvaluationGraph.build(
                        network, measured, loss.forEvaluation(), g -> Lowering.forInference(g, backend, p)),
                measured);
    }

    private static Loss loss(TrainingConfig c) {
        if (c.loss().equals("cross-entropy")) {
            return c.mixing().active() ? Loss.softCrossEntropy(c.smoothing()) : Loss.crossEntropy(c.smoothing());
        }
        throw new TrainingException("there is no loss " + c.loss() + " for images with labels; use cross-entropy");
    }
}
