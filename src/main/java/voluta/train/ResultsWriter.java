package voluta.train;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import voluta.checkpoint.AtomicFile;

/** Adds a row per epoch to {@code results.csv}, which begins with a header. The file is replaced as a whole, so nobody sees half a row. */
final class ResultsWriter implements TrainingListener {
    static final String HEADER = "epoch,step,lr,train_loss,train_top1,val_loss,val_top1,val_top5,gradient_norm,"
            + "gradient_norm_max,clipped_share,loss_scale,skipped_steps,images_per_second,wait_share,seconds\n";

    private final Path file;
    private final StringBuilder text = new StringBuilder(HEADER);

    ResultsWriter(Path file) {
        this.file = file;
    }

    /** Goes on after these epochs; whatever the file holds is replaced, so no row is there twice or missing. */
    void begin(List<EpochReport> epochs) {
        epochs.forEach(this::add);
        AtomicFile.writeText(file, text.toString());
    }

    @Override
    public void epochEnded(EpochReport e) {
        add(e);
        AtomicFile.writeText(file, text.toString());
    }

    private void add(EpochReport e) {
        text.append(String.format(
                Locale.ROOT,
                "%d,%d,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,%.6g,%.4f,%s,%d,%.1f,%.4f,%.3f\n",
                e.epoch(),
                e.step(),
                e.learningRate(),
                e.loss(),
                e.top1(),
                e.evaluation().loss(),
                e.evaluation().top1(),
                e.evaluation().top5(),
                e.gradientNorm(),
                e.maxGradientNorm(),
                e.clippedShare(),
                e.lossScale(),
                e.skippedSteps(),
                e.imagesPerSecond(),
                e.waitShare(),
                e.seconds()));
    }
}
