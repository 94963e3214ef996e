package voluta.train;

import java.util.LinkedHashMap;
import java.util.Map;
import voluta.checkpoint.Checkpoint;
import voluta.checkpoint.ModelDescription;
import voluta.checkpoint.RunState;
import voluta.model.Pixels;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

/** Takes the weights and the optimizer's state out of the session and saves them. Keeps its buffers. */
final class CheckpointWriter {
    private final TrainingProgram program;
    private final TrainingConfig config;
    private final ModelDescription model;
    private final Map<String, HostTensor> weights;
    private final Map<String, HostTensor> optimizer;

    CheckpointWriter(TrainingProgram program, TrainingConfig config, RunData data) {
        this.program = program;
        this.config = config;
        Pixels pixels = data.pixels();
        long[] input = data.network().input().stream().mapToLong(i -> i).toArray();
        this.model = new ModelDescription(
                data.network().yaml(), data.training().classNames(), Shape.of(input), pixels.mean(), pixels.std());
        this.weights = program.weightTensors();
        this.optimizer = program.optimizerTensors();
    }

    /** What the device holds now, at this point of the run. The tensors are valid until the next call. */
    Checkpoint take(RunState run) {
        weights.forEach(program.session()::read);
        optimizer.forEach(program.session()::read);
        return new Checkpoint(model, run, weights, Map.of(Checkpoint.OPTIMIZER, optimizer));
    }

    /**
     * Where a run stands.
     *
     * @param epoch the epoch that goes on or comes next, from 0
     * @param samples how many of its images have been used
     */
    RunState state(long epoch, long samples, long step, EpochReport latest, BestEpoch best) {
        Map<String, Double> metrics = new LinkedHashMap<>();
        if (latest != null) {
            metrics.put("train/loss", latest.loss());
            metrics.put("train/top1", latest.top1());
            metrics.put("val/loss", latest.evaluation().loss());
            metrics.put("val/top1", latest.evaluation().top1());
            metrics.put("val/top5", latest.evaluation().top5());
        }
        return new RunState(epoch, samples, step, config.seed(), metrics, config.toYaml(), best.remembered());
    }
}
