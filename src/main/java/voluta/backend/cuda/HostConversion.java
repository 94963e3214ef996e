package voluta.backend.cuda;

import java.nio.ByteBuffer;
import voluta.backend.Layout;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** Between host tensors and the bytes of a value in a layout. Not for the hot loop. */
final class HostConversion {
    private HostConversion() {}

    /** Whether a tensor's own bytes are those of the value in this layout. */
    static boolean identical(HostTensor tensor, TensorType type, Layout layout) {
        return tensor.type().dtype() == CudaLayout.storage(type, layout)
                && CudaLayout.order(layout) == CudaLayout.Order.ROW_MAJOR;
    }

    /** Writes a tensor as the value lies in memory; {@code into} has native order and the layout's size. */
    static void encode(HostTensor from, TensorType type, Layout layout, ByteBuffer into) {
        HostTensor stored = HostTensor.over(new TensorType(CudaLayout.storage(type, layout), type.shape()), into);
        forEach(type, layout, (plain, place) -> stored.set(place, from.get(plain)));
    }

    /** Reads the value's bytes into a tensor. */
    static void decode(ByteBuffer from, TensorType type, Layout layout, HostTensor into) {
        DType storage = CudaLayout.storage(type, layout);
        HostTensor stored = HostTensor.over(new TensorType(storage, type.shape()), from);
        forEach(type, layout, (plain, place) -> into.set(plain, stored.get(place)));
    }

    private interface Pair {
        void accept(long plain, long place);
    }

    /** Each element's number in row-major order, and its place in memory. */
    private static void forEach(TensorType type, Layout layout, Pair pair) {
        long n = type.elements();
        if (CudaLayout.order(layout) == CudaLayout.Order.ROW_MAJOR) {
            for (long i = 0; i < n; i++) pair.accept(i, i);
            return;
        }
        long channels = type.dim(1), spatial = CudaLayout.spatial(type), plain = 0;
        for (long outer = 0; outer < type.dim(0); outer++) {
            for (long c = 0; c < channels; c++) {
                for (long s = 0; s < spatial; s++) pair.accept(plain++, (outer * spatial + s) * channels + c);
            }
        }
    }
}
