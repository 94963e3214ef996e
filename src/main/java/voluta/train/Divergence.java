package voluta.train;

import java.nio.file.Path;
import java.util.Optional;
import voluta.model.TrainingGraph;
import voluta.session.NonFinite;
import voluta.session.Session;
import voluta.tensor.HostTensor;

/** Finds out where a loss or a gradient stopped being a number, and says so. */
final class Divergence {
    private Divergence() {}

    /**
     * Runs the bad step again, looking at every value.
     *
     * @param last the newest checkpoint, or null
     */
    static TrainingException explain(TrainingProgram program, StepLoop loop, int epoch, Path last, double baseRate) {
        double loss = loop.lastLoss(), norm = loop.lastNorm();
        String what =
                Double.isFinite(loss) ? "the gradient norm became " + word(norm) : "the loss became " + word(loss);
        long step = loop.begun();
        double rate = loop.learningRate();
        String first =
                find(program, loop.badSlot()).map(n -> "; " + n).orElse("; running the step again gave finite numbers");
        return new TrainingException(what + " at epoch " + epoch + ", step " + step + first + saved(last)
                + "; try a lower --lr (now " + baseRate + (rate == baseRate ? "" : ", at this step " + (float) rate)
                + ") or --clip-grad");
    }

    /** What is known of a step since the last report, which was not looked at when it was done. */
    static TrainingException between(StepLoop loop, int epoch, Path last, int logInterval) {
        return new TrainingException("the loss stopped being a number at epoch " + epoch + ", within the " + logInterval
                + " steps or fewer before step " + loop.step() + saved(last)
                + "; go on from there with --log-interval 1, which names the step and the layer");
    }

    /** A loss scale that no step was small enough for: the weights are those from before. */
    static TrainingException vanished(TrainingProgram program, StepLoop loop, int epoch, Path last) {
        return new TrainingException("the loss scale fell to " + (float) program.lossScale() + " at epoch " + epoch
                + ", step " + loop.step() + ": the gradients were NaN or infinite whatever it was, and "
                + program.skipped(loop.step()) + " steps of the run changed nothing" + saved(last)
                + "; try --amp-dtype bfloat16, or a lower --lr");
    }

    private static String saved(Path last) {
        return last != null ? "; the last good weights are in " + last : "; no checkpoint had been written yet";
    }

    private static String word(double value) {
        return Double.isNaN(value) ? "NaN" : "infinite";
    }

    private static Optional<NonFinite> find(TrainingProgram program, int slot) {
        Session session = program.session();
        // The bad step went through the running statistics and all sums already; they would be blamed.
        program.weightTensors().forEach((name, tensor) -> {
            if (session.state().containsKey(name)) mend(session, name, tensor);
        });
        for (String name : TrainingGraph.STATES) {
            if (session.holds(name)) mend(session, name, session.read(name));
        }
        for (String name : program.accumulated()) mend(session, name, session.read(name));
        return program.training().findNonFinite(slot);
    }

    private static void mend(Session session, String name, HostTensor tensor) {
        session.read(name, tensor);
        boolean bad = false;
        for (long i = 0; i < tensor.type().elements(); i++) {
            if (Double.isFinite(tensor.get(i))) continue;
            tensor.set(i, 1);
            bad = true;
        }
        if (bad) session.write(name, tensor);
    }
}
