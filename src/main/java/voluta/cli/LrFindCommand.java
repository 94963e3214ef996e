package voluta.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import voluta.report.RatePicture;
import voluta.tensor.VolutaException;
import voluta.train.RateTest;
import voluta.train.Training;
import voluta.train.TrainingConfig;
import voluta.train.TrainingListener;

/** Looks for a learning rate. The options that make a run are those of {@link TrainingOptions}. */
@Command(
        name = "lr-find",
        header = {"Look for a good learning rate.", ""},
        description =
                "Trains for some steps while the learning rate rises from step to step, until the loss explodes, and suggests"
                        + " the rate at which it falls most steeply. Takes the options of train, of which --lr, --sched and what"
                        + " concerns epochs do not matter; weights are not kept. Writes lr_find.png and lr_find.csv to a folder"
                        + " lr-find, or that of --experiment, in --output.",
        footer = {
            "",
            "Examples:",
            "  voluta lr-find --model resnet20 -b 128 --opt sgd",
            "  voluta lr-find -c runs/train/args.yaml --steps 200 --last-lr 1"
        })
final class LrFindCommand implements Callable<Integer> {
    /** Rows of the table for people. */
    private static final int ROWS = 20;

    private static final String FOLDER = "lr-find";

    @Spec
    private CommandSpec command;

    @Mixin
    private ConfigOption config;

    @Option(
            names = "--first-lr",
            paramLabel = "RATE",
            description = "Learning rate of the first step. Default: ${DEFAULT-VALUE}.")
    private double first = 1e-6;

    @Option(
            names = "--last-lr",
            paramLabel = "RATE",
            description = "Learning rate of the last step. Default: ${DEFAULT-VALUE}.")
    private double last = 10;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Steps from the first to the last rate. Default: ${DEFAULT-VALUE}.")
    private int steps = 100;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        TrainingConfig options;
        RateTest.Range range;
        try {
            options = config.read(command, TrainingConfig.DEFAULTS);
            range = new RateTest.Range(first, last, steps);
        } catch (VolutaException e) {
            throw output.usage("%s", e.getMessage());
        }
        RateTest test = Training.of(options)
                .listener(new TrainingListener() {
                    @Override
                    public void notice(String sentence) {
                        output.note("note: %s", sentence);
                    }
                })
                .trainer()
                .testRates(range);
        output.note("%s", test.backend());
        Path folder = options.output().resolve(options.experiment().orElse(FOLDER));
        RatePicture.write(folder, test);
        show(test, folder);
        return ExitCode.OK;
    }

    private void show(RateTest test, Path folder) {
        List<RateTest.Point> points = test.points();
        output.line("%12s  %10s  %10s", "lr", "loss", "smoothed");
        int each = Math.max(1, points.size() / ROWS);
        for (int i = 0; i < points.size(); i++) {
            RateTest.Point p = points.get(i);
            if (i % each == 0 || i == points.size() - 1)
                output.line("%12.3g  %10.4f  %10.4f", p.rate(), p.loss(), p.smoothed());
            output.record(new JsonLine()
                    .put("event", "step")
                    .put("lr", p.rate())
                    .put("loss", p.loss())
                    .put("smoothed_loss", p.smoothed()));
        }
        if (test.diverged()) output.line("the loss exploded after %d of %d steps", points.size(), steps);
        if (test.suggestion().isPresent()) {
            output.line(
                    "suggestion  --lr %.2g   (the loss falls most steeply there; it is smallest at %.2g)",
                    test.suggestion().get(), test.lowest().orElseThrow());
        } else output.line("no suggestion: the loss does not fall; try more --steps or a smaller --first-lr");
        output.line("picture     %s", folder.resolve(RatePicture.PICTURE));
        output.record(new JsonLine()
                .put("event", "lr_find")
                .put("suggestion", test.suggestion().orElse(null))
                .put("lowest", test.lowest().orElse(null))
                .put("diverged", test.diverged())
                .put("steps", points.size())
                .put("folder", folder));
    }
}
