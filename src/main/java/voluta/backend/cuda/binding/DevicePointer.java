package voluta.backend.cuda.binding;

import jcuda.driver.CUdeviceptr;

/** A device address as JCuda wants it: its own class gives the number away to nobody. */
public final class DevicePointer extends CUdeviceptr {
    /** Filled in by an allocating call. */
    DevicePointer() {}

    /** An address that is known. */
    public DevicePointer(long address) {
        super(new CUdeviceptr(), address);
    }

    /** The number. */
    public long address() {
        return getNativePointer() + getByteOffset();
    }
}
