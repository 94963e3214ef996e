package voluta.backend.cuda.simulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static voluta.backend.cuda.simulator.SimulatedDevice.check;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import jcuda.Pointer;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUmodule;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import voluta.backend.cuda.KernelArchives;
import voluta.backend.cuda.binding.CudaProbe;
import voluta.backend.cuda.binding.DevicePointer;

/** JCuda on the simulated device: what it computes, and what it refuses with which of the driver's codes. */
class SimulatedDriverTest {
    private static final int INVALID_VALUE = 1, OUT_OF_MEMORY = 2, INVALID_IMAGE = 200, INVALID_CONTEXT = 201;
    private static final int NO_BINARY = 209, INVALID_HANDLE = 400;
    private static final int NOT_FOUND = 500, NOT_READY = 600, ILLEGAL_ADDRESS = 700, OUT_OF_RESOURCES = 701;
    private static final int CAPTURE_UNSUPPORTED = 900, CAPTURE_INVALIDATED = 901, CAPTURE_UNJOINED = 904;
    private static final int CAPTURE_ISOLATION = 905;
    private static final int THREAD_LOCAL = 1;
    private static final int RELU = 0;

    private SimulatedDevice device;

    @BeforeEach
    void open() {
        device = new SimulatedDevice();
    }

    @AfterEach
    void close() {
        if (device != null) device.close();
    }

    @Test
    void itSaysWhatItIs() {
        CudaProbe.Result result = SimulatedDevice.assume();
        assertTrue(result.text().startsWith("Voluta simulated device (compute capability 9.0)"), result.text());
        assertTrue(result.simulated());
    }

    @Test
    void newMemoryIsPoisonedAndCopiesArrive() {
        assertTrue(Float.isNaN(device.read(device.allocate(4), 1)[0]));
        assertArrayEquals(new float[] {1, 2, 3}, device.read(device.of(1, 2, 3), 3));
    }

    @Test
    void accessOutOfBoundsIsRefused() {
        DevicePointer three = device.of(1, 2, 3);
        assertEquals(INVALID_VALUE, JCudaDriver.cuMemcpyDtoH(Pointer.to(new float[4]), three, 16));
        assertEquals(INVALID_VALUE, JCudaDriver.cuMemsetD8(new DevicePointer(three.address() + 8), (byte) 0, 5));
        assertEquals(INVALID_VALUE, JCudaDriver.cuMemcpyHtoD(new DevicePointer(12345), Pointer.to(new float[1]), 4));
    }

    @Test
    void freedMemoryIsGone() {
        DevicePointer one = device.of(1);
        check(JCudaDriver.cuMemFree(one));
        assertEquals(INVALID_VALUE, JCudaDriver.cuMemFree(one));
        assertEquals(INVALID_VALUE, JCudaDriver.cuMemcpyDtoH(Pointer.to(new float[1]), one, 4));
    }

    @Test
    void thereIsALimit() {
        long[] free = new long[1], total = new long[1];
        check(JCudaDriver.cuMemGetInfo(free, total));
        assertEquals(OUT_OF_MEMORY, JCudaDriver.cuMemAlloc(new CUdeviceptr(), free[0] + 1));
    }

