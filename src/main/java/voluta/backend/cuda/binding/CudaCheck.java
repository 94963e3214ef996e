package voluta.backend.cuda.binding;

import java.util.function.IntFunction;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import voluta.backend.DeviceException;

/**
 * The one check of what native calls return: every call's result goes through one of these methods. Costs a comparison
 * where all is well, and allocates nothing.
 */
public final class CudaCheck {
    private static final int DRIVER_OUT_OF_MEMORY = 2;
    private static final int DRIVER_STUB = 34;
    private static final int DRIVER_BUSY = 46;
    private static final int DRIVER_NO_DEVICE = 100;
    private static final int DRIVER_ECC = 214;
    private static final int DRIVER_SYSTEM = 304;
    private static final int DRIVER_NOT_READY = 802;
    private static final int DRIVER_MISMATCH = 803;
    private static final int DRIVER_INCOMPATIBLE = 804;
    /** Errors after which the context can do nothing any more. */
    private static final int FIRST_LOST = 700, LAST_LOST = 720;

    private CudaCheck() {}

    /**
     * A native call and where it belongs; made once, when a kernel is prepared.
     *
     * @param function as the library names it, for instance {@code cudnnConvolutionForward}
     * @param path the node's path in the network, or null
     * @param source where the user wrote it, for instance {@code net.yaml:41}, or null
     * @param sizes what it works on, for instance {@code x 8x64x56x56 nhwc bf16}, or an empty text
     */
    public record Call(String function, String path, String source, String sizes) {
        /** A call that belongs to no node. */
        public static Call of(String function) {
            return new Call(function, null, null, "");
        }
    }

    /** Checks a result of the driver. */
    public static void driver(int result, Call call) {
        if (result != 0) throw failure(call, result, CudaCheck::driverError, driverRemedy(result));
    }

    /** Checks a result of the driver for a call that belongs to no node. */
    public static void driver(int result, String function) {
        if (result != 0) driver(result, Call.of(function));
    }

    /** Checks a result after which it is certain that this call, or what it has started, is at fault. */
    public static void certain(int result, Call call) {
        if (result == 0) return;
        String remedy = isLost(result)
                ? "the device can do nothing more for this process, and this is the layer that causes it: please report"
                        + " this sentence"
                : driverRemedy(result);
        throw failure(call, result, CudaCheck::driverError, remedy);
    }

    private static boolean isLost(int code) {
        return code >= FIRST_LOST && code <= LAST_LOST;
    }

    /** Checks a result of cuDNN. Its numbers are those of cuDNN 9, not of JCudnn's constants. */
    public static void cudnn(int result, Call call) {
        if (result != 0) throw failure(call, result, JCudnn::cudnnGetErrorString, libraryRemedy());
    }

    /** Checks a result of cuBLAS. */
    public static void cublas(int result, Call call) {
        if (result != 0) throw failure(call, result, CudaCheck::cublasError, libraryRemedy());
    }

    private static String driverError(int code) {
        String[] name = new String[1], text = new String[1];
        JCudaDriver.cuGetErrorName(code, name);
        JCudaDriver.cuGetErrorString(code, text);
        return joined(name[0], text[0]);
    }

    private static String cublasError(int code) {
        return joined(JCublas2.cublasGetStatusName(code), JCublas2.cublasGetStatusString(code));
    }

    static String joined(String name, String text) {
        if (name == null) return text == null ? "" : text;
        return text == null || text.isEmpty() || text.equals(name) ? name : name + ", " + text;
    }

    static String driverRemedy(int code) {
        if (isLost(code)) {
            return "the device can do nothing more for this process: start it again with VOLUTA_CUDA_MODE=checked,"
                    + " which names the layer that causes it";
        }
        return switch (code) {
            case DRIVER_OUT_OF_MEMORY -> "use a smaller batch, or end other programs on this device";
            case DRIVER_STUB ->
                "the libcuda.so.1 that was found is for linking programs alone: take its folder, often named stubs, out of"
                        + " LD_LIBRARY_PATH";
            case DRIVER_BUSY ->
                "another program has this device to itself: end it (nvidia-smi lists it), or choose another with --device";
            case DRIVER_NO_DEVICE ->
                "check that nvidia-smi lists the GPU, that CUDA_VISIBLE_DEVICES does not hide it, and that a container was"
                        + " started with access to it (docker run --gpus all)";
            case DRIVER_ECC -> "the device's memory is damaged: nvidia-smi -q tells more; choose another with --device";
            case DRIVER_SYSTEM ->
                "the driver's kernel module does not answer: load it with modprobe nvidia, or restart the machine";
            case DRIVER_NOT_READY ->
                "start what this machine's driver waits for: on machines with NVSwitch, nvidia-fabricmanager";
            case DRIVER_MISMATCH -> "the driver was updated while it was in use: restart the machine";
            case DRIVER_INCOMPATIBLE ->
                "this GPU works with its own driver's libcuda.so.1 alone, and a newer one was found: name the folder of the"
                        + " driver's with VOLUTA_CUDA_PATH, or update the driver";
            default -> "see the versions of driver and libraries in voluta doctor";
        };
    }

    private static String libraryRemedy() {
        return "see the versions of driver and libraries in voluta doctor";
    }

    /**
     * The exception for a result.
     *
     * @param naming what the library itself says of a code; a failure of its own does not hide the code
     */
    static DeviceException failure(Call call, int code, IntFunction<String> naming, String remedy) {
        String said;
        try {
            said = naming.apply(code);
        } catch (RuntimeException | LinkageError e) {
            said = "";
        }
        String problem = call.function() + " failed with error " + code
                + (said == null || said.isEmpty() ? "" : " (" + said + ")")
                + (call.sizes().isEmpty() ? "" : " on " + call.sizes()) + "; " + remedy;
        return new DeviceException(call.path(), call.source(), problem, null);
    }
}
