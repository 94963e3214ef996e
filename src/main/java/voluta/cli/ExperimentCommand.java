package voluta.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import voluta.experiment.Experiment;
import voluta.experiment.ExperimentException;
import voluta.experiment.Laboratory;
import voluta.experiment.Outcome;
import voluta.experiment.Table;
import voluta.train.TrainingConfig;

/** Does an experiment and shows what came out. */
@Command(
        name = "experiment",
        header = {"Try out what a technique does, and draw a conclusion.", ""},
        description = "Trains small networks with and without a technique on the carried pictures, or on made ones, and"
                + " writes a picture, all numbers as CSV, and a conclusion that is computed from them. Takes ten seconds"
                + " to a minute on two quiet cores. The same options give the same numbers on the same machine.",
        footer = {
            "",
            "Experiments:",
            "  normalization   accuracy at rising learning rates without and with four normalizations;",
            "                  histograms, mean and deviation of what layers give while they learn",
            "  clipping        an exploding training, saved by clipping gradients by value and by norm",
            "  dilation        how far dilated, undilated and larger filters see, and what that costs",
            "  pooling         max, average, strided convolution or none: accuracy, cost, and shifted pictures",
            "  1x1             bottlenecks of 1x1 convolutions; a 1x1 convolution as an MLP at each pixel",
            "",
            "Examples:",
            "  voluta experiment normalization",
            "  voluta experiment clipping --theme dark --output pictures/clipping",
            "  voluta experiment pooling --quick"
        })
final class ExperimentCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", description = "normalization, clipping, dilation, pooling or 1x1.")
    private String name;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FOLDER",
            description = "Where pictures and tables are written. Default: runs/experiment-NAME.")
    private Path folder;

    @Option(names = "--steps", paramLabel = "N", description = "Steps of each training. Default: the experiment's own.")
    private Integer steps;

    @Option(
            names = "--seeds",
            paramLabel = "N",
            description = "How often each training is done, with other first weights. Default: the experiment's own.")
    private Integer seeds;

    @Option(names = "--seed", paramLabel = "N", description = "The first seed. Default: ${DEFAULT-VALUE}.")
    private long seed = 1;

    @Option(
            names = "--quick",
            description =
                    "Fewer cases and steps, and fewer pictures: seconds, to see that it works. The conclusion then"
                            + " says little.")
    private boolean quick;

    @Mixin
    private ThemeOption theme;

    @Mixin
    private BackendOption where;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        Experiment experiment;
        Laboratory.Settings settings;
        try {
            experiment = Experiment.named(name);
            settings = new Laboratory.Settings(base(), quick, optional(steps), optional(seeds), seed, theme.theme());
        } catch (ExperimentException e) {
            throw output.usage("%s", e.getMessage());
        }
        Path to = folder == null ? Path.of("runs", "experiment-" + name) : folder;
        Outcome.makeFolder(to);
        output.note("%s", experiment.question());
        Laboratory laboratory = new Laboratory(settings, line -> output.note("%s", line));
        long start = System.nanoTime();
        Outcome outcome;
        try (StopSignals signals = StopSignals.catching(code -> {
            output.note("ending after this step; again to end at once");
            laboratory.stop();
        })) {
            try {
                outcome = experiment.run(laboratory);
            } catch (CancellationException e) {
                output.note("stopped; nothing was written");
                return signals.exitCode();
            }
        }
        show(outcome, outcome.write(to), (System.nanoTime() - start) / 1e9);
        return ExitCode.OK;
    }

    private TrainingConfig base() {
        return where.configure(TrainingConfig.DEFAULTS);
    }

    private static OptionalInt optional(Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private void show(Outcome outcome, List<Path> files, double seconds) {
        outcome.setup().forEach(s -> output.line("%s", s));
        output.line("");
        output.text(outcome.summary());
        output.line("");
        outcome.conclusion().forEach(s -> output.line("%s", s));
        output.line("");
        output.line("done in %.0f s; written:", seconds);
        files.forEach(f -> output.line("  %s", f));
        Table result = outcome.tables().get(0);
        for (Map<String, Object> row : result.records()) {
            JsonLine line = new JsonLine().put("event", "row");
            row.forEach(line::put);
            output.record(line);
        }
        output.record(new JsonLine()
                .put("event", "experiment")
                .put("experiment", name)
                .put("setup", outcome.setup())
                .put("conclusion", outcome.conclusion())
                .put("seconds", seconds)
                .put("files", files.stream().map(Path::toString).toList()));
    }
}
