package voluta.backend.cuda;

import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Precision;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * How a value lies in device memory where it is not {@link Layouts#PLAIN}: dense, in one of two orders, in f32, bf16 or f16.
 * Two layouts of a value are equal exactly where its bytes are the same, so make them with {@link #of} alone.
 */
record CudaLayout(Order order, DType storage) implements Layout {
    /** The order of dimensions. */
    enum Order {
        /** As the graph sees them: N, C, spatial. */
        ROW_MAJOR,
        /** Channels innermost: N, spatial, C. For weights likewise: the second dimension goes last. */
        CHANNELS_LAST
    }

    /** The layout of a value of this type; where orders do not differ, and where nothing is special, it is plain. */
    static Layout of(TensorType type, Order order, DType storage) {
        if (type.dtype() != DType.F32) return Layouts.PLAIN;
        Order really = ordersDiffer(type) ? order : Order.ROW_MAJOR;
        return really == Order.ROW_MAJOR && storage == DType.F32 ? Layouts.PLAIN : new CudaLayout(really, storage);
    }

    /** Row-major with this precision's storage. */
    static Layout rowMajor(TensorType type, Precision precision) {
        return of(type, Order.ROW_MAJOR, storage(precision));
    }

    /** The same order as {@code like} (a layout of a value of the same rank), in this storage. */
    static Layout like(TensorType type, Layout like, DType storage) {
        return of(type, order(like), storage);
    }

    /** How activations are stored at this precision. */
    static DType storage(Precision precision) {
        return precision.storage();
    }

    /** The order of a layout; where both are the same, row-major. */
    static Order order(Layout layout) {
        return layout instanceof CudaLayout l ? l.order : Order.ROW_MAJOR;
    }

    /** The element type in memory of a value of this type. */
    static DType storage(TensorType type, Layout layout) {
        return layout instanceof CudaLayout l ? l.storage : type.dtype();
    }

    /** Whether the two orders put a value's elements in different places. */
    static boolean ordersDiffer(TensorType type) {
        if (type.rank() < 3) return false;
        long channels = type.dim(1);
        return channels > 1 && spatial(type) > 1;
    }

    /** The dimensions of a value of this rank as they lie in memory, outermost first. */
    static int[] dimensions(int rank, Order order) {
        int[] d = new int[rank];
        for (int i = 0; i < rank; i++) d[i] = i;
        if (order == Order.ROW_MAJOR || rank < 3) return d;
        System.arraycopy(d, 2, d, 1, rank - 2);
        d[rank - 1] = 1;
        return d;
    }

    /** Whether numbers of this type are rounded when they are stored: those with two bytes. */
    static boolean narrow(DType storage) {
        return storage == DType.BF16 || storage == DType.F16;
    }

    /** The product of the dimensions behind the second. */
    static long spatial(TensorType type) {
        long n = 1;
        for (int d = 2; d < type.rank(); d++) n *= type.dim(d);
        return n;
    }

    @Override
    public long bytes(TensorType type) {
        return type.elements() * storage.bytes();
    }

    @Override
    public boolean exact(TensorType type) {
        return type.dtype() != DType.F32 || storage == DType.F32;
    }

    @Override
    public String describe() {
        return storage.label() + (order == Order.CHANNELS_LAST ? " channels last" : "");
    }
}
