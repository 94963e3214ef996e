package voluta.backend.reference;

/** What a reference kernel does when run. */
@FunctionalInterface
interface Computation {
    /**
     * Computes the outputs. Outputs hold unspecified numbers at first, except those that update an input: they are that
     * input's storage. Never reads outside the views given.
     *
     * @param in a view per input of the node
     * @param out a view per output
     * @param context what the forward kernel leaves for its backward kernels; null if the op saves none
     */
    void run(View[] in, View[] out, View context);
}
