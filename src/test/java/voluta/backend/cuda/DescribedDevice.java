package voluta.backend.cuda;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import voluta.backend.cuda.binding.BackendDescriptor;
import voluta.backend.cuda.binding.BackendDescriptors;

/**
 * A device that is not there, by its properties: for those, cuDNN from 9.8 on says which engines it has and makes plans,
 * which run only on such a device.
 */
final class DescribedDevice implements PlanTarget, AutoCloseable {
    private static final int DESCRIPTOR = 38, JSON = 2702, TYPE_CHAR = 24, HEURISTICS_DEVICE = 204, PLAN_DEVICE = 407;

    private final long address;
    private final ByteBuffer bytes;
    private final BackendDescriptors own;
    private final BackendDescriptor properties;

    /** @param json as cuDNN itself writes it */
    DescribedDevice(long address, ByteBuffer bytes, String json) {
        this.address = address;
        this.bytes = bytes;
        own = descriptors("the properties of a device");
        properties = own.make(DESCRIPTOR)
                .text(JSON, TYPE_CHAR, json.getBytes(StandardCharsets.US_ASCII))
                .finished();
    }

    /** Properties of a chip, by NVIDIA's data sheets and the CUDA programming guide. */
    static String json(
            String name,
            int capability,
            int multiprocessors,
            int sharedPerBlock,
            int threads,
            int blocks,
            long cache,
            long memory) {
        return String.join(
                ",",
                "{\"cudaDeviceId\":0,\"deviceVer\":" + 10 * capability,
                "\"driverVer\":13000,\"maxGridSize\":[2147483647,65535,65535],\"maxBlockSize\":[1024,1024,64]",
                "\"regsPerBlock\":65536,\"multiProcessorCount\":" + multiprocessors,
                "\"smCountOrigin\":0,\"warpSize\":32,\"maxSharedMemoryPerBlock\":49152",
                "\"maxSharedMemoryPerBlockOptin\":" + sharedPerBlock,
                "\"reservedSharedMemoryPerBlock\":" + (capability >= 80 ? 1024 : 0),
                "\"maxRegistersPerSM\":65536,\"maxCtasPerSM\":" + blocks,
                "\"maxThreadsPerBlock\":1024,\"maxThreadsPerSM\":" + threads,
                "\"pciDeviceId\":0,\"isTccDriver\":0,\"supportCoopLaunch\":1",
                "\"smClockRateKHz\":1500000,\"memClockRateKHz\":1500000,\"l2CacheSize\":" + cache,
                "\"totalGlobalMem\":" + memory,
                "\"deviceName\":\"" + name + "\"}");
    }

    @Override
    public BackendDescriptors descriptors(String about) {
        return new BackendDescriptors(address, bytes, about);
    }

    @Override
    public void graph(BackendDescriptor graph) {
        // no handle: the heuristics are asked about the device
    }

    @Override
    public void heuristics(BackendDescriptor heuristics) {
        heuristics.descriptors(HEURISTICS_DEVICE, properties);
    }

    @Override
    public void plan(BackendDescriptor plan) {
        plan.descriptors(PLAN_DEVICE, properties);
    }

    @Override
    public boolean compiles() {
        return true;
    }

    @Override
    public void close() {
        own.close();
    }
}
