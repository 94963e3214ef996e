package voluta.train;

import java.util.List;
import java.util.function.BooleanSupplier;
import voluta.data.BatchLoader;
import voluta.data.BatchSlot;
import voluta.data.Dataset;
import voluta.data.LoaderOptions;
import voluta.model.EvaluationGraph;
import voluta.session.CompiledGraph;
import voluta.session.OutputReader;

/** Measures the network on the evaluation split; sums stay on the device until the end. */
final class EvaluationLoop implements AutoCloseable {
    private final TrainingProgram program;
    private final CompiledGraph graph;
    private final Dataset data;
    private final LoaderOptions options;
    private final List<BatchSlot> slots;
    private final DeviceSums sums;
    private final OutputReader top5;
    private BatchLoader loader;

    EvaluationLoop(TrainingProgram program, Dataset data, int workers) {
        this.program = program;
        this.graph = program.evaluation();
        this.data = data;
        this.options = LoaderOptions.evaluation(program.evaluationBatch()).withWorkers(workers);
        this.slots = TrainingProgram.slots(graph);
        this.sums = new DeviceSums(
                program.session(),
                graph,
                EvaluationGraph.STATES,
                EvaluationGraph.LOSS_SUM,
                EvaluationGraph.TOP1,
                EvaluationGraph.SAMPLES);
        this.top5 = graph.reader(EvaluationGraph.TOP5);
    }

    int batches() {
        return (data.size() + options.batchSize() - 1) / options.batchSize();
    }

    /**
     * Every image once, with the averages of the weights if there are some; null if stopped on the way. The data are then
     * in use until {@link #close}.
     */
    Evaluation run(BooleanSupplier stop) {
        return program.withAverages(() -> measure(stop));
    }

    private Evaluation measure(BooleanSupplier stop) {
        long start = System.nanoTime();
        sums.clear();
        loader = new BatchLoader(data, slots, options);
        for (int b = 0; b < loader.batchesPerEpoch(); b++) {
            BatchSlot slot = stop.getAsBoolean() ? null : loader.take(stop);
            if (slot == null) return null;
            graph.run(slot.index());
            loader.release(slot);
        }
        sums.read();
        close();
        double n = sums.samples();
        double seconds = (System.nanoTime() - start) / 1e9;
        return new Evaluation((long) n, sums.loss() / n, sums.correct() / n, top5.scalar() / n, seconds);
    }

    /** Waits for the image that is being read: who is in a hurry saves first. */
    @Override
    public void close() {
        if (loader != null) loader.close();
        loader = null;
    }
}
