package voluta.backend.cuda.binding;

import jcuda.jcudnn.cudnnHandle;

/** A handle of cuDNN that tells its number, which cuDNN's graph interface wants as an attribute. */
public final class CudnnHandle extends cudnnHandle {
    /** The number; 0 before {@code cudnnCreate}. */
    public long address() {
        return getNativePointer();
    }
}
