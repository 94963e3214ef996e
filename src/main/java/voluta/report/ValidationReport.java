package voluta.report;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import voluta.data.Dataset;
import voluta.train.PastRun;
import voluta.train.Validation;
import voluta.train.Validator;

/** The report of a checkpoint on a data set: what {@link RunReport} writes for a training, into a folder of choice. */
public final class ValidationReport {
    private ValidationReport() {}

    /**
     * Measures a checkpoint and writes what came out.
     *
     * @param folder is made if it is not there; files of the same names in it are replaced
     * @param checkpoint where the validator's weights are from
     * @param notices is told, in sentences, what cannot be written
     * @throws voluta.tensor.VolutaException if data and network do not fit together, or the folder cannot be written to
     */
    public static Validation write(
            Path folder, Path checkpoint, Validator validator, Dataset data, Consumer<String> notices) {
        ReportFiles files = new ReportFiles(folder, notices).make();
        PastRun past = PastRun.of(checkpoint);
        Judgements judgements = new Judgements(validator.classNames());
        Validation measured = validator.validate(data, judgements);
        if (judgements.rows().isEmpty()) return measured;
        files.write(
                new Findings(
                        past.network().name() + " on " + data.name(),
                        facts(checkpoint, validator, measured, past),
                        past.epochs(),
                        List.of(),
                        List.of(),
                        past.options(),
                        past.network(),
                        data.name(),
                        Optional.of(judgements)),
                true);
        return measured;
    }

    private static Map<String, String> facts(Path checkpoint, Validator validator, Validation measured, PastRun past) {
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("Accuracy", String.format(Locale.ROOT, "%.2f %%", 100 * measured.top1()));
        facts.put(
                "Top 5",
                String.format(
                        Locale.ROOT, "%.2f %%", 100 * measured.evaluation().top5()));
        facts.put(
                "Loss", String.format(Locale.ROOT, "%.4f", measured.evaluation().loss()));
        facts.put(
                "Images",
                String.format(Locale.ROOT, "%,d", measured.evaluation().images()));
        facts.put("Checkpoint", checkpoint.toString());
        facts.put("Trained", String.format(Locale.ROOT, "%,d steps", past.step()));
        facts.put("Backend", validator.backend());
        return facts;
    }
}
