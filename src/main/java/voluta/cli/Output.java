package voluta.cli;

import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command has: options on how it speaks, and the means to do so. */
final class Output {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec command;

    @Option(
            names = "--json",
            order = 1000,
            description = "Print results as JSON: one object per line on standard output.")
    private boolean json;

    @Option(
            names = {"-v", "--verbose"},
            order = 1001,
            description = "Say more on standard error, and print the stack trace of an error.")
    private boolean verbose;

    @Option(
            names = {"-h", "--help"},
            order = 1002,
            usageHelp = true,
            description = "Show this text and end.")
    private boolean help;

    boolean json() {
        return json;
    }

    boolean verbose() {
        return verbose;
    }

    /** A line of the result, for people; says nothing with {@code --json}. */
    void line(String format, Object... arguments) {
        if (!json) println(String.format(Locale.ROOT, format, arguments));
    }

    /** Text of the result as it is, for people; says nothing with {@code --json}. */
    void text(String text) {
        if (!json) println(text.stripTrailing());
    }

    /** A record of the result; says nothing without {@code --json}. */
    void record(JsonLine record) {
        if (json) println(record.toString());
    }

    /** A line on standard error: what is going on, not what came out. */
    void note(String format, Object... arguments) {
        CommandLine line = command.commandLine();
        line.getErr().println(String.format(Locale.ROOT, format, arguments));
        line.getErr().flush();
    }

    private void println(String text) {
        CommandLine line = command.commandLine();
        line.getOut().println(text);
        line.getOut().flush();
    }

    /** An error in what the user asked for, seen only after parsing. Ends with exit code 2. */
    CommandLine.ParameterException usage(String format, Object... arguments) {
        return new CommandLine.ParameterException(command.commandLine(), String.format(Locale.ROOT, format, arguments));
    }
}
