package voluta.data;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Worker threads that fill batches ahead of the thread that uses them.
 *
 * <pre>{@code
 * try (BatchLoader loader = new BatchLoader(dataset, slots, LoaderOptions.training(128, seed), epoch, batch)) {
 *     for (...) {
 *         BatchSlot slot = loader.take();      // waits only if the workers are behind
 *         ...                                  // use slot.images(), slot.labels(), slot.count()
 *         loader.release(slot);                // from here on it is filled again
 *     }
 * }
 * }</pre>
 *
 * <p>Batches come without end, epoch after epoch, so that the workers do not stop at the end of an epoch; {@link
 * #batchesPerEpoch} says how many make one. Slots are used in turn: the k-th batch taken lies in slot k modulo their
 * number. What a batch contains is a pure function of (seed, epoch, number of the batch): neither the number of workers
 * nor the place where a run began makes a difference.
 *
 * <p>One thread takes. Taking and releasing allocate nothing. An error in a worker comes out of {@link #take} as it was
 * thrown, once the batches before it have been taken.
 */
public final class BatchLoader implements AutoCloseable {
    // Note [Why one monitor]. Every change of state goes through this object's monitor. It is held for some tens of
    // nanoseconds, once or twice for a piece of work that takes from tens of microseconds to many milliseconds, and
    // waiting on it allocates nothing, which conditions of java.util.concurrent locks do.
    private static final byte FREE = 0;
    private static final byte FILLING = 1;
    private static final byte READY = 2;
    private static final byte TAKEN = 3;

    private static final BooleanSupplier NEVER = () -> false;
    /** How often a waiting taker asks whether to go on. */
    private static final long PATIENCE_MILLIS = 100;

    private final String name;
    private final List<BatchSlot> slots;
    private final int images;
    private final int batchSize;
    private final int batchesPerEpoch;
    /** Images in one piece of work, an even number, so that pairs stay together: several workers share a batch, since there may be fewer slots than workers. */
    private final int piece;

    private final byte[] states;
    private final int[] missing;
    private final int[] busy;
    /** Orders of the epochs that batches in the slots can belong to at one time, by epoch modulo their number. */
    private final EpochOrder[] orders;

    private final List<Thread> threads = new ArrayList<>();
    private volatile boolean closed;

    // Batches are counted from epoch 0 on.
    private final long firstBatch;
    private long workBatch;
    private int workPosition;
    private boolean drawing;
    private long takeBatch;

    private Throwable failure;
    private long failedBatch = Long.MAX_VALUE;
    private int failedPosition;
    private long waitedNanos;

    /** A loader that begins at the first batch of epoch 0. */
    public BatchLoader(Dataset dataset, List<BatchSlot> slots, LoaderOptions options) {
        this(dataset, slots, options, 0, 0);
    }

    /**
     * Starts the workers. The data set must stay open until the loader is closed, and is not closed by it.
     *
     * @param slots two or more, each with room for exactly one batch
     * @param epoch the epoch of the first batch to take
     * @param batch its number within the epoch; the number of batches in an epoch means the next epoch's first
     * @throws DataException if the slots, the position or the batch size do not fit the data set
     */
    public BatchLoader(Dataset dataset, List<BatchSlot> slots, LoaderOptions options, int epoch, int batch) {
        this.name = dataset.name();
        this.slots = List.copyOf(slots);
        this.images = dataset.size();
        this.batchSize = options.batchSize();
        this.batchesPerEpoch = options.batchesPerEpoch(images);
        checkSlots(dataset);
        checkTargets(options.mixing(), dataset.classNames().size());
        checkPosition(epoch, batch, options.together());
        checkChanges(dataset, options);
        this.piece = options.workers() == 1 ? batchSize : Math.max(2, batchSize / (2 * options.workers()) & ~1);
        this.states = new byte[slots.size()];
        this.missing = new int[slots.size()];
        this.busy = new int[slots.size()];
        // So many epochs can s batches in a row touch.
        this.orders = new EpochOrder[(slots.size() + batchesPerEpoch - 2) / batchesPerEpoch + 1];
        int[] shards = dataset.shards();
        for (int i = 0; i < orders.length; i++) {
            orders[i] = new EpochOrder(images, options.shuffle(), options.seed(), shards);
        }
        this.firstBatch = (long) epoch * batchesPerEpoch + batch;
        this.workBatch = firstBatch;
        this.takeBatch = firstBatch;
        for (int i = 0; i < options.workers(); i++) {
            Thread thread = new Thread(new LoaderWorker(this, dataset, this.slots, options), "voluta-loader-" + i);
            thread.setDaemon(true);
            threads.add(thread);
        }
        for (Thread thread : threads) thread.start();
    }

    private static void checkChanges(Dataset dataset, LoaderOptions options) {
        if (dataset instanceof ResidentDataset) ResidentDataset.check(options.augmentation(), options.mixing());
        if (dataset.arrayShape().isEmpty()) {
            options.augmentation().check(dataset.imageShape());
            return;
        }
        boolean plain = options.augmentation().equals(Augmentation.NONE);
        if (plain && !options.mixing().active()) return;
        throw new DataException(dataset.name() + " holds arrays of "
                + dataset.arrayShape().get() + ", which are not changed at random; "
                + (plain
                        ? "leave mixup and cutmix out"
                        : "use the augmentation none instead of " + options.augmentation()));
    }

    private void checkSlots(Dataset dataset) {
        if (slots.size() < 2) {
            throw new DataException("a loader needs 2 slots or more to run ahead, got " + slots.size() + "; add one");
        }
        int imageBytes = BatchSlot.imageBytes(batchSize, dataset.sampleBytes());
        for (BatchSlot slot : slots) {
            if (slot.images().capacity() != imageBytes || slot.labels().capacity() != batchSize * Integer.BYTES) {
                throw new DataException(
                        "slot " + slot.index() + " has " + slot.images().capacity()
                                + " bytes for images and " + slot.labels().capacity() + " for labels, but " + batchSize
                                + " samples of " + name + " take " + imageBytes + " and " + batchSize * Integer.BYTES
                                + "; make the slots for this batch size");
            }
        }
    }

    private void checkTargets(Mixing mixing, int classes) {
        for (BatchSlot slot : slots) {
            if (slot.targets() == null && mixing.active()) {
                throw new DataException("slot " + slot.index()
                        + " has no room for targets, which mixed images need; give it a buffer for them");
            }
            long bytes = 4L * batchSize * classes;
            if (slot.targets() != null && slot.targets().capacity() != bytes) {
                throw new DataException("slot " + slot.index() + " has "
                        + slot.targets().capacity()
                        + " bytes for targets, but " + batchSize + " images of " + classes + " classes take " + bytes
                        + "; make the slots for this batch size");
            }
        }
    }

    private void checkPosition(int epoch, int batch, int together) {
        if (batchesPerEpoch == 0) {
            throw new DataException(name + " has " + images + " images, which do not fill "
                    + (together == 1 ? "one batch" : together + " batches") + " of " + batchSize
                    + "; use a batch size of at most " + images / together);
        }
        if (epoch < 0 || batch < 0 || batch > batchesPerEpoch) {
            throw new DataException(
                    "cannot start at batch " + batch + " of epoch " + epoch + ": an epoch of " + name + " has "
                            + batchesPerEpoch + " batches of " + batchSize
                            + "; resume with the data and the batch size that the run had");
        }
    }

    /** The number of batches in an epoch. */
    public int batchesPerEpoch() {
        return batchesPerEpoch;
    }

    /** How long {@link #take} has waited for the workers in all, in nanoseconds. */
    public synchronized long waitedNanos() {
        return waitedNanos;
    }

    /**
     * The next batch, waiting for it if need be.
     *
     * @throws DataException if an image cannot be read, or the calling thread is interrupted while it waits
     * @throws IllegalStateException if all slots are taken, or the loader is closed
     */
    public BatchSlot take() {
        return take(NEVER);
    }

    /**
     * The next batch, waiting for it if need be, but not for longer than the caller wants to: a data set may take any
     * time for an image.
     *
     * @param givenUp asked now and then while there is no batch
     * @return null if {@code givenUp} said so; the batch is then still the next
     * @throws DataException as {@link #take()}
     */
    public synchronized BatchSlot take(BooleanSupplier givenUp) {
        int s = slotOf(takeBatch);
        if (states[s] == TAKEN) throw new IllegalStateException("all slots are taken; release one first");
        long start = 0;
        while (states[s] != READY) {
            if (closed) throw new IllegalStateException("the loader is closed");
            if (failedBatch == takeBatch && busy[s] == 0) throwFailure();
            if (givenUp.getAsBoolean()) return null;
            if (start == 0) start = System.nanoTime();
            await();
        }
        if (closed) throw new IllegalStateException("the loader is closed");
        if (start != 0) waitedNanos += System.nanoTime() - start;
        states[s] = TAKEN;
        takeBatch++;
        return slots.get(s);
    }

    /** Gives a taken slot back to be filled again; its buffers must no longer be read from. */
    public synchronized void release(BatchSlot slot) {
        for (int s = 0; s < states.length; s++) {
            if (slots.get(s) != slot) continue;
            if (states[s] != TAKEN) throw new IllegalStateException("slot " + slot.index() + " is not taken");
            states[s] = FREE;
            notifyAll();
            return;
        }
        throw new IllegalStateException("slot " + slot.index() + " is not one of this loader's");
    }

    /**
     * Ends the workers and waits until none of them writes to a slot any more: at most as long as the data set takes
     * for one image, less where its reading can be interrupted. A thread waiting in {@link #take} is woken.
     */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
            notifyAll();
        }
        for (Thread thread : threads) thread.interrupt();
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    // Returning now would let a worker write into memory that the caller is about to free.
                    interrupted = true;
                }
            }
        }
        if (interrupted) Thread.currentThread().interrupt();
    }

    private void await() {
        try {
            wait(PATIENCE_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DataException("waiting for a batch of " + name + " was interrupted; start again to go on", e);
        }
    }

    private void throwFailure() {
        if (failure instanceof RuntimeException e) throw e;
        if (failure instanceof Error e) throw e;
        throw new DataException("reading " + name + " failed: " + failure.getMessage() + "; see the cause", failure);
    }

    private int slotOf(long batch) {
        return (int) ((batch - firstBatch) % states.length);
    }

    // What the workers call.

    boolean closed() {
        return closed;
    }

    /** Waits for a piece of work and assigns it; false if the worker is to end. */
    synchronized boolean nextWork(LoaderWorker worker) throws InterruptedException {
        while (!closed && failure == null) {
            int s = slotOf(workBatch);
            int epoch = (int) (workBatch / batchesPerEpoch);
            EpochOrder order = orders[epoch % orders.length];
            if (workPosition > 0 || states[s] == FREE) {
                if (order.epoch() == epoch) {
                    assign(worker, s, epoch, order);
                    return true;
                }
                if (!drawing) {
                    drawing = true;
                    worker.assignOrder(order, epoch);
                    return true;
                }
            }
            wait();
        }
        return false;
    }

    private void assign(LoaderWorker worker, int s, int epoch, EpochOrder order) {
        int batch = (int) (workBatch % batchesPerEpoch);
        if (workPosition == 0) {
            states[s] = FILLING;
            missing[s] = batchSize;
            slots.get(s).begin(epoch, batch, (int) Math.min(batchSize, images - (long) batch * batchSize));
        }
        int to = Math.min(batchSize, workPosition + piece);
        worker.assignImages(order, epoch, batch, s, workPosition, to);
        busy[s]++;
        workPosition = to;
        if (to == batchSize) {
            workBatch++;
            workPosition = 0;
        }
    }

    synchronized void orderDrawn(EpochOrder order, int epoch) {
        order.setEpoch(epoch);
        drawing = false;
        notifyAll();
    }

    synchronized void imagesFilled(int s, int count) {
        busy[s]--;
        missing[s] -= count;
        if (missing[s] == 0) states[s] = READY;
        if (missing[s] == 0 || failure != null) notifyAll();
    }

    /** Keeps the error of the earliest image, whichever worker comes first; work that was begun is still finished. */
    synchronized void failed(LoaderWorker worker, Throwable error) {
        if (closed) return;
        int s = worker.slot();
        long batch = s < 0 ? workBatch : batchIn(s);
        if (s >= 0) busy[s]--;
        if (failure == null || batch < failedBatch || (batch == failedBatch && worker.position() < failedPosition)) {
            failure = error;
            failedBatch = batch;
            failedPosition = worker.position();
        }
        notifyAll();
    }

    /** The batch that is being filled in a slot: the first from {@code takeBatch} on that belongs there. */
    private long batchIn(int s) {
        long batch = takeBatch;
        while (slotOf(batch) != s) batch++;
        return batch;
    }
}
