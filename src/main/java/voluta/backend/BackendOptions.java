package voluta.backend;

/**
 * How a backend is opened.
 *
 * @param threads CPU threads, 0 for all that this process may use
 * @param device index of the device among those of the backend
 * @param deterministic only algorithms that give the same bits each time
 * @param memoryLimit bytes that regions may take in all, 0 for no limit of ours
 */
public record BackendOptions(int threads, int device, boolean deterministic, long memoryLimit) {
    public static final BackendOptions DEFAULT = new BackendOptions(0, 0, false, 0);

    /** For backends with one device: refuses any other that is asked for. */
    public void requireOnlyDevice(String backend) {
        if (device != 0) {
            throw new DeviceException(
                    "there is no device " + device + ": backend " + backend + " has device 0 only; leave --device out");
        }
    }
}
