package voluta.backend.onednn;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import voluta.backend.DeviceException;

/** How many threads compute: one number for oneDNN, for our own kernels and for loops in Java. */
final class CpuThreads {
    /** OpenMP takes a list, a number for each level of nesting; there is one level here. */
    private static final Pattern NUMBER = Pattern.compile("\\s*([1-9][0-9]{0,5})\\s*(,.*)?");

    private CpuThreads() {}

    /**
     * @param asked what the user asked for, 0 for nothing
     * @param environment the value of {@code OMP_NUM_THREADS}, null where it is not set
     * @param cores the processors that this process may use
     */
    static int of(int asked, String environment, int cores) {
        if (asked > 0) return asked;
        Matcher m = NUMBER.matcher(environment == null ? "" : environment);
        return m.matches() ? Integer.parseInt(m.group(1)) : cores;
    }

    static int of(int asked) {
        return of(asked, System.getenv("OMP_NUM_THREADS"), Runtime.getRuntime().availableProcessors());
    }

    /** Refuses a number that oneDNN would not keep to. */
    static void require(int threads) {
        if (NativeKernels.takeThreads(threads) || threads == of(0)) return;
        throw new DeviceException(threads + (threads == 1 ? " thread" : " threads")
                + " cannot be set here (" + NativeKernels.problem().orElse("")
                + "); set OMP_NUM_THREADS=" + threads + " instead of --threads");
    }
}
