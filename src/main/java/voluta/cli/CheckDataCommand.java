package voluta.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import voluta.data.ArrayShape;
import voluta.data.BadShare;
import voluta.data.DataCheck;
import voluta.data.DataException;
import voluta.data.DataOptions;
import voluta.data.Dataset;
import voluta.data.Datasets;
import voluta.data.Skips;

/** Looks at every image of a data set before time is spent on training with it. */
@Command(
        name = "check-data",
        header = {"Look through a data set: classes, sizes, damaged and doubled images.", ""},
        description =
                "Reads every image of both splits and tells how many there are of each class, their sizes, which cannot be"
                        + " read, which are in both splits, and the mean and standard deviation of the channels. Nothing is"
                        + " written.",
        footer = {
            "",
            "Examples:",
            "  voluta check-data --data-dir flowers",
            "  voluta check-data --data-dir flowers --json"
        })
final class CheckDataCommand implements Callable<Integer> {
    /** Of long lists, so many lines are printed; JSON has all. */
    private static final int SHOWN = 20;

    @Mixin
    private DataOption place;

    @Option(
            names = "--train-split",
            paramLabel = "SPLIT",
            description = "Split to train on. Default: ${DEFAULT-VALUE}.")
    private String trainSplit = "train";

    @Option(
            names = "--val-split",
            paramLabel = "SPLIT",
            description = "Split to evaluate on. Default: ${DEFAULT-VALUE}, which is also found as val, valid or test.")
    private String valSplit = "validation";

    @Option(
            names = {"-j", "--workers"},
            paramLabel = "N",
            description = "Threads that read images. Default: one for each core.")
    private int workers = Runtime.getRuntime().availableProcessors();

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        if (workers < 1) throw output.usage("--workers is %d; use 1 or more", workers);
        List<String> faults = new ArrayList<>();
        DataCheck training = look(trainSplit, faults);
        DataCheck validation = look(valSplit, faults);
        try (Dataset first = training.dataset();
                Dataset second = validation.dataset()) {
            classes(first, second, faults);
            String samples = samples(first);
            duplicates("doubled_in_train", samples + " are twice in " + first.name(), training.duplicates());
            duplicates(
                    "in_both_splits",
                    samples + " of " + second.name() + " are also in " + first.name(),
                    training.duplicates(validation));
        }
        if (faults.isEmpty()) return ExitCode.OK;
        throw new DataException(String.join("; ", faults));
    }

    private DataCheck look(String split, List<String> faults) {
        DataOptions asked = place.of(split, output);
        // Everything is to be seen, and once: nothing is kept, and no share of bad images ends the reading.
        Dataset data = Datasets.open(asked.withMaxBad(new BadShare(1)).withCacheBytes(0));
        DataCheck check = DataCheck.of(data, workers);
        report(check);
        BadShare most = asked.maxBad();
        int bad = data.skips().count();
        if (bad > most.value() * data.size()) {
            faults.add(String.format(
                    Locale.ROOT,
                    "%s: %d of %d %s cannot be used, more than %s",
                    data.name(),
                    bad,
                    data.size(),
                    samples(data),
                    most));
        }
        return check;
    }

    private static String samples(Dataset data) {
        return data.arrayShape().isPresent() ? "arrays" : "images";
    }

    private void report(DataCheck check) {
        Dataset data = check.dataset();
        int[] sides = check.sides();
        List<Integer> shape = data.arrayShape().map(ArrayShape::dims).orElse(List.of());
        Map<String, Long> counts = new LinkedHashMap<>();
        for (int c = 0; c < check.counts().length; c++)
            counts.put(data.classNames().get(c), check.counts()[c]);
        boolean arrays = data.arrayShape().isPresent();
        output.line(
                "%s: %,d %s, %d classes",
                data.name(), data.size(), samples(data), data.classNames().size());
        counts.forEach((name, n) -> output.line("  %-24s %,10d", name, n));
        if (arrays) output.line("  shape       %s", shape);
        else if (check.sizes() == 1)
            output.line("  size        %d x %d (height x width), all the same", sides[0], sides[2]);
        else
            output.line(
                    "  sizes       %,d different, height %d to %d, width %d to %d",
                    check.sizes(), sides[0], sides[1], sides[2], sides[3]);
        output.line("  mean        %s", numbers(check.mean()));
        output.line("  deviation   %s", numbers(check.std()));
        List<Skips.Skipped> bad = data.skips().list();
        if (!bad.isEmpty()) output.line("  unusable    %,d", bad.size());
        for (Skips.Skipped s : bad.subList(0, Math.min(SHOWN, bad.size()))) {
            output.line("    %s %s", s.picture(), s.reason());
        }
        if (bad.size() > SHOWN) output.line("    and %,d more (--json lists all)", bad.size() - SHOWN);
        JsonLine classes = new JsonLine();
        counts.forEach(classes::put);
        output.record(new JsonLine()
                .put("data", data.name())
                .put("images", data.size())
                .put("usable", check.usable())
                .put("classes", classes)
                .put("sizes", check.sizes())
                .put("height", arrays ? null : List.of(sides[0], sides[1]))
                .put("width", arrays ? null : List.of(sides[2], sides[3]))
                .put("shape", arrays ? shape : null)
                .put("mean", Arrays.stream(check.mean()).boxed().toList())
                .put("std", Arrays.stream(check.std()).boxed().toList())
                .put(
                        "unusable",
                        bad.stream()
                                .map(s ->
                                        new JsonLine().put("file", s.picture()).put("reason", s.reason()))
                                .toList()));
    }

    private static String numbers(double[] values) {
        StringBuilder text = new StringBuilder();
        for (double v : values) text.append(String.format(Locale.ROOT, "%.4f ", v));
        return text.toString().strip();
    }

    private void classes(Dataset training, Dataset validation, List<String> faults) {
        List<String> known = training.classNames();
        List<String> unknown =
                validation.classNames().stream().filter(c -> !known.contains(c)).toList();
        List<String> missing =
                known.stream().filter(c -> !validation.classNames().contains(c)).toList();
        if (!unknown.isEmpty()) faults.add(validation.name() + " has classes that are not trained: " + unknown);
        if (!missing.isEmpty()) output.line("%s has no %s of %s", validation.name(), samples(validation), missing);
    }

    private void duplicates(String name, String what, List<DataCheck.Duplicate> found) {
        output.line("%,d %s", found.size(), what);
        for (DataCheck.Duplicate d : found.subList(0, Math.min(SHOWN, found.size()))) {
            output.line("  %s  %s", d.first(), d.second());
        }
        if (found.size() > SHOWN) output.line("  and %,d more (--json lists all)", found.size() - SHOWN);
        output.record(new JsonLine()
                .put(
                        name,
                        found.stream().map(d -> List.of(d.first(), d.second())).toList()));
    }
}
