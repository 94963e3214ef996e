package voluta.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lines at the end of a terminal that are drawn over again and again. Between two drawings the cursor stands at the beginning
 * of the first of them, so whatever is printed meanwhile comes above.
 */
final class Terminal {
    private static final Logger LOG = LoggerFactory.getLogger(Terminal.class);

    /** What is assumed where the system does not tell. */
    static final int COLUMNS = 80, ROWS = 24;

    /** Of what is read rather than looked at. */
    private static final int LEAST_COLUMNS = 60;

    private static final String ERASE_LINE = "\u001b[K", ERASE_BELOW = "\u001b[J";
    /** A terminal that turns out narrower then cuts lines off. */
    private static final String WRAP_OFF = "\u001b[?7l", WRAP_ON = "\u001b[?7h";

    private static final Path DEVICE = Path.of("/dev/tty");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,5}) (\\d{1,5})");

    private final PrintWriter out;
    private volatile int columns = COLUMNS;
    private volatile int rows = ROWS;
    private int shown;

    Terminal(PrintWriter out) {
        this.out = out;
    }

    /** Knows the size of the real terminal from now on. */
    Terminal followSize() {
        measure();
        Signals.handle("WINCH", this::measure);
        return this;
    }

    /** Whether standard error is a terminal whose lines can be drawn over. */
    static boolean onError(Map<String, String> environment) {
        return is(2, environment);
    }

    /** Whether standard output is. */
    static boolean onOutput(Map<String, String> environment) {
        return is(1, environment);
    }

    /** Whether standard output leads to another program, which may have read enough; also where nothing is known. */
    static boolean pipedOutput() {
        try {
            String target = Files.readSymbolicLink(Path.of("/proc/self/fd/1")).toString();
            return !target.startsWith("/");
        } catch (IOException e) {
            return true;
        }
    }

    /** How many columns lines on standard output may have: without limit where it is no terminal. */
    static int outputColumns(Map<String, String> environment) {
        if (!onOutput(environment)) return Integer.MAX_VALUE;
        Terminal terminal = new Terminal(new PrintWriter(Writer.nullWriter()));
        terminal.measure();
        return Math.max(LEAST_COLUMNS, terminal.columns);
    }

    private static boolean is(int descriptor, Map<String, String> environment) {
        String term = environment.get("TERM");
        if (term == null || term.isEmpty() || term.equals("dumb")) return false;
        try {
            String device = Path.of("/proc/self/fd/" + descriptor).toRealPath().toString();
            return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty") || device.equals("/dev/console");
        } catch (IOException e) {
            return System.console() != null; // where there is no /proc: a guess from the other streams
        }
    }

    /** How a run is shown on this terminal: by its character set, and by what the user wants of colours. */
    static LiveView view(Map<String, String> environment) {
        boolean colour = environment.getOrDefault("NO_COLOR", "").isEmpty();
        // The console of Linux itself has no font for these.
        boolean unicode = !"linux".equals(environment.get("TERM"))
                && charset(System.getProperty("stderr.encoding", System.getProperty("sun.stderr.encoding")))
                        .newEncoder()
                        .canEncode(LiveView.SAMPLE);
        return new LiveView(unicode, colour);
    }

    /** The character set of the stream, else that of the locale. */
    private static Charset charset(String name) {
        String known = name != null ? name : System.getProperty("native.encoding", "");
        try {
            return Charset.forName(known);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            return StandardCharsets.US_ASCII;
        }
    }

    /** Asks the system, through its {@code stty}: Java has no other way. */
    private void measure() {
        if (!Files.isReadable(DEVICE)) return;
        try {
            Process stty = new ProcessBuilder("stty", "size")
                    .redirectInput(DEVICE.toFile())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(stty.getInputStream().readNBytes(64), StandardCharsets.US_ASCII);
            if (!stty.waitFor(1, TimeUnit.SECONDS)) stty.destroyForcibly();
            size(said);
        } catch (IOException e) {
            LOG.debug("the size of the terminal is not known: {}", e.toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void size(String said) {
        Matcher m = SIZE.matcher(said.strip());
        if (!m.matches()) return;
        if (Integer.parseInt(m.group(1)) > 0) rows = Integer.parseInt(m.group(1));
        if (Integer.parseInt(m.group(2)) > 0) columns = Integer.parseInt(m.group(2));
    }

    /** Columns that a line may take: the last one stays free, since some terminals wrap when it is filled. */
    int width() {
        return Math.max(1, columns - 1);
    }

    /** Draws these lines over those that were drawn last; of more than the terminal has, the first. */
    void draw(List<String> lines) {
        int n = Math.max(1, Math.min(lines.size(), rows - 1));
        StringBuilder text = new StringBuilder("\r").append(WRAP_OFF);
        for (int i = 0; i < n; i++) {
            if (i > 0) text.append('\n');
            text.append(lines.get(i)).append(ERASE_LINE);
        }
        text.append(ERASE_BELOW).append(WRAP_ON).append('\r');
        if (n > 1) text.append("\u001b[").append(n - 1).append('A');
        out.print(text);
        out.flush();
        shown = n;
    }

    /** Makes place for a line that stays. */
    void erase() {
        if (shown == 0) return;
        out.print("\r" + ERASE_BELOW);
        out.flush();
        shown = 0;
    }
}
