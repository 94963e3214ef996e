package voluta.backend.onednn;

import voluta.backend.Workers;

/**
 * A Java loop cut into as many parts as there are threads, each with working memory of its own that is made once. How it
 * is cut depends on the length alone, so that sums over parts are the same each time.
 */
final class Parts {
    /** Makes the piece of code that does items {@code from} (inclusive) to {@code to} (exclusive); it must not allocate when run. */
    @FunctionalInterface
    interface Factory<T extends Runnable> {
        T part(long from, long to);
    }

    private Parts() {}

    /**
     * Emits the loop into a program.
     *
     * @param n how many items
     * @param grain no part gets fewer, unless it is the only one
     * @return the parts, for what is to be done with their results afterwards
     */
    static <T extends Runnable> java.util.List<T> emit(Binding x, long n, long grain, Factory<T> factory) {
        Workers workers = x.context().workers;
        int count = (int) Math.max(1, Math.min(workers.threads(), n / Math.max(1, grain)));
        java.util.List<T> parts = new java.util.ArrayList<>(count);
        for (int i = 0; i < count; i++) parts.add(factory.part(n * i / count, n * (i + 1) / count));
        Runnable[] run = parts.toArray(new Runnable[0]);
        Workers.Task task = (from, to) -> {
            for (int i = (int) from; i < to; i++) run[i].run();
        };
        x.run(() -> workers.run(run.length, 1, task));
        return parts;
    }
}
