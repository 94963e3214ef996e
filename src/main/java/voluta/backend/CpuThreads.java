package voluta.backend;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How many threads compute on the CPU: one number for libraries, for our own kernels and for loops in Java. */
public final class CpuThreads {
    /** OpenMP takes a list, a number for each level of nesting; there is one level here. */
    private static final Pattern NUMBER = Pattern.compile("\\s*([1-9][0-9]{0,5})\\s*(,.*)?");

    private CpuThreads() {}

    /**
     * What the user asked for, else what {@code OMP_NUM_THREADS} says, else the processors that this process may use.
     *
     * @param asked 0 for nothing
     */
    public static int of(int asked) {
        return of(asked, System.getenv("OMP_NUM_THREADS"), Runtime.getRuntime().availableProcessors());
    }

    /** For people: so many threads, and on how many cores if those are fewer, which makes threads wait for each other. */
    public static String text(int threads) {
        return text(threads, Runtime.getRuntime().availableProcessors());
    }

    static String text(int threads, int cores) {
        String words = threads == 1 ? "1 thread" : threads + " threads";
        if (threads <= cores) return words;
        return words + (cores == 1 ? " on 1 core" : " on " + cores + " cores") + ", which is slow";
    }

    /**
     * @param environment the value of {@code OMP_NUM_THREADS}, null where it is not set
     * @param cores the processors that this process may use
     */
    static int of(int asked, String environment, int cores) {
        if (asked > 0) return asked;
        Matcher m = NUMBER.matcher(environment == null ? "" : environment);
        return m.matches() ? Integer.parseInt(m.group(1)) : cores;
    }
}
