package voluta.train;

import java.util.Locale;
import java.util.function.IntToLongFunction;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.backend.DeviceMemoryException;
import voluta.session.CompileOptions;
import voluta.session.MemoryNeed;
import voluta.tensor.Bytes;

/**
 * The largest batch that fits into the memory, found by planning steps of several sizes. What counts is all that a run
 * takes: weights, gradients, the optimizer's state, activations, the kernels' scratch, the evaluation step, training data
 * on the device, and the buffers on the host.
 *
 * <p>The rule: 1, 2, 4, or a multiple of 8; no more than leaves {@value #STEPS} steps in an epoch; the largest of those
 * whose plan fits.
 *
 * @param images the batch
 * @param bytes that it takes
 * @param reason as a sentence: what was chosen and why
 */
record BatchFit(int images, long bytes, String reason) {
    /** The fewest steps of an epoch: with more images in each, there would be hardly any updates. */
    static final int STEPS = 10;

    /** The share of a device without a limit that is used: drivers and other programs need some. */
    private static final double USED = 0.9;

    private static final int GRAIN = 8;

    /**
     * Opens the backend, plans, and closes it again.
     *
     * @throws DeviceMemoryException if not even one image fits
     */
    static BatchFit of(TrainingConfig c, RunData data) {
        try (Backend backend = Backends.open(c.backend(), c.backendOptions()).backend()) {
            CompileOptions options = CompileOptions.of(c.precision());
            boolean all = c.batchSize().share() == 1;
            double share =
                    all && c.memoryLimit().isEmpty() ? USED : c.batchSize().share();
            long available = backend.available();
            String room = String.format(
                    Locale.ROOT,
                    "%.3g %% of %s (%s)",
                    100 * share,
                    c.memoryLimit().isPresent() ? "the memory limit" : "the memory of " + backend.name(),
                    Bytes.text(available));
            int most = Math.max(1, data.training().size() / (STEPS * c.gradAccumSteps()));
            if (c.deviceData()) DeviceData.check(backend, data);
            try {
                return largest(most, (long) (share * available), room, batch -> {
                    StepGraphs g = StepGraphs.of(c, data, batch, backend);
                    return MemoryNeed.of(backend, g.all(), options).bytes();
                });
            } catch (DeviceMemoryException e) {
                throw c.deviceData() ? DeviceData.explain(e, data) : e;
            }
        }
    }

    /**
     * @param most the largest batch that makes sense
     * @param room bytes that it may take
     * @param roomName what those are
     * @param need bytes for a batch; taken to grow with it
     */
    static BatchFit largest(int most, long room, String roomName, IntToLongFunction need) {
        int fits = 0, tooMany = 0;
        long bytes = 0, tooManyBytes = 0;
        int batch = 1;
        while (batch > fits && (tooMany == 0 || batch < tooMany)) {
            long n = need.applyAsLong(batch);
            if (n <= room) {
                fits = batch;
                bytes = n;
            } else {
                tooMany = batch;
                tooManyBytes = n;
            }
            // Doubling until it is too much, so that nothing absurd is planned; then halving what is in between.
            batch = tooMany == 0 ? allowed(Math.min(2 * fits, most)) : allowed(fits + (tooMany - fits) / 2);
        }
        if (fits == 0) {
            throw new DeviceMemoryException(
                    "a batch of 1 image needs " + Bytes.text(tooManyBytes) + ", more than " + roomName
                            + "; use a smaller network or smaller images, or a higher limit",
                    tooManyBytes,
                    room,
                    null);
        }
        String next = tooMany == 0
                ? "more would leave fewer than " + STEPS + " steps in an epoch"
                : String.format(Locale.ROOT, "%,d would take %s", tooMany, Bytes.text(tooManyBytes));
        String reason = String.format(
                Locale.ROOT,
                "the batch size is %,d: training and evaluation take %s, within %s; %s",
                fits,
                Bytes.text(bytes),
                roomName,
                next);
        return new BatchFit(fits, bytes, reason);
    }

    /** The largest batch of the rule that is not larger. */
    private static int allowed(int images) {
        return images < GRAIN ? Integer.highestOneBit(images) : images / GRAIN * GRAIN;
    }
}
