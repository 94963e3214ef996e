package voluta.cli;

import voluta.tensor.Bytes;
import voluta.train.EpochReport;
import voluta.train.RunRecords;
import voluta.train.RunStart;
import voluta.train.StepReport;
import voluta.train.TrainingListener;
import voluta.train.TrainingResult;

/** Shows a training of this process as it goes on. */
final class Progress implements TrainingListener {
    private final RunView view;

    Progress(RunView view) {
        this.view = view;
    }

    @Override
    public void runStarted(RunStart run) {
        view.line("%s", run.backend());
        view.line(
                "%s, input %s, %d classes, %,d parameters; %s in memory",
                run.network().name(),
                run.network().input(),
                run.network().classes(),
                run.parameters(),
                Bytes.text(run.memoryBytes()));
        view.line(
                "%,d %s to train on, %,d to evaluate on; batch %s, %d steps an epoch",
                run.trainingImages(),
                run.network().samples(),
                run.evaluationImages(),
                TrainCommand.batch(run.batchSize(), run.config().gradAccumSteps()),
                run.stepsPerEpoch());
        if (run.firstStep() == 0) view.line("writing to %s", run.folder());
        else view.line("going on in %s after %,d of %,d steps", run.folder(), run.firstStep(), run.totalSteps());
        view.show(RunRecords.started(run));
    }

    @Override
    public void stepsLogged(StepReport steps) {
        view.show(RunRecords.steps(steps));
    }

    @Override
    public void evaluationStarted(int epoch, int batches) {
        view.follow(RunRecords.evaluation(epoch, batches));
    }

    @Override
    public void epochEnded(EpochReport epoch) {
        view.show(RunRecords.epoch(epoch));
    }

    @Override
    public void notice(String sentence) {
        view.show(RunRecords.notice(sentence));
    }

    @Override
    public void runEnded(TrainingResult result) {
        view.follow(RunRecords.ended(result));
        view.erase();
    }

    @Override
    public void runFailed(Throwable failure) {
        view.follow(RunRecords.failed(failure));
        view.erase();
    }
}
