package voluta.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import voluta.report.ComparisonPage;
import voluta.report.ComparisonPicture;
import voluta.train.EpochReport;
import voluta.train.RunFolder;
import voluta.train.TrainingException;

/** Puts training runs side by side. */
@Command(
        name = "compare",
        header = {"Put training runs side by side.", ""},
        description =
                "Shows what the options of runs differ in and what came of it, in a table; a column is a run, an asterisk marks"
                        + " the best. Runs may be finished, stopped or still going on; what a run's folder lacks is left out and"
                        + " said, and so is what is no run among them. Accuracies and losses are those of the best epoch, by the run's own --eval-metric.",
        footer = {
            "",
            "Examples:",
            "  voluta compare runs/train runs/train-2",
            "  voluta compare runs/* --output compared.png --theme dark",
            "  voluta compare runs/* --output compared.html",
            "  voluta compare runs/* --json"
        })
final class CompareCommand implements Callable<Integer> {
    /** Columns of text that the table takes; more runs go on below. */
    private static final int WIDTH = 100;
    /** Characters of a value that a column of text takes. */
    private static final int LONGEST = 40;

    @Parameters(paramLabel = "RUN", arity = "1..*", description = "Folders of runs.")
    private List<Path> folders;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description =
                    "Draw the curves of all runs into this PNG file, or write them and the table into this HTML file.")
    private Path picture;

    @Mixin
    private ThemeOption theme;

    @Mixin
    private Output output;

    /** What was said beside the table, for the page. */
    private final List<String> notes = new ArrayList<>();

    @Override
    public Integer call() {
        leaveOutOthers();
        check();
        List<ComparedRun> runs = new ArrayList<>();
        List<String> names = names();
        for (int i = 0; i < folders.size(); i++)
            runs.add(new ComparedRun(names.get(i), RunFolder.read(folders.get(i))));
        for (ComparedRun run : runs) for (String problem : run.folder().problems()) note(problem);
        if (picture != null
                && !isPage()
                && runs.stream().allMatch(r -> r.folder().epochs().isEmpty())) {
            throw new TrainingException(
                    "none of these runs has finished an epoch, so there is nothing to draw; leave --output out");
        }
        List<String> differing = differing(runs);
        warn(runs, differing);
        String samples = ComparedRun.samples(runs);
        for (String block : table(columns(runs, differing, samples, LONGEST))) output.text(block);
        runs.forEach(run -> output.record(run.record(differing)));
        if (picture != null) draw(runs, differing, samples);
        output.record(new JsonLine()
                .put("event", "comparison")
                .put("runs", runs.size())
                .put("differing", differing)
                .put("picture", picture));
        return ExitCode.OK;
    }

    /** What {@code runs/*} takes in besides runs: the folders of other commands, pictures. */
    private void leaveOutOthers() {
        List<Path> others = folders.stream()
                .filter(f -> Files.exists(f) && !RunFolder.isRun(f))
                .toList();
        if (others.isEmpty() || others.size() == folders.size()) return;
        folders = folders.stream().filter(f -> !others.contains(f)).toList();
        note("left out, for want of a run's args.yaml: "
                + others.stream().map(Path::toString).collect(Collectors.joining(", ")));
    }

    private void check() {
        Set<Path> seen = new LinkedHashSet<>();
        for (Path folder : folders) {
            if (!seen.add(folder.toAbsolutePath().normalize()))
                throw output.usage("%s is named twice; name each run once", folder);
        }
        if (picture == null) return;
        if (!isPage() && !picture.toString().toLowerCase(Locale.ROOT).endsWith(".png")) {
            throw output.usage(
                    "--output is %s; use a name that ends in .png for a picture, or in .html for a page", picture);
        }
        if (isPage() && theme.given())
            throw output.usage("--theme is for a PNG file; a page is as its reader has it, so leave --theme out");
        if (folders.size() > ComparisonPicture.MOST_RUNS) {
            throw output.usage(
                    "%d runs are too many to be told apart in one picture; name at most %d, or leave --output out",
                    folders.size(), ComparisonPicture.MOST_RUNS);
        }
        Path parent = picture.toAbsolutePath().getParent();
        if (!Files.isDirectory(parent))
            throw output.usage("there is no folder %s; make it, or choose another --output", parent);
    }

    /** The name of each folder, or the whole path where that would be no name of its own. */
    private List<String> names() {
        List<String> names = folders.stream()
                .map(f -> f.toAbsolutePath().normalize().getFileName())
                .map(String::valueOf)
                .toList();
        boolean distinct = Set.copyOf(names).size() == names.size();
        return distinct ? names : folders.stream().map(Path::toString).toList();
    }

    /** Options that are not the same in all runs, without those that only say where a run is kept. */
    private static List<String> differing(List<ComparedRun> runs) {
        List<String> differing = new ArrayList<>();
        for (String option : runs.get(0).options().keySet()) {
            if (option.equals("output") || option.equals("experiment") || option.equals("model")) continue;
            Set<String> values = runs.stream().map(r -> r.option(option)).collect(Collectors.toSet());
            if (values.size() > 1) differing.add(option);
        }
        return differing;
    }

    private void warn(List<ComparedRun> runs, List<String> differing) {
        Set<Integer> classes = new LinkedHashSet<>();
        runs.forEach(r -> r.folder().network().ifPresent(n -> classes.add(n.classes())));
        if (classes.size() > 1) {
            String list = classes.stream().map(String::valueOf).collect(Collectors.joining(" and "));
            note("these runs tell apart " + list + " classes, so their accuracies and losses do not compare");
        } else if (differing.contains("data-dir") || differing.contains("val-split")) {
            note("these runs were measured on different " + ComparedRun.samples(runs)
                    + ", so small differences mean nothing");
        }
    }

    private void note(String sentence) {
        notes.add(sentence);
        output.note("note: %s", sentence);
    }

    private boolean isPage() {
        return picture.toString().toLowerCase(Locale.ROOT).endsWith(".html");
    }

    private static List<Map<String, String>> columns(
            List<ComparedRun> runs, List<String> differing, String samples, int longest) {
        List<Map<String, String>> columns = new ArrayList<>();
        for (ComparedRun run : runs) columns.add(run.column(differing, samples, longest));
        ComparedRun.markBest(runs, columns, samples);
        return columns;
    }

    /** The table, in blocks of as many runs as fit side by side. */
    private static List<String> table(List<Map<String, String>> columns) {
        Set<String> rows = new LinkedHashSet<>(columns.get(0).keySet());
        int label = rows.stream().mapToInt(String::length).max().orElse(0);
        List<String> blocks = new ArrayList<>();
        for (int from = 0; from < columns.size(); ) {
            int to = from, width = label;
            while (to < columns.size() && (to == from || width + 2 + width(columns.get(to)) <= WIDTH)) {
                width += 2 + width(columns.get(to++));
            }
            blocks.add((from > 0 ? "\n" : "") + block(rows, label, columns.subList(from, to)));
            from = to;
        }
        return blocks;
    }

    private static int width(Map<String, String> column) {
        return column.values().stream().mapToInt(String::length).max().orElse(0);
    }

    private static String block(Set<String> rows, int label, List<Map<String, String>> columns) {
        StringBuilder text = new StringBuilder();
        for (String row : rows) {
            StringBuilder line = new StringBuilder(row).append(" ".repeat(label - row.length()));
            for (Map<String, String> column : columns) {
                String value = column.get(row);
                line.append(" ".repeat(2 + width(column) - value.length())).append(value);
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private void draw(List<ComparedRun> runs, List<String> differing, String samples) {
        Map<String, List<EpochReport>> epochs = new LinkedHashMap<>();
        for (ComparedRun run : runs) epochs.put(run.name(), run.folder().epochs());
        if (isPage()) {
            ComparisonPage.write(picture, rows(columns(runs, differing, samples, Integer.MAX_VALUE)), epochs, notes);
            output.line("%npage     %s", picture);
            return;
        }
        ComparisonPicture.write(picture, epochs, theme.theme());
        output.line("%npicture  %s", picture);
    }

    /** All but the names, which head the columns. */
    private static List<ComparisonPage.Row> rows(List<Map<String, String>> columns) {
        List<ComparisonPage.Row> rows = new ArrayList<>();
        for (String name : columns.get(0).keySet()) {
            if (name.isEmpty()) continue;
            List<String> values = columns.stream().map(c -> c.get(name)).toList();
            rows.add(new ComparisonPage.Row(
                    name,
                    values.stream().map(String::strip).toList(),
                    values.stream().map(v -> v.endsWith(ComparedRun.BEST)).toList()));
        }
        return rows;
    }
}
