package voluta.cli;

import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import voluta.train.TrainingConfig;

/** The option that names a file of the options of a training. */
final class ConfigOption {
    @Option(
            names = {"-c", "--config"},
            paramLabel = "FILE",
            description = "File of options, such as the args.yaml of an earlier run; the command line comes first.")
    private Path file;

    /** The command line over the file over what is so otherwise. */
    TrainingConfig read(CommandSpec command, TrainingConfig otherwise) {
        return TrainingOptions.read(command, file == null ? otherwise : otherwise.withFile(file));
    }
}