    @Test
    void withoutAContextNothingWorks() throws InterruptedException {
        int[] results = new int[2];
        Thread other = new Thread(() -> {
            results[0] = JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4);
            results[1] = JCudaDriver.cuCtxSynchronize();
        });
        other.start();
        other.join();
        assertArrayEquals(new int[] {INVALID_CONTEXT, INVALID_CONTEXT}, results);
    }

    @Test
    void workWaitsUntilSomebodyWaitsForIt() {
        CUstream stream = device.stream();
        DevicePointer memory = device.of(7);
        check(JCudaDriver.cuMemsetD32Async(memory, 0, 1, stream));
        assertEquals(7, device.read(memory, 1)[0], "the default stream does not wait for a non-blocking one");
        check(JCudaDriver.cuStreamSynchronize(stream));
        assertEquals(0, device.read(memory, 1)[0]);
    }

    @Test
    void pinnedMemoryIsReadWhenTheCopyRuns() {
        CUstream stream = device.stream();
        long pinned = device.driver.allocatePinned(4);
        ByteBuffer bytes = device.driver.pinnedBytes(pinned, 4);
        DevicePointer memory = device.of(0);
        bytes.putFloat(0, 1);
        check(JCudaDriver.cuMemcpyHtoDAsync(memory, Pointer.to(bytes), 4, stream));
        bytes.putFloat(0, 2);
        check(JCudaDriver.cuStreamSynchronize(stream));
        assertEquals(2, device.read(memory, 1)[0]);
        device.driver.freePinned(pinned);
    }

    @Test
    void eventsOrderStreams() {
        CUstream first = device.stream(), second = device.stream();
        DevicePointer memory = device.of(5), copy = device.of(0);
        CUevent event = new CUevent();
        check(JCudaDriver.cuEventCreate(event, 0));
        check(JCudaDriver.cuMemsetD32Async(memory, Float.floatToIntBits(6), 1, first));
        check(JCudaDriver.cuEventRecord(event, first));
        check(JCudaDriver.cuStreamWaitEvent(second, event, 0));
        check(JCudaDriver.cuMemcpyDtoDAsync(copy, memory, 4, second));
        check(JCudaDriver.cuStreamSynchronize(second));
        assertEquals(6, device.read(copy, 1)[0]);
        check(JCudaDriver.cuEventQuery(event));
        check(JCudaDriver.cuEventRecord(event, first));
        assertEquals(NOT_READY, JCudaDriver.cuEventQuery(event));
        check(JCudaDriver.cuEventQuery(event));
        check(JCudaDriver.cuEventDestroy(event));
        assertEquals(INVALID_HANDLE, JCudaDriver.cuEventRecord(event, first));
    }

    @Test
    void kernelsRun() throws Exception {
        CUstream stream = device.stream();
        DevicePointer x = device.of(-1, 0, 2, -3, 4), y = device.allocate(20);
        check(launch(relu(), 2, 256, stream, x, y, 5));
        check(JCudaDriver.cuStreamSynchronize(stream));
        assertArrayEquals(new float[] {0, 0, 2, 0, 4}, device.read(y, 5));
    }

    @Test
    void launchesThatCannotBeAreRefused() throws Exception {
        CUstream stream = device.stream();
        DevicePointer x = device.of(1), y = device.allocate(4);
        CUfunction relu = relu();
        assertEquals(INVALID_VALUE, launch(relu, 0, 256, stream, x, y, 1));
        assertEquals(INVALID_VALUE, launch(relu, 1, 1025, stream, x, y, 1));
        assertEquals(OUT_OF_RESOURCES, launch(relu, 1, 512, stream, x, y, 1), "it was compiled for 256 threads");
        assertEquals(ILLEGAL_ADDRESS, launch(relu, 1, 256, stream, x, new DevicePointer(4096), 1));
        CUmodule module = new CUmodule();
        check(JCudaDriver.cuModuleLoadData(
                module, KernelArchives.machineCode(90).get("activation")));
        assertEquals(NOT_FOUND, JCudaDriver.cuModuleGetFunction(new CUfunction(), module, "no_such_kernel"));
    }

    @Test
    void aKernelThatLeavesItsMemoryEndsTheContext() throws Exception {
        CUstream stream = device.stream();
        DevicePointer x = device.allocate(4096), y = device.allocate(4096);
        check(launch(relu(), 4, 256, stream, x, y, 1 << 20));
        assertEquals(ILLEGAL_ADDRESS, JCudaDriver.cuStreamSynchronize(stream));
        assertEquals(ILLEGAL_ADDRESS, JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
    }

    @Test
    void aWriteJustBehindAnAllocationIsFound() throws Exception {
        CUstream stream = device.stream();
        DevicePointer x = device.allocate(4096), y = device.allocate(40);
        check(launch(relu(), 1, 256, stream, x, y, 11));
        assertEquals(ILLEGAL_ADDRESS, JCudaDriver.cuStreamSynchronize(stream));
    }

    @Test
    void aCaptureRunsNothingAndItsGraphRunsEachTime() throws Exception {
        CUstream stream = device.stream();
        DevicePointer x = device.of(-1, 2), y = device.of(9, 9);
        CUfunction relu = relu();
        check(JCudaDriver.cuStreamBeginCapture(stream, THREAD_LOCAL));
        check(launch(relu, 1, 256, stream, x, y, 2));
        CUgraph graph = new CUgraph();
        check(JCudaDriver.cuStreamEndCapture(stream, graph));
        check(JCudaDriver.cuStreamSynchronize(stream));
        assertArrayEquals(new float[] {9, 9}, device.read(y, 2));

        CUgraphExec exec = new CUgraphExec();
        check(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
        check(JCudaDriver.cuGraphDestroy(graph));
        for (int value = 1; value <= 3; value++) {
            check(JCudaDriver.cuMemcpyHtoD(x, Pointer.to(new float[] {value, -value}), 8));
            check(JCudaDriver.cuGraphLaunch(exec, stream));
            check(JCudaDriver.cuStreamSynchronize(stream));
            assertArrayEquals(new float[] {value, 0}, device.read(y, 2));
        }
        check(JCudaDriver.cuGraphExecDestroy(exec));
        assertEquals(INVALID_VALUE, JCudaDriver.cuGraphLaunch(exec, stream));
    }

    @Test
    void whatCannotBeCapturedFailsTheCapture() {
        CUstream stream = device.stream();
        DevicePointer memory = device.of(1);
        check(JCudaDriver.cuStreamBeginCapture(stream, THREAD_LOCAL));
        assertEquals(CAPTURE_UNSUPPORTED, JCudaDriver.cuMemAlloc(new CUdeviceptr(), 4));
        assertEquals(CAPTURE_INVALIDATED, JCudaDriver.cuMemsetD32Async(memory, 0, 1, stream));
        assertEquals(CAPTURE_INVALIDATED, JCudaDriver.cuStreamEndCapture(stream, new CUgraph()));

        check(JCudaDriver.cuStreamBeginCapture(stream, THREAD_LOCAL));
        assertEquals(CAPTURE_UNSUPPORTED, JCudaDriver.cuStreamSynchronize(stream));
        assertEquals(CAPTURE_INVALIDATED, JCudaDriver.cuStreamEndCapture(stream, new CUgraph()));

        check(JCudaDriver.cuStreamBeginCapture(stream, THREAD_LOCAL));
        assertEquals(
                CAPTURE_UNSUPPORTED,
                JCudaDriver.cuMemcpyHtoDAsync(memory, Pointer.to(new float[1]), 4, stream),
                "from memory that is not pinned");
        assertEquals(CAPTURE_INVALIDATED, JCudaDriver.cuStreamEndCapture(stream, new CUgraph()));
    }

    @Test
    void aCaptureIsWholeAndClosed() {
        CUstream stream = device.stream(), other = device.stream();
        DevicePointer memory = device.of(1, 2);
        CUevent event = new CUevent();
        check(JCudaDriver.cuEventCreate(event, 0));
        check(JCudaDriver.cuEventRecord(event, other));
        check(JCudaDriver.cuStreamBeginCapture(stream, THREAD_LOCAL));
        assertEquals(CAPTURE_ISOLATION, JCudaDriver.cuStreamWaitEvent(stream, event, 0), "recorded outside");
        assertEquals(CAPTURE_INVALIDATED, JCudaDriver.cuStreamEndCapture(stream, new CUgraph()));

        check(JCudaDriver.cuStreamBeginCapture(stream, THREAD_LOCAL));
        check(JCudaDriver.cuEventRecord(event, stream));
        check(JCudaDriver.cuStreamWaitEvent(other, event, 0));
        check(JCudaDriver.cuMemsetD32Async(memory, 0, 1, other));
        assertEquals(CAPTURE_UNJOINED, JCudaDriver.cuStreamEndCapture(stream, new CUgraph()), "nobody waits for it");
    }

    @Test
    void machineCodeOfAnotherChipIsRefused() {
        assertEquals(NO_BINARY, JCudaDriver.cuModuleLoadData(new CUmodule(), image(KernelArchives.machineCode(86))));
        assertEquals(NO_BINARY, JCudaDriver.cuModuleLoadData(new CUmodule(), image(KernelArchives.machineCode(100))));
        assertEquals(0, JCudaDriver.cuModuleLoadData(new CUmodule(), image(KernelArchives.ptx(90))));
        byte[] other = image(KernelArchives.machineCode(90)).clone();
        other[18]++; // the kind of processor in an ELF head
        assertEquals(INVALID_IMAGE, JCudaDriver.cuModuleLoadData(new CUmodule(), other));
    }

    /** Machine code and PTX tell the same of every kernel: what a launch takes is compared with the sources. */
    @Test
    void bothKindsOfImagesRun() {
        CUstream stream = device.stream();
        for (Map<String, byte[]> kind : List.of(KernelArchives.machineCode(90), KernelArchives.ptx(90))) {
            DevicePointer x = device.of(-1, 0, 2, -3, 4), y = device.allocate(20);
            check(launch(relu(kind), 2, 256, stream, x, y, 5));
            check(JCudaDriver.cuStreamSynchronize(stream));
            assertArrayEquals(new float[] {0, 0, 2, 0, 4}, device.read(y, 5));
            assertEquals(
                    OUT_OF_RESOURCES, launch(relu(kind), 1, 512, stream, x, y, 1), "it was compiled for 256 threads");
        }
    }

    private static byte[] image(Map<String, byte[]> kind) {
        return kind.get("activation");
    }

    private static CUfunction relu() {
        return relu(KernelArchives.machineCode(90));
    }

    /** y = max(x, 0) over n elements. */
    private static CUfunction relu(Map<String, byte[]> kind) {
        CUmodule module = new CUmodule();
        check(JCudaDriver.cuModuleLoadData(module, image(kind)));
        CUfunction function = new CUfunction();
        check(JCudaDriver.cuModuleGetFunction(function, module, "activation_f32"));
        return function;
    }

    private static int launch(
            CUfunction relu, int blocks, int threads, CUstream stream, DevicePointer x, DevicePointer y, long n) {
        Pointer arguments = Pointer.to(
                Pointer.to(x),
                Pointer.to(y),
                Pointer.to(new long[] {n}),
                Pointer.to(new int[] {RELU}),
                Pointer.to(new float[] {0}),
                Pointer.to(new float[] {0}));
        return JCudaDriver.cuLaunchKernel(relu, blocks, 1, 1, threads, 1, 1, 0, stream, arguments, null);
    }
}
