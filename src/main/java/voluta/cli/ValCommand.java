package voluta.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import voluta.data.Dataset;
import voluta.data.Datasets;
import voluta.report.RunReport;
import voluta.report.ValidationReport;
import voluta.train.Evaluation;
import voluta.train.Validation;
import voluta.train.Validator;

/** Measures trained weights on labelled images. */
@Command(
        name = "val",
        header = {"Measure trained weights on labelled images.", ""},
        description =
                "Measures trained weights on labelled images: loss, the share of right first guesses (top1) and of"
                        + " right ones among the first five (top5), and the same for each class.",
        footer = {
            "",
            "Examples:",
            "  voluta val --checkpoint runs/train",
            "  voluta val --checkpoint runs/train --output runs/train/val",
            "  voluta val --checkpoint runs/train --data-dir datasets/mnist --confusion-matrix",
            "  voluta val --checkpoint runs/train --split train --json"
        })
final class ValCommand implements Callable<Integer> {
    @Mixin
    private CheckpointOption checkpoint;

    @Mixin
    private DataOption place;

    @Option(
            names = {"--split", "--val-split"},
            paramLabel = "SPLIT",
            description = "Split to measure on. Default: ${DEFAULT-VALUE}, which is also found as val, valid or test.")
    private String split = "validation";

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "N",
            description = "Images that are computed together. Default: ${DEFAULT-VALUE}.")
    private int batch = Validator.BATCH_SIZE;

    @Option(
            names = "--confusion-matrix",
            description = "Also print how many images of each class (rows) were taken for each class (columns).")
    private boolean confusion;

    @Option(
            names = "--output",
            paramLabel = "FOLDER",
            description = "Also write report.html, predictions.csv, confusion_matrix.png and val_batch0_pred.png here.")
    private Path folder;

    @Mixin
    private PrecisionOption precision;

    @Mixin
    private BackendOption where;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        if (batch < 1) throw output.usage("--batch-size is %d; use 1 or more", batch);
        Path file = checkpoint.file();
        try (Dataset data = Datasets.open(place.of(split, output));
                Validator validator =
                        Validator.open(file, where.backend(), where.options(), precision.precision(), together(data))) {
            output.note("%s", validator.backend());
            output.note("%s on %s, %,d %s", file, data.name(), data.size(), samples(data));
            report(file, data, measured(file, validator, data));
        }
        return ExitCode.OK;
    }

    private Validation measured(Path file, Validator validator, Dataset data) {
        if (folder == null) return validator.validate(data);
        Validation result =
                ValidationReport.write(folder, file, validator, data, sentence -> output.note("note: %s", sentence));
        output.note("report in %s", folder.resolve(RunReport.FILE));
        return result;
    }

    private static String samples(Dataset data) {
        return data.arrayShape().isPresent() ? "samples" : "images";
    }

    /** A batch larger than the data would compute with images that are not there. */
    private int together(Dataset data) {
        return Math.min(batch, data.size());
    }

    private void report(Path file, Dataset data, Validation result) {
        Evaluation e = result.evaluation();
        for (Validation.ClassAccuracy c : result.classes()) {
            output.line("%-24s %7.2f %%  of %d", c.className(), 100 * c.accuracy(), c.images());
            output.record(new JsonLine()
                    .put("class", c.className())
                    .put("images", c.images())
                    .put("accuracy", c.accuracy()));
        }
        if (confusion) matrix(result);
        output.line(
                "top1 %.2f %%, top5 %.2f %%, loss %.4f; %,d %s, %,.0f %s/s",
                100 * e.top1(),
                100 * e.top5(),
                e.loss(),
                e.images(),
                samples(data),
                e.images() / e.seconds(),
                samples(data));
        JsonLine total = new JsonLine()
                .put("checkpoint", file)
                .put("data", data.name())
                .put("images", e.images())
                .put("top1", e.top1())
                .put("top5", e.top5())
                .put("loss", e.loss())
                .put("images_per_s", e.images() / e.seconds());
        if (confusion) total.put("confusion", counts(result));
        output.record(total);
    }

    private static List<List<Long>> counts(Validation result) {
        int classes = result.classes().size();
        List<List<Long>> rows = new ArrayList<>();
        for (int actual = 0; actual < classes; actual++) {
            List<Long> row = new ArrayList<>();
            for (int predicted = 0; predicted < classes; predicted++) row.add(result.count(actual, predicted));
            rows.add(row);
        }
        return rows;
    }

    private void matrix(Validation result) {
        List<List<Long>> rows = counts(result);
        for (int actual = 0; actual < rows.size(); actual++) {
            StringBuilder line = new StringBuilder();
            for (long n : rows.get(actual)) line.append(String.format(Locale.ROOT, "%6d", n));
            output.line("%s  %s", line, result.classes().get(actual).className());
        }
    }
}
