package voluta.backend.cuda.binding;

import java.nio.charset.StandardCharsets;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.JCudaDriver;
import voluta.tensor.Bytes;

/**
 * What the driver says of a device; no context is needed for that.
 *
 * @param index as the driver counts those that {@code CUDA_VISIBLE_DEVICES} leaves
 * @param capability ten times the compute capability
 */
record Gpu(int index, String name, int capability, long memory, int multiprocessors) {
    /** Turing; the compilers of CUDA 13 make code for nothing older. */
    private static final int OLDEST_CAPABILITY = 75;

    /** How many devices there are. */
    static int count() {
        int[] count = new int[1];
        CudaCheck.driver(JCudaDriver.cuDeviceGetCount(count), "cuDeviceGetCount");
        return count[0];
    }

    /** The device of an index below {@link #count}. */
    static Gpu of(int index) {
        CUdevice device = new CUdevice();
        CudaCheck.driver(JCudaDriver.cuDeviceGet(device, index), "cuDeviceGet");
        byte[] name = new byte[256];
        CudaCheck.driver(JCudaDriver.cuDeviceGetName(name, name.length, device), "cuDeviceGetName");
        int end = 0;
        while (end < name.length && name[end] != 0) end++;
        long[] memory = new long[1];
        CudaCheck.driver(JCudaDriver.cuDeviceTotalMem(memory, device), "cuDeviceTotalMem");
        return new Gpu(
                index,
                new String(name, 0, end, StandardCharsets.US_ASCII),
                10 * attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                        + attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                memory[0],
                attribute(device, CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT));
    }

    private static int attribute(CUdevice device, int which) {
        int[] value = new int[1];
        CudaCheck.driver(JCudaDriver.cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute");
        return value[0];
    }

    /** Whether our kernels run on it. */
    boolean fits() {
        return capability >= OLDEST_CAPABILITY;
    }

    /** All of it, for people. */
    String line() {
        return "device " + index + ": " + this + ", " + Bytes.text(memory) + ", " + multiprocessors
                + " multiprocessors";
    }

    /** Name and compute capability. */
    @Override
    public String toString() {
        return name + " (compute capability " + capability / 10 + "." + capability % 10 + ")";
    }
}
