package voluta;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A browser without a window, for tests of what people look at. */
public final class Browser {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final List<String> QUIET = List.of(
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync");
    private static final int SECONDS = 60;

    private final Path program;
    private final Path folder;

    private Browser(Path program, Path folder) {
        this.program = program;
        this.folder = folder;
    }

    /**
     * The browser of this machine; without one, the test is skipped.
     *
     * @param folder for its own files
     */
    public static Browser in(Path folder) {
        Optional<Path> found = Stream.of(System.getenv("PATH").split(":"))
                .flatMap(f -> NAMES.stream().map(Path.of(f)::resolve))
                .filter(Files::isExecutable)
                .findFirst();
        assumeTrue(found.isPresent(), "no browser here: none of " + NAMES + " is on PATH");
        return new Browser(found.get(), folder);
    }

    /** A page after its scripts have run. */
    public String shown(String address, String... options) throws Exception {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(QUIET);
        command.addAll(List.of(options));
        command.addAll(List.of("--user-data-dir=" + folder.resolve("profile"), "--dump-dom", address));
        Path out = folder.resolve("dom.html");
        Process p = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (!p.waitFor(SECONDS, TimeUnit.SECONDS)) {
            p.descendants().forEach(ProcessHandle::destroyForcibly);
            p.destroyForcibly();
            throw new AssertionError("the browser does not end");
        }
        return new String(Files.readAllBytes(out), StandardCharsets.UTF_8);
    }
}
