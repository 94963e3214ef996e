package voluta.backend;

/** A program ready to run. Running allocates nothing. Not thread-safe. */
public interface Executable extends AutoCloseable {
    /** Called around each step of a {@linkplain #run(int, StepListener) watched} run, with the step's results complete. */
    interface StepListener {
        /** Step {@code index} of the program is done; it took {@code nanos} (device time where the device can tell). */
        void after(int index, long nanos);
    }

    /** Copies the feeds of this slot and runs every step. May return before a device is done; reads wait. */
    void run(int slot);

    /** The same, one step at a time, telling the listener after each. */
    void run(int slot, StepListener listener);

    @Override
    void close();
}
