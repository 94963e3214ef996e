package voluta.session;

/** Closes one thing after the other, whatever each of them says to it, and passes the first error on at the end. */
final class Closing {
    private RuntimeException first;

    /** Closes one thing. */
    void close(Runnable what) {
        try {
            what.run();
        } catch (RuntimeException e) {
            if (first == null) first = e;
            else first.addSuppressed(e);
        }
    }

    /** Nothing more is to be closed: throws what the first said that failed, with what others said. */
    void end() {
        if (first != null) throw first;
    }

    /** Nothing more is to be closed, since something else had failed before; its error takes these along. */
    void endAfter(Throwable failure) {
        if (first != null) failure.addSuppressed(first);
    }
}
