package voluta.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The program {@code voluta}: finds the command, runs it and ends with its exit code. */
@Command(
        name = "voluta",
        description = "Trains and runs convolutional networks.",
        subcommands = {
            TrainCommand.class,
            ValCommand.class,
            PredictCommand.class,
            CheckDataCommand.class,
            WatchCommand.class,
            CompareCommand.class,
            LrFindCommand.class,
            InspectCommand.class,
            ConvolveCommand.class,
            MakeExampleCommand.class,
            FiltersCommand.class,
            VisualizeCommand.class,
            ConvertCommand.class,
            ExperimentCommand.class,
            BenchCommand.class,
            DoctorCommand.class,
            SelftestCommand.class,
            ParityCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:Done.",
            "1:Something failed inside Voluta, or a self-test or comparison did.",
            "2:The command line or the configuration is wrong.",
            "3:A model or data cannot be used.",
            "4:A backend or device cannot be used, or failed.",
            "5:A checkpoint cannot be read or written.",
            "130:Interrupted (Ctrl-C); training had saved before.",
            "143:Terminated (SIGTERM); training had saved before."
        },
        footer = {
            "",
            "See 'voluta COMMAND --help' for a command's options.",
            "",
            "Environment:",
            "  VOLUTA_JAVA_HOME   the JDK to use (then JAVA_HOME, then java on PATH)",
            "  VOLUTA_JAVA_OPTS   further options for the JVM, for instance -Xmx8g",
            "  VOLUTA_CACHE_DIR   where native libraries are unpacked, and what --autotune measures is kept",
            "  OMP_NUM_THREADS    threads of all that computes on the CPU, unless --threads says"
        })
public final class Main implements Runnable {
    /** As slf4j-simple reads it, at the first logger. */
    private static final String LOG_LEVEL = "org.slf4j.simpleLogger.defaultLogLevel";

    /** Columns of a help that is not narrowed by the terminal. */
    static final int HELP_WIDTH = 100;

    private static final Set<String> HELP = Set.of("-h", "--help");

    @Mixin
    private Output output;

    @Option(
            names = {"-V", "--version"},
            order = 1003,
            versionHelp = true,
            description = "Print the version and end.")
    private boolean version;

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        List<String> given = List.of(arguments);
        if (given.contains("-v") || given.contains("--verbose")) System.setProperty(LOG_LEVEL, "debug");
        PrintWriter out = new PrintWriter(System.out), err = new PrintWriter(System.err);
        int code = run(out, err, arguments);
        if (out.checkError() && !Terminal.pipedOutput()) {
            err.println("voluta: standard output could not be written, so results are missing; is the disk full?");
            err.flush();
            code = code == ExitCode.OK ? ExitCode.INTERNAL : code;
        }
        System.exit(code);
    }

    /** Runs one command; gives the exit code. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        CommandLine line = commandLine().setOut(out).setErr(err);
        if (List.of(arguments).stream().anyMatch(HELP::contains)) {
            line.setUsageHelpWidth(Math.min(HELP_WIDTH, Terminal.outputColumns(System.getenv())));
        }
        try {
            return line.execute(arguments);
        } catch (Error error) {
            // Errors that are no exceptions (no heap left, a native library that does not fit) pass by picocli's
            // handler.
            List<String> given = List.of(arguments);
            return Failures.report(line, error, given.contains("--json"), given.contains("--verbose"));
        } finally {
            out.flush();
            err.flush();
        }
    }

    static CommandLine commandLine() {
        Failures failures = new Failures();
        CommandLine line = new CommandLine(new Main())
                .setParameterExceptionHandler(failures)
                .setExecutionExceptionHandler(failures)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setOverwrittenOptionsAllowed(true)
                .setExpandAtFiles(false)
                .setAbbreviatedOptionsAllowed(false)
                .setUsageHelpWidth(HELP_WIDTH)
                .setUsageHelpLongOptionsMaxWidth(40);
        line.getCommandSpec().versionProvider(() -> new String[] {"voluta " + Version.text()});
        for (String command : List.of("train", "lr-find"))
            TrainingOptions.declare(line.getSubcommands().get(command).getCommandSpec());
        abbreviate(line);
        return line;
    }

    /** Short synopses: the long ones of picocli list every option, which the help does below them anyway. */
    private static void abbreviate(CommandLine line) {
        line.getCommandSpec().usageMessage().abbreviateSynopsis(true).sortOptions(false);
        line.getSubcommands().values().forEach(Main::abbreviate);
    }

    @Override
    public void run() {
        throw output.usage(
                "which command? There are %s",
                String.join(", ", commandLine().getSubcommands().keySet()));
    }
}
