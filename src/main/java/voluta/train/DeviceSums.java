package voluta.train;

import java.util.ArrayList;
import java.util.List;
import voluta.session.CompiledGraph;
import voluta.session.OutputReader;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Loss, right guesses and images, summed up on the device since they were last cleared. */
final class DeviceSums {
    private final Session session;
    private final List<String> states = new ArrayList<>();
    private final OutputReader loss;
    private final OutputReader correct;
    private final OutputReader samples;
    private final HostTensor zero = HostTensor.zeros(TensorType.f32());

    private double lastLoss;
    private double lastCorrect;
    private double lastSamples;

    DeviceSums(Session session, CompiledGraph graph, List<String> states, String loss, String correct, String samples) {
        this.session = session;
        this.loss = graph.reader(loss);
        this.correct = graph.reader(correct);
        this.samples = graph.reader(samples);
        for (String state : states) if (session.holds(state)) this.states.add(state);
    }

    void clear() {
        for (String state : states) session.write(state, zero);
    }

    /** Waits for the device. */
    void read() {
        lastLoss = loss.scalar();
        lastCorrect = correct.scalar();
        lastSamples = samples.scalar();
    }

    /** The sum of the losses of all images, as last read. */
    double loss() {
        return lastLoss;
    }

    /** How many first guesses were right, as last read. */
    double correct() {
        return lastCorrect;
    }

    /** How many images, as last read. */
    double samples() {
        return lastSamples;
    }
}
