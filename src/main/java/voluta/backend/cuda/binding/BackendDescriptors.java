package voluta.backend.cuda.binding;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;

/**
 * Makes the descriptors of one use of cuDNN's graph interface, and destroys them together, the newest first.
 *
 * <p>JCudnn passes attributes by address alone: a pointer to a Java array arrives as null. They therefore go through a
 * little host memory whose address is known.
 */
public final class BackendDescriptors implements AutoCloseable {
    private final Pointer words;
    private final ByteBuffer bytes;
    private final String about;
    private final List<BackendDescriptor> made = new ArrayList<>();

    /**
     * @param address of the host memory that attributes pass through; others may use it between two calls
     * @param bytes the same memory
     * @param about what the descriptors are for, in messages
     */
    public BackendDescriptors(long address, ByteBuffer bytes, String about) {
        this.words = new DevicePointer(address);
        this.bytes = bytes;
        this.about = about;
    }

    /** A new descriptor of one of cuDNN's types. */
    public BackendDescriptor make(int type) {
        BackendDescriptor d = new BackendDescriptor(this);
        CudaCheck.cudnn(JCudnn.cudnnBackendCreateDescriptor(type, d), call("cudnnBackendCreateDescriptor"));
        made.add(d);
        return d;
    }

    /** Destroys some before the others. */
    public void destroy(List<BackendDescriptor> some) {
        for (int i = made.size() - 1; i >= 0; i--) {
            if (!some.contains(made.get(i))) continue;
            int status = JCudnn.cudnnBackendDestroyDescriptor(made.remove(i));
            CudaCheck.cudnn(status, call("cudnnBackendDestroyDescriptor"));
        }
    }

    @Override
    public void close() {
        destroy(List.copyOf(made));
    }

    CudaCheck.Call call(String function) {
        return new CudaCheck.Call(function, null, null, about);
    }

    Pointer words() {
        return words;
    }

    /** The memory that attributes pass through, from its beginning. */
    ByteBuffer bytes() {
        return bytes.rewind();
    }

    /** The same full of zeros, so that what a call does not write is known. */
    ByteBuffer cleared() {
        bytes.rewind();
        for (int i = 0; i + Long.BYTES <= bytes.capacity(); i += Long.BYTES) bytes.putLong(i, 0);
        return bytes;
    }
}
