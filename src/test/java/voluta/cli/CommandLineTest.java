package voluta.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** What holds for every command. */
class CommandLineTest {
    @Test
    void withoutCommandSaysWhichThereAre() {
        Outcome.of().failed(ExitCode.USAGE, "doctor", "selftest", "Usage: voluta");
    }

    @Test
    void unknownCommandIsAnsweredWithTheNearest() {
        Outcome.of("dokter").failed(ExitCode.USAGE, "unknown command dokter", "Did you mean doctor?");
        Outcome.of("--verison").failed(ExitCode.USAGE, "unknown option --verison", "Did you mean --version?");
    }

    @Test
    void unknownOptionIsAnsweredWithTheNearestAndTheSynopsis() {
        Outcome.of("selftest", "--backnd=onednn")
                .failed(ExitCode.USAGE, "unknown option --backnd", "Did you mean --backend?", "Usage: voluta selftest");
    }

    @Test
    void wrongValueNamesOptionAndValue() {
        Outcome.of("selftest", "--device", "first").failed(ExitCode.USAGE, "--device", "first");
        Outcome.of("selftest", "--device").failed(ExitCode.USAGE, "--device");
    }

    @Test
    void anErrorAskedForAsJsonIsTheLastLine() {
        Outcome o = Outcome.of("doctor", "--json", "--backend", "abacus");
        assertEquals(ExitCode.DEVICE, o.code());
        assertEquals(ExitCode.DEVICE, o.lastJson().get("exit_code").asInt());
        assertTrue(o.lastJson().get("error").asText().contains("abacus"), o.out());
    }

    @Test
    void verboseErrorsComeWithAStackTrace() {
        Outcome o = Outcome.of("selftest", "-v", "--backend", "abacus");
        assertEquals(ExitCode.DEVICE, o.code());
        assertTrue(o.err().contains("\tat voluta."), o.err());
    }

    @Test
    void everyCommandHasHelpWithExamples() {
        for (var command : Main.commandLine().getSubcommands().entrySet()) {
            Outcome o = Outcome.of(command.getKey(), "--help").succeeded();
            assertTrue(o.out().contains("\nUsage: voluta " + command.getKey()), o.out());
            for (String part : List.of("--json", "--verbose", "Example", "  voluta " + command.getKey()))
                assertTrue(o.out().contains(part), part + " is not in the help of " + command.getKey());
        }
        assertTrue(Outcome.of("--help").succeeded().out().contains("143"));
        assertTrue(Outcome.of("--version").succeeded().out().startsWith("voluta "));
    }

    @Test
    void examplesAndTablesFitTheHelpUnbroken() {
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            for (String line : command.getCommandSpec().usageMessage().footer()) {
                boolean apart = line.startsWith(" ");
                assertTrue(!apart || line.length() < Main.HELP_WIDTH, command.getCommandName() + ": " + line);
            }
        }
    }

    @Test
    void everyOptionIsDescribed() {
        for (CommandLine command : Main.commandLine().getSubcommands().values()) {
            command.getCommandSpec()
                    .options()
                    .forEach(o -> assertTrue(
                            o.description().length > 0 && o.description()[0].endsWith("."),
                            command.getCommandName() + " " + o.longestName()));
        }
    }
}
