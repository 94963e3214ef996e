package voluta.train;

import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A line in the log for each epoch, where nobody else listens. */
final class LogListener implements TrainingListener {
    private static final Logger LOG = LoggerFactory.getLogger(Trainer.class);

    private String samples = "images";

    @Override
    public void runStarted(RunStart run) {
        samples = run.network().samples();
        LOG.info(
                "training {} ({} parameters) on {} {}, {} epochs of {} steps, in {}; {}",
                run.network().name(),
                run.parameters(),
                run.trainingImages(),
                samples,
                run.config().epochs(),
                run.stepsPerEpoch(),
                run.folder(),
                run.backend());
    }

    @Override
    public void notice(String sentence) {
        LOG.info(sentence);
    }

    @Override
    public void epochEnded(EpochReport e) {
        LOG.info(String.format(
                Locale.ROOT,
                "epoch %d: loss %.4f, top1 %.4f; evaluation loss %.4f, top1 %.4f; %.0f %s/s, %.1f s%s",
                e.epoch(),
                e.loss(),
                e.top1(),
                e.evaluation().loss(),
                e.evaluation().top1(),
                e.imagesPerSecond(),
                samples,
                e.seconds(),
                e.best() ? ", best so far" : ""));
    }
}
