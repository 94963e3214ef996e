package voluta.cli;

import java.io.PrintWriter;
import java.nio.file.InvalidPathException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;
import voluta.backend.DeviceMemoryException;
import voluta.tensor.Bytes;
import voluta.tensor.Nearest;
import voluta.tensor.VolutaException;

/** Says what went wrong: a sentence, a remedy, and an exit code that follows from the kind of error. */
final class Failures implements IExecutionExceptionHandler, IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException error, String[] arguments) {
        List<String> given = List.of(arguments);
        boolean verbose = given.contains("-v") || given.contains("--verbose");
        return report(error.getCommandLine(), error, given.contains("--json"), verbose);
    }

    @Override
    public int handleExecutionException(Exception error, CommandLine command, ParseResult parsed) {
        return report(command, error, asked(parsed, "--json"), asked(parsed, "--verbose"));
    }

    private static boolean asked(ParseResult parsed, String option) {
        ParseResult innermost = parsed;
        while (innermost.hasSubcommand()) innermost = innermost.subcommand();
        return innermost.hasMatchedOption(option);
    }

    /** Reports an error and gives the code to end with. */
    static int report(CommandLine command, Throwable error, boolean json, boolean verbose) {
        int code = ExitCode.of(error);
        String message = message(error);
        PrintWriter err = command.getErr();
        err.println(command.getCommandSpec().qualifiedName() + ": " + message);
        hints(command, error, verbose).forEach(err::println);
        if (verbose) error.printStackTrace(err);
        err.flush();
        if (json) {
            JsonLine record = new JsonLine().put("error", message).put("exit_code", code);
            if (error instanceof DeviceMemoryException memory) record.put("details", memory.details());
            command.getOut().println(record);
            command.getOut().flush();
        }
        return code;
    }

    /** One sentence. Errors that no user can cause are named for what they are. */
    private static String message(Throwable error) {
        if (error instanceof UnmatchedArgumentException unmatched) return unmatched(unmatched);
        if (error instanceof MissingParameterException) return lowerCase(oneLine(error.getMessage()));
        if (error instanceof ParameterException || error instanceof VolutaException) return oneLine(error.getMessage());
        if (error instanceof InvalidPathException path)
            return "'" + oneLine(path.getInput()) + "' cannot be the name of a file here ("
                    + lowerCase(oneLine(path.getReason()))
                    + "); where it has other letters than English ones, set LC_ALL=C.UTF-8";
        if (error instanceof OutOfMemoryError)
            return "the Java heap is too small (" + oneLine(error.getMessage()) + ", limit "
                    + Bytes.text(Runtime.getRuntime().maxMemory()) + ")";
        return "internal error: " + oneLine(error.toString());
    }

    private static String unmatched(UnmatchedArgumentException error) {
        List<String> unmatched = error.getUnmatched();
        String first = unmatched.isEmpty() ? "" : unmatched.get(0);
        if (error.isUnknownOption()) return "unknown option " + first;
        boolean wantsCommand = !error.getCommandLine().getSubcommands().isEmpty();
        return (wantsCommand ? "unknown command " : "unexpected argument ") + first;
    }

    private static String oneLine(String message) {
        return message == null ? "no message" : message.strip().replaceAll("\\s*\\R\\s*", " ");
    }

    private static String lowerCase(String sentence) {
        return sentence.substring(0, 1).toLowerCase(Locale.ROOT) + sentence.substring(1);
    }

    private static List<String> hints(CommandLine command, Throwable error, boolean verbose) {
        List<String> hints = new ArrayList<>();
        if (error instanceof UnmatchedArgumentException unmatched) {
            String nearest = nearest(unmatched);
            if (nearest != null) hints.add("Did you mean " + nearest + "?");
        }
        if (error instanceof ParameterException) {
            hints.add("Usage: " + command.getHelp().synopsis(0).strip().replaceAll("\\s+", " "));
            hints.add("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
        } else if (error instanceof OutOfMemoryError) {
            hints.add("Give it more with VOLUTA_JAVA_OPTS=-Xmx4g.");
        } else if (error instanceof DeviceMemoryException memory) {
            hints.addAll(memory.details());
        } else if (ExitCode.of(error) == ExitCode.INTERNAL && !verbose) {
            hints.add("Run it again with --verbose for the stack trace.");
        }
        return hints;
    }

    private static String nearest(UnmatchedArgumentException error) {
        if (error.getUnmatched().isEmpty()) return null;
        CommandLine command = error.getCommandLine();
        Collection<String> known = error.isUnknownOption()
                ? command.getCommandSpec().optionsMap().keySet()
                : command.getSubcommands().keySet();
        String given = error.getUnmatched().get(0);
        int value = given.indexOf('=');
        return Nearest.of(value < 0 ? given : given.substring(0, value), known).orElse(null);
    }
}
