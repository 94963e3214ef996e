package voluta.backend.cuda.binding;

import java.nio.ByteBuffer;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnBackendAttributeType;
import jcuda.jcudnn.cudnnBackendDescriptor;

/**
 * A descriptor of cuDNN's graph interface ({@code cudnnBackend*}): attributes by cuDNN's numbers, then {@link #finish}.
 * Made by {@link BackendDescriptors}.
 */
public final class BackendDescriptor extends cudnnBackendDescriptor {
    private final BackendDescriptors owner;

    BackendDescriptor(BackendDescriptors owner) {
        this.owner = owner;
    }

    long address() {
        return getNativePointer();
    }

    /** Sets an attribute whose elements are C enumerations of a type. */
    public BackendDescriptor words(int attribute, int type, int... values) {
        ByteBuffer b = owner.cleared();
        for (int v : values) b.putInt(v);
        return set(attribute, type, values.length);
    }

    /** Sets an attribute of 64-bit integers. */
    public BackendDescriptor longs(int attribute, long... values) {
        return wide(attribute, cudnnBackendAttributeType.CUDNN_TYPE_INT64, values);
    }

    /** Sets an attribute of addresses of operands. */
    public BackendDescriptor pointers(int attribute, long... addresses) {
        return wide(attribute, cudnnBackendAttributeType.CUDNN_TYPE_VOID_PTR, addresses);
    }

    public BackendDescriptor handle(int attribute, CudnnHandle handle) {
        return wide(attribute, cudnnBackendAttributeType.CUDNN_TYPE_HANDLE, handle.address());
    }

    public BackendDescriptor number(int attribute, float value) {
        owner.cleared().putFloat(value);
        return set(attribute, cudnnBackendAttributeType.CUDNN_TYPE_FLOAT, 1);
    }

    public BackendDescriptor flag(int attribute, boolean value) {
        owner.cleared().put((byte) (value ? 1 : 0));
        return set(attribute, cudnnBackendAttributeType.CUDNN_TYPE_BOOLEAN, 1);
    }

    /** Sets an attribute of characters, of which cuDNN gives the type. */
    public BackendDescriptor text(int attribute, int type, byte[] characters) {
        owner.cleared().put(characters);
        return set(attribute, type, characters.length);
    }

    /** Sets an attribute of other descriptors, which are finished. */
    public BackendDescriptor descriptors(int attribute, BackendDescriptor... values) {
        long[] addresses = new long[values.length];
        for (int i = 0; i < values.length; i++) addresses[i] = values[i].address();
        return wide(attribute, cudnnBackendAttributeType.CUDNN_TYPE_BACKEND_DESCRIPTOR, addresses);
    }

    private BackendDescriptor wide(int attribute, int type, long... values) {
        ByteBuffer b = owner.cleared();
        for (long v : values) b.putLong(v);
        return set(attribute, type, values.length);
    }

    private BackendDescriptor set(int attribute, int type, int count) {
        int status = JCudnn.cudnnBackendSetAttribute(this, attribute, type, count, owner.words());
        CudaCheck.cudnn(status, owner.call("cudnnBackendSetAttribute of attribute " + attribute));
        return this;
    }

    /** Says that all attributes are set; whether cuDNN can do what they say. */
    public boolean finish() {
        return JCudnn.cudnnBackendFinalize(this) == 0;
    }

    /** The same where anything but success is an error. */
    public BackendDescriptor finished() {
        CudaCheck.cudnn(JCudnn.cudnnBackendFinalize(this), owner.call("cudnnBackendFinalize"));
        return this;
    }

    /** Reads an attribute of C enumerations: those that there are. */
    public int[] words(int attribute, int type, int most, String name) {
        int n = get(attribute, type, most, name);
        int[] values = new int[Math.min(n, most)];
        ByteBuffer b = owner.bytes();
        for (int i = 0; i < values.length; i++) values[i] = b.getInt();
        return values;
    }

    /** Reads an attribute that is one 64-bit integer. */
    public long number(int attribute, String name) {
        get(attribute, cudnnBackendAttributeType.CUDNN_TYPE_INT64, 1, name);
        return owner.bytes().getLong();
    }

    /** Reads an attribute that is one descriptor, into a new one of a type. */
    public BackendDescriptor descriptor(int attribute, int type, String name) {
        BackendDescriptor into = owner.make(type);
        owner.cleared().putLong(into.address());
        get(attribute, cudnnBackendAttributeType.CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, name);
        return into;
    }

    /** Reads an attribute of descriptors into those given; how many there were. With none given, how many there are. */
    public int descriptors(int attribute, String name, BackendDescriptor... into) {
        ByteBuffer b = owner.cleared();
        for (BackendDescriptor d : into) b.putLong(d.address());
        return get(attribute, cudnnBackendAttributeType.CUDNN_TYPE_BACKEND_DESCRIPTOR, into.length, name);
    }

    private int get(int attribute, int type, int most, String name) {
        long[] count = new long[1];
        Pointer into =
                most == 0 ? null : owner.words(); // how many there are is only told where nothing is to be filled
        int status = JCudnn.cudnnBackendGetAttribute(this, attribute, type, most, count, into);
        CudaCheck.cudnn(status, owner.call("cudnnBackendGetAttribute of " + name));
        return (int) count[0];
    }
}
