package voluta.train;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** Several listeners as one, told in order. */
record Listeners(List<TrainingListener> all) implements TrainingListener {
    Listeners {
        all = List.copyOf(all);
    }

    private void tell(Consumer<TrainingListener> event) {
        all.forEach(event);
    }

    @Override
    public void runStarted(RunStart run) {
        tell(l -> l.runStarted(run));
    }

    @Override
    public void epochStarted(int epoch) {
        tell(l -> l.epochStarted(epoch));
    }

    @Override
    public void stepsLogged(StepReport steps) {
        tell(l -> l.stepsLogged(steps));
    }

    @Override
    public void evaluationStarted(int epoch, int batches) {
        tell(l -> l.evaluationStarted(epoch, batches));
    }

    @Override
    public void evaluationEnded(int epoch, Evaluation evaluation) {
        tell(l -> l.evaluationEnded(epoch, evaluation));
    }

    @Override
    public void checkpointWritten(Path file, long step) {
        tell(l -> l.checkpointWritten(file, step));
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        tell(l -> l.epochEnded(epoch));
    }

    @Override
    public void notice(String sentence) {
        tell(l -> l.notice(sentence));
    }

    @Override
    public void profiled(StepProfile profile) {
        tell(l -> l.profiled(profile));
    }

    @Override
    public void runEnded(TrainingResult result) {
        tell(l -> l.runEnded(result));
    }

    @Override
    public void runFailed(Throwable failure) {
        tell(l -> l.runFailed(failure));
    }
}
