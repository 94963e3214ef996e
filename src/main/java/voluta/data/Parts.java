package voluta.data;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Does something for all samples of a data set on several threads: each takes as many neighbours as the others. */
final class Parts {
    /** What is done for the samples from {@code from} on, below {@code to}. It looks at its thread's interruption now and then. */
    @FunctionalInterface
    interface Body<T> {
        T run(int from, int to);
    }

    private Parts() {}

    /**
     * The results in order. An exception of a thread comes out as it was thrown; then the other threads are interrupted.
     *
     * @param threads at least 1
     * @param what is done, for names of threads and for messages, in one word such as {@code statistics}
     */
    static <T> List<T> of(int samples, int threads, String what, Body<T> body) {
        int parts = Math.max(1, Math.min(threads, samples));
        ExecutorService pool = Executors.newFixedThreadPool(parts, task -> {
            Thread thread = new Thread(task, "voluta-" + what);
            thread.setDaemon(true);
            return thread;
        });
        try {
            List<Future<T>> futures = new ArrayList<>();
            for (int p = 0; p < parts; p++) {
                int from = (int) ((long) samples * p / parts), to = (int) ((long) samples * (p + 1) / parts);
                futures.add(pool.submit(() -> body.run(from, to)));
            }
            List<T> results = new ArrayList<>();
            for (Future<T> future : futures) results.add(result(future, what));
            return results;
        } finally {
            pool.shutdownNow();
        }
    }

    private static <T> T result(Future<T> future, String what) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            if (e.getCause() instanceof Error cause) throw cause;
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DataException("going through the data (" + what + ") was interrupted; start it again", e);
        }
    }
}
