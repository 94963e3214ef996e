package voluta.train;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import voluta.backend.Backend;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.model.AccumulatedStep;
import voluta.model.EvaluationGraph;
import voluta.model.Loss;
import voluta.model.Network;
import voluta.model.TrainingGraph;
import voluta.plan.Lowering;

/**
 * The graphs of a run, made of ops that a backend has.
 *
 * @param training a training step, or one batch of a step that accumulates gradients
 * @param update what ends such a step
 * @param evaluation an evaluation step
 * @param residentEvaluation the same over images on the device, where the options ask for that
 * @param evaluationBatch its images, no more than there are
 * @param groups which parameters are trained how
 * @param differences what makes accumulating differ from one large batch, in words
 */
record StepGraphs(
        Graph training,
        Optional<Graph> update,
        Graph evaluation,
        Optional<Graph> residentEvaluation,
        int evaluationBatch,
        UpdateGroups groups,
        List<String> differences) {
    /**
     * The graphs for what the options say.
     *
     * @param batch images in a training step
     */
    static StepGraphs of(TrainingConfig c, RunData data, int batch, Backend backend) {
        Optional<LayerPatterns> frozen = c.freeze().map(text -> new LayerPatterns("freeze", text));
        Network network = Network.of(data.network())
                .withPixels(data.pixels())
                .withSeed(c.seed())
                .withFrozen(frozen.isPresent() ? frozen.get() : path -> false);
        Loss loss = loss(c);
        Precision p = c.precision();
        int measured = Math.min(batch, data.evaluation().size());
        UnaryOperator<Graph> lowering = g -> Lowering.forTraining(g, backend, p);
        UnaryOperator<Graph> inference = g -> Lowering.forInference(g, backend, p);
        Graph evaluation = EvaluationGraph.build(network, measured, loss.forEvaluation(), inference);
        UpdateGroups groups = new UpdateGroups(c, evaluation.parameters());
        TrainingGraph.Recipe recipe = new TrainingGraph.Recipe(
                loss,
                UpdateSettings.optimizer(c),
                UpdateSettings.clipping(c),
                groups.grouping(),
                c.modelEma().isPresent(),
                c.lossScaling());
        Optional<Graph> residentEvaluation = !c.deviceData()
                ? Optional.empty()
                : Optional.of(EvaluationGraph.build(
                        network.withResident(DeviceData.evaluation(data)), measured, loss.forEvaluation(), inference));
        if (c.deviceData()) network = network.withResident(DeviceData.training(data));
        if (c.gradAccumSteps() == 1) {
            Graph training = TrainingGraph.build(network, batch, recipe, lowering);
            return new StepGraphs(
                    training, Optional.empty(), evaluation, residentEvaluation, measured, groups, List.of());
        }
        AccumulatedStep step = AccumulatedStep.build(network, batch, c.gradAccumSteps(), recipe, lowering);
        List<String> differences = new ArrayList<>(step.differences());
        if (c.mixing().active()) differences.add("images are mixed within each batch");
        return new StepGraphs(
                step.batch(),
                Optional.of(step.update()),
                evaluation,
                residentEvaluation,
                measured,
                groups,
                differences);
    }

    /** All graphs, in the order in which they are compiled: the gradients decide how parameters lie. */
    List<Graph> all() {
        List<Graph> all = new ArrayList<>(List.of(training));
        update.ifPresent(all::add);
        all.add(evaluation);
        return all;
    }

    private static Loss loss(TrainingConfig c) {
        if (c.loss().equals("cross-entropy")) {
            return c.mixing().active() ? Loss.softCrossEntropy(c.smoothing()) : Loss.crossEntropy(c.smoothing());
        }
        throw new TrainingException("there is no loss " + c.loss() + " for images with labels; use cross-entropy");
    }
}
