package voluta.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import voluta.data.DataException;
import voluta.data.NamedArray;
import voluta.train.Prediction;
import voluta.train.Predictor;

/** Says what is on pictures. */
@Command(
        name = "predict",
        header = {"Say what is on pictures.", ""},
        description =
                "Says what is on pictures: for each file, the most probable classes. Pictures may have any size; they"
                        + " are prepared as those of the training were, with what the checkpoint holds.",
        footer = {
            "",
            "Examples:",
            "  voluta predict --checkpoint runs/train shoe.png",
            "  voluta predict --checkpoint runs/train --top-k 3 pictures/",
            "  voluta predict --checkpoint runs/train --json pictures/*.jpg > guesses.jsonl"
        })
final class PredictCommand implements Callable<Integer> {
    private static final Set<String> ENDINGS = Set.of("png", "jpg", "jpeg", "webp", "bmp", "gif");

    @Parameters(
            paramLabel = "FILE|FOLDER",
            arity = "1..*",
            description =
                    "Pictures, or folders in which and under which every PNG, JPEG, WebP, BMP and GIF file is taken; for a"
                            + " network of signals or volumes, .npy or .npz files, or CSV files with a signal in each row.")
    private List<Path> given;

    @Mixin
    private CheckpointOption checkpoint;

    @Option(
            names = {"-k", "--top-k", "--topk"},
            paramLabel = "K",
            description = "How many classes to name for each picture. Default: ${DEFAULT-VALUE}.")
    private int top = 1;

    @Option(
            names = {"-b", "--batch-size"},
            paramLabel = "N",
            description = "Pictures that are computed together. Default: up to 32.")
    private Integer batch;

    @Mixin
    private PrecisionOption precision;

    @Mixin
    private BackendOption where;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        if (top < 1) throw output.usage("--top-k is %d; use 1 or more", top);
        if (batch != null && batch < 1) throw output.usage("--batch-size is %d; use 1 or more", batch);
        List<Path> files = files();
        int together = batch != null ? batch : Math.min(32, files.size());
        try (Predictor predictor =
                Predictor.open(checkpoint.file(), where.backend(), where.options(), precision.precision(), together)) {
            output.note("%s", predictor.backend());
            if (predictor.arrayShape().isPresent()) return arrays(predictor, files);
            int unread = 0;
            for (int from = 0; from < files.size(); from += together) {
                List<Path> some = files.subList(from, Math.min(files.size(), from + together));
                unread += predict(predictor, some);
            }
            if (unread > 0) throw new DataException(unread + " of " + files.size() + " pictures could not be read");
        }
        return ExitCode.OK;
    }

    /** Tells what signals and volumes are: of a table, each row. */
    private int arrays(Predictor predictor, List<Path> files) {
        int unread = 0;
        for (Path file : files) {
            try {
                List<NamedArray> arrays = NamedArray.read(file);
                List<Prediction> predictions = predictor.predictArrays(arrays);
                for (int i = 0; i < arrays.size(); i++) tell(arrays.get(i).name(), predictions.get(i));
            } catch (DataException e) {
                if (files.size() == 1) throw e;
                unread++;
                refuse(file, e);
            }
        }
        if (unread > 0) throw new DataException(unread + " of " + files.size() + " files could not be used");
        return ExitCode.OK;
    }

    private void refuse(Path file, DataException e) {
        output.note("%s", e.getMessage());
        output.record(new JsonLine().put("file", file).put("error", e.getMessage()));
    }

    /** Tells what is on some pictures; gives how many could not be read. A single picture that cannot is an error at once. */
    private int predict(Predictor predictor, List<Path> some) {
        List<Prediction> predictions;
        try {
            predictions = predictor.predictFiles(some);
        } catch (DataException e) {
            if (some.size() == 1 && given.size() == 1 && some.get(0).equals(given.get(0))) throw e;
            return oneByOne(predictor, some);
        }
        for (int i = 0; i < some.size(); i++) tell(some.get(i).toString(), predictions.get(i));
        return 0;
    }

    /** The same where one picture or more cannot be read: the others are told all the same. */
    private int oneByOne(Predictor predictor, List<Path> some) {
        int unread = 0;
        for (Path file : some) {
            try {
                tell(file.toString(), predictor.predictFiles(List.of(file)).get(0));
            } catch (DataException e) {
                unread++;
                refuse(file, e);
            }
        }
        return unread;
    }

    private List<Path> files() {
        List<Path> files = new ArrayList<>();
        for (Path path : given) {
            if (!Files.isDirectory(path)) files.add(path);
            else files.addAll(pictures(path));
        }
        return files;
    }

    /** The pictures in and under a folder, in order of their names. */
    private static List<Path> pictures(Path folder) {
        try (Stream<Path> all = Files.walk(folder)) {
            List<Path> pictures = all.filter(PredictCommand::isPicture).sorted().toList();
            if (!pictures.isEmpty()) return pictures;
        } catch (IOException | java.io.UncheckedIOException e) {
            throw new DataException("the folder " + folder + " cannot be read (" + e.getMessage() + ")", e);
        }
        throw new DataException("the folder " + folder + " holds no picture whose name ends in "
                + String.join(", ", ENDINGS.stream().sorted().toList()) + "; name the files one by one");
    }

    private static boolean isPicture(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (NamedArray.isArrayFile(name)) return Files.isRegularFile(file);
        return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1)) && Files.isRegularFile(file);
    }

    private void tell(String file, Prediction prediction) {
        List<Prediction.Guess> best = prediction
                .guesses()
                .subList(0, Math.min(top, prediction.guesses().size()));
        for (Prediction.Guess g : best) output.line("%s  %s  %.2f %%", file, g.className(), 100 * g.probability());
        output.record(new JsonLine()
                .put("file", file)
                .put("class", prediction.className())
                .put("probability", prediction.probability())
                .put(
                        "guesses",
                        best.stream()
                                .map(g -> new JsonLine()
                                        .put("label", g.label())
                                        .put("class", g.className())
                                        .put("probability", g.probability()))
                                .toList()));
    }
}
