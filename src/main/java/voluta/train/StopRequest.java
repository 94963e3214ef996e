package voluta.train;

/** A wish to end, made by any thread and looked at by the one that drives. */
final class StopRequest {
    private volatile boolean requested;

    void request() {
        requested = true;
    }

    boolean requested() {
        return requested;
    }
}
