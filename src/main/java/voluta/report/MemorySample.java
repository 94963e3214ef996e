package voluta.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the process takes after an epoch.
 *
 * @param heapBytes objects on the Java heap, with those that nobody needs any more
 * @param residentBytes all memory of the process; 0 where the system does not say
 */
record MemorySample(int epoch, long heapBytes, long residentBytes) {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";

    static MemorySample now(int epoch) {
        Runtime runtime = Runtime.getRuntime();
        return new MemorySample(epoch, runtime.totalMemory() - runtime.freeMemory(), resident());
    }

    private static long resident() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (!line.startsWith(RESIDENT)) continue;
                return Long.parseLong(line.substring(RESIDENT.length())
                                .replace("kB", "")
                                .strip())
                        * 1024;
            }
        } catch (IOException | NumberFormatException e) {
            // Another system than Linux.
        }
        return 0;
    }
}
