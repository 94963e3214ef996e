package voluta.backend.onednn;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import voluta.backend.Footprint;

/**
 * How many rows of a batch go through a network at a time so that its values stay in the last cache. Figures are measured with
 * the shipped networks (docs/performance.md): what memory does not hold up gains nothing, and loses where a pass has too little
 * work to share among threads.
 *
 * @param cache bytes of the last level of cache that a core uses; 0 where it is not known
 * @param cores how many share it
 * @param threads that compute
 */
record CacheRows(long cache, int cores, int threads) {
    private static final Path SOURCE = Path.of("/sys/devices/system/cpu/cpu0/cache");

    /** Multiplications and additions for each element read or written, from which on arithmetic takes the time. */
    private static final long ARITHMETIC = 128;

    /** The rest of the cache is for weights, and for what others keep there. */
    private static final double SHARE = 3 / 4.0;

    /** Values of a pass must be so many times as many as weights, since each pass reads those again. */
    private static final int OVER_WEIGHTS = 4;

    /** At most so large a part of the batch may be computed twice. */
    private static final int AGAIN = 16;

    /** For this machine, as Linux describes it. */
    static CacheRows of(int threads) {
        int level = 0;
        CacheRows last = new CacheRows(0, 1, threads);
        try (DirectoryStream<Path> caches = Files.newDirectoryStream(SOURCE, "index*")) {
            for (Path c : caches) {
                int l = Integer.parseInt(Files.readString(c.resolve("level")).strip());
                if (l <= level) continue;
                level = l;
                last = new CacheRows(
                        bytes(Files.readString(c.resolve("size")).strip()),
                        count(Files.readString(c.resolve("shared_cpu_list")).strip()),
                        threads);
            }
        } catch (IOException | NumberFormatException e) {
            // Another system: batches are computed at once.
            return new CacheRows(0, 1, threads);
        }
        return last;
    }

    /** {@code 32768K}, {@code 8M} or a number of bytes. */
    static long bytes(String text) {
        int end = text.length() - 1;
        int shift = "KMG".indexOf(text.charAt(end)) * 10 + 10;
        return shift == 0 ? Long.parseLong(text) : Long.parseLong(text.substring(0, end)) << shift;
    }

    /** How many numbers a list such as {@code 0-3,8} has. */
    static int count(String list) {
        int n = 0;
        for (String range : list.split(",")) {
            String[] ends = range.split("-");
            n += Integer.parseInt(ends[ends.length - 1]) - Integer.parseInt(ends[0]) + 1;
        }
        return n;
    }

    /** Rows at a time, from 1 to {@code batch}. */
    int rows(int batch, Footprint f, int elementBytes) {
        if (f.multiplyAdds() > ARITHMETIC * f.moved()) return batch;
        long most = (long) (SHARE * cache / cores * threads) / Math.max(1, f.live() * elementBytes);
        if (most >= batch || most < threads) return batch;
        for (int passes = (int) ((batch + most - 1) / most); ; passes++) {
            int rows = (batch + passes - 1) / passes;
            if (rows < threads || f.moved() * rows < OVER_WEIGHTS * f.weights()) return batch;
            int again = rows * passes - batch;
            if (again * AGAIN <= batch) return rows;
        }
    }
}
