package voluta.backend.onednn;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** How much memory this machine can give without swapping, as Linux says it. */
final class FreeMemory {
    private static final Path SOURCE = Path.of("/proc/meminfo");
    private static final String KEY = "MemAvailable:";

    private FreeMemory() {}

    /** Bytes that no program uses, caches of files included; {@link Long#MAX_VALUE} where nobody says. */
    static long bytes() {
        try {
            for (String line : Files.readAllLines(SOURCE)) {
                if (!line.startsWith(KEY)) continue;
                return 1024
                        * Long.parseLong(
                                line.substring(KEY.length()).replace("kB", "").strip());
            }
        } catch (IOException | NumberFormatException e) {
            // Another system: the machine's whole memory is the only limit then.
        }
        return Long.MAX_VALUE;
    }
}
