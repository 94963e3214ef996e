package voluta.train;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import voluta.backend.Backend;
import voluta.backend.DeviceException;
import voluta.backend.DeviceMemoryException;
import voluta.data.Dataset;
import voluta.data.ResidentDataset;
import voluta.model.Network;
import voluta.session.Session;
import voluta.tensor.Bytes;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * The data of a run on the device ({@code --device-data}): what the graphs are told of it, whether it fits, and how it gets
 * there.
 *
 * <p>The rule: the training set has to fit. The evaluation set goes there too if it takes no more than half of what the
 * training step has left, so that its own step and the libraries have room.
 */
final class DeviceData {
    private static final String TRAINING = "data/training", EVALUATION = "data/evaluation";

    private final RunData data;
    private final Session session;
    private final int workers;
    private final boolean withEvaluation;
    private Dataset training;
    private Dataset evaluation;

    /** @param withEvaluation whether the evaluation set is on the device too */
    DeviceData(RunData data, Session session, int workers, boolean withEvaluation) {
        this.data = data;
        this.session = session;
        this.workers = workers;
        this.withEvaluation = withEvaluation;
    }

    static Network.Resident training(RunData data) {
        return new Network.Resident(TRAINING, data.training().size(), fill(data));
    }

    static Network.Resident evaluation(RunData data) {
        return new Network.Resident(EVALUATION, data.evaluation().size(), fill(data));
    }

    private static List<Integer> fill(RunData data) {
        if (data.training().arrayShape().isPresent()) return List.of();
        byte[] mean = data.statistics().meanPixel();
        return IntStream.range(0, mean.length).mapToObj(c -> mean[c] & 0xff).toList();
    }

    private static long bytes(Dataset samples) {
        return (long) samples.size() * samples.sampleBytes();
    }

    /**
     * Refuses before anything is allocated.
     *
     * @throws DeviceException if the backend has no memory of its own
     * @throws DeviceMemoryException if the training set alone is more than there is
     */
    static void check(Backend backend, RunData data) {
        if (!backend.hasOwnMemory()) {
            throw new DeviceException("the backend " + backend.name()
                    + " computes in the host's memory, where the data are already; leave out --device-data, or use it with"
                    + " --backend cuda");
        }
        long needed = bytes(data.training()), available = backend.available();
        if (needed <= available) return;
        throw new DeviceMemoryException(
                "the training data take " + Bytes.text(needed) + ", but only " + Bytes.text(available)
                        + " of the device's memory may be used; leave out --device-data to keep them on the host",
                needed,
                available,
                null);
    }

    /** Whether the evaluation set goes to the device, once the training step is there. */
    static boolean takesEvaluation(Backend backend, RunData data) {
        return bytes(data.evaluation()) <= backend.available() / 2;
    }

    /** The same error with what can be done about it here. */
    static DeviceMemoryException explain(DeviceMemoryException e, RunData data) {
        return e.explained(
                e.getMessage() + "; of what is needed, the training data take " + Bytes.text(bytes(data.training()))
                        + ": leave out --device-data to keep them on the host",
                e.details());
    }

    /** What a loader of training batches goes through; brings the samples to the device when it is first asked for. */
    Dataset training() {
        if (training == null) training = load(data.training(), TRAINING);
        return training;
    }

    /** The same for the evaluation. */
    Dataset evaluation() {
        if (!withEvaluation) return data.evaluation();
        if (evaluation == null) evaluation = load(data.evaluation(), EVALUATION);
        return evaluation;
    }

    private Dataset load(Dataset samples, String name) {
        TensorType one = samples.arrayShape()
                .map(s -> TensorType.f32(s.dims().stream().mapToLong(d -> d).toArray()))
                .orElseGet(() -> TensorType.u8(
                        samples.imageShape().height(),
                        samples.imageShape().width(),
                        samples.imageShape().channels()));
        return ResidentDataset.load(samples, data.statistics(), workers, (first, bytes) -> {
            long[] dims = new long[one.rank() + 1];
            System.arraycopy(one.shape().dims(), 0, dims, 1, one.rank());
            dims[0] = bytes.remaining() / one.plainBytes();
            session.writeSamples(name, first, HostTensor.over(new TensorType(one.dtype(), Shape.of(dims)), bytes));
        });
    }

    /** What lies where, in a sentence. */
    String notice() {
        String where = String.format(
                Locale.ROOT,
                "the %,d training samples are on the device (%s)",
                data.training().size(),
                Bytes.text(bytes(data.training())));
        String others = String.format(
                Locale.ROOT,
                "the %,d to evaluate on (%s)",
                data.evaluation().size(),
                Bytes.text(bytes(data.evaluation())));
        return withEvaluation
                ? where + ", and so are " + others
                : where + "; " + others + " come from the host, since they would take more than half of what is left";
    }
}
