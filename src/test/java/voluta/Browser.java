package voluta;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /**
     * What a page's main part holds after its scripts, with another script appended that plays the user. Fails on an error in the
     * page, on anything it asks the network for, and if it never says that it is ready.
     */
    public String played(Path source, String user, String fragment, String... options) throws Exception {
        Path page = folder.resolve("page.html");
        String errors = "<script>addEventListener('error',e=>document.documentElement.dataset.error=e.message);"
                + "addEventListener('securitypolicyviolation',e=>document.documentElement.dataset.error=e.blockedURI)</script>";
        String html = Files.readString(source)
                .replace("<title>", errors + "<title>")
                .replace("</body>", "<script>" + user + "</script></body>");
        Files.writeString(page, html);
        String dom = shown(page.toUri() + fragment, options);
        assertFalse(
                dom.contains("data-error="), () -> "an error in the page: " + first(dom, "data-error=\"([^\"]*)\""));
        assertTrue(dom.contains("data-ready=\"yes\""), "the script did not reach its end");
        return dom.substring(dom.indexOf("<main>"), dom.indexOf("</main>"));
    }

    /** The first group of the first match; empty without one. */
    public static String first(String text, String pattern) {
        Matcher m = Pattern.compile(pattern).matcher(text);
        return m.find() ? m.group(1) : "";
    }
}
