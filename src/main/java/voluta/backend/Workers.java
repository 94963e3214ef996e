package voluta.backend;

import java.util.concurrent.locks.LockSupport;

/**
 * A fixed set of threads that share loops with the calling thread; a loop allocates nothing. Ranges are split evenly
 * and by index alone, so results do not depend on timing. One caller at a time.
 */
public final class Workers implements AutoCloseable {
    /** A part of a loop. */
    @FunctionalInterface
    public interface Task {
        /** Does items {@code from} (inclusive) to {@code to} (exclusive). */
        void run(long from, long to);
    }

    private static final int SPINS = 2_000;

    private final Worker[] workers;
    private volatile boolean closed;

    /** @param threads how many share a loop, the caller included; at least 1 */
    public Workers(int threads) {
        workers = new Worker[Math.max(1, threads) - 1];
        for (int i = 0; i < workers.length; i++) {
            workers[i] = new Worker(i + 1);
            workers[i].start();
        }
    }

    /** How many threads share a loop, the caller included. */
    public int threads() {
        return workers.length + 1;
    }

    /**
     * Runs items 0 to {@code n}; in the calling thread alone if there are fewer than two {@code grain}s. What a part throws, be it an
     * error, is thrown here when all parts have ended.
     */
    public void run(long n, long grain, Task task) {
        int parts = (int) Math.max(1, Math.min(threads(), n / Math.max(1, grain)));
        if (parts == 1) {
            task.run(0, n);
            return;
        }
        if (closed) throw new IllegalStateException("the threads have ended; open the backend again");
        for (int p = 1; p < parts; p++) workers[p - 1].give(task, n * p / parts, n * (p + 1) / parts);
        Throwable failure = null;
        try {
            task.run(0, n / parts);
        } catch (RuntimeException | Error e) {
            failure = e; // thrown when the others have ended, who may work on memory that is given back then
        }
        for (int p = 1; p < parts; p++) {
            Throwable e = workers[p - 1].await();
            if (failure == null) failure = e;
        }
        if (failure instanceof Error e) throw e;
        if (failure != null) throw (RuntimeException) failure;
    }

    @Override
    public void close() {
        closed = true;
        for (Worker w : workers) LockSupport.unpark(w);
    }

    private final class Worker extends Thread {
        private Task task;
        private long from;
        private long to;
        private Throwable failure;
        private volatile boolean busy;

        Worker(int index) {
            super("voluta-worker-" + index);
            setDaemon(true);
        }

        void give(Task task, long from, long to) {
            this.task = task;
            this.from = from;
            this.to = to;
            failure = null;
            busy = true;
            LockSupport.unpark(this);
        }

        Throwable await() {
            for (int i = 0; busy; i++) {
                if (i < SPINS) Thread.onSpinWait();
                else Thread.yield();
            }
            return failure;
        }

        @Override
        public void run() {
            while (!closed) {
                if (!busy) {
                    // spinning here would take the core from the native library's threads, which share it
                    LockSupport.park(this);
                    continue;
                }
                try {
                    task.run(from, to);
                } catch (RuntimeException | Error e) {
                    failure = e;
                }
                task = null;
                busy = false;
            }
        }
    }
}
