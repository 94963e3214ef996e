package voluta.backend;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import voluta.graph.Op;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** One opened device. Not thread-safe; everything it made must be closed before it. */
public interface Backend extends AutoCloseable {
    String name();

    /** One line about the device, for logs and records. */
    String device();

    /** The precisions in which it computes. */
    default Set<Precision> precisions() {
        return EnumSet.of(Precision.F32, Precision.BF16);
    }

    /** Whether this backend computes such a node. */
    Support supports(Op op, List<TensorType> inputs, Precision precision);

    /** Decides how a node is computed: algorithm, layouts, context and scratch. May take long (search, compilation). */
    PreparedKernel prepare(Preparation preparation);

    /** A kernel that brings a value from one layout to another. */
    PreparedKernel reorder(TensorType type, Layout from, Layout to);

    /** The layout of fed values, constants and whatever no kernel had a wish for. */
    Layout plain();

    /** Bytes that regions may still take: what is left of the limit, and no more than the device has free. */
    long available();

    MemoryRegion allocate(String purpose, long bytes);

    HostBuffer allocateHost(String purpose, long bytes);

    /** Writes a host tensor of the value's shape into memory, converting element type and layout. Waits. */
    void write(Slice target, TensorType type, Layout layout, HostTensor from);

    /** Reads memory into a host tensor of the value's shape, converting element type and layout. Waits for the device. */
    void read(Slice source, TensorType type, Layout layout, HostTensor into);

    /** Whether this is memory of its own, apart from the host's, so that values take time to get there and reading waits. */
    default boolean hasOwnMemory() {
        return false;
    }

    /**
     * Writes some of the rows, along the first dimension, of a value that lies plain. Waits.
     *
     * @param target all of the value
     * @param type of all of the value
     * @param first the number of the first row to write
     * @param rows of the value's element type
     */
    default void writeRows(Slice target, TensorType type, long first, HostTensor rows) {
        long each = plain().bytes(type) / type.dim(0);
        Slice part = new Slice(
                target.region(), target.offset() + first * each, rows.shape().dim(0) * each);
        write(part, rows.type(), plain(), rows);
    }

    /**
     * How many rows of a batch had better go through a whole graph at a time, from 1 to {@code batch}: fewer than all where
     * values then stay in a cache. (What it then computes is copied by {@link #reorder} to where the batch lies, plain.)
     *
     * @param batch its rows
     * @param footprint of the graph, for each of them
     * @param precision how activations are stored
     */
    default int rowsPerPass(int batch, Footprint footprint, Precision precision) {
        return batch;
    }

    Executable compile(Program program, ExecutionMode mode);

    @Override
    void close();
}
