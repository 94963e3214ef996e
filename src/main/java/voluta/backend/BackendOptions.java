package voluta.backend;

/**
 * How a backend is opened.
 *
 * @param threads CPU threads, 0 for all that this process may use
 * @param device index of the device among those of the backend
 * @param deterministic only algorithms that give the same bits each time
 * @param memoryLimit bytes that regions may take in all, 0 for no limit of ours
 * @param tf32 F32 products may be rounded to the 10-bit mantissa of TF32, where the device has it
 * @param autotune measure the algorithms of a library instead of trusting its own choice
 */
public record BackendOptions(
        int threads, int device, boolean deterministic, long memoryLimit, boolean tf32, boolean autotune) {
    public static final BackendOptions DEFAULT = new BackendOptions(0, 0, false, 0);

    /** Refuses a negative number of threads. */
    public BackendOptions {
        if (threads < 0)
            throw new IllegalArgumentException("there cannot be " + threads + " threads; use 1 or more, or 0 for all");
    }

    /** Options without those that concern a GPU alone. */
    public BackendOptions(int threads, int device, boolean deterministic, long memoryLimit) {
        this(threads, device, deterministic, memoryLimit, false, false);
    }

    /** For backends with one device: refuses any other that is asked for. */
    public void requireOnlyDevice(String backend) {
        if (device != 0) {
            throw new DeviceException(
                    "there is no device " + device + ": backend " + backend + " has device 0 only; leave --device out");
        }
    }
}
