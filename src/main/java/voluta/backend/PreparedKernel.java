package voluta.backend;

import java.util.OptionalInt;

/**
 * One node's computation, decided but not yet bound to addresses. A kernel for an op that {@linkplain
 * voluta.graph.Op#updates updates} an input works in place there, and gives that output the input's layout.
 */
public interface PreparedKernel extends AutoCloseable {
    /** For the plan, for instance {@code brgconv:avx512_core_bf16}. */
    String implementation();

    /** The layout that the kernel reads input {@code i} in; the planner reorders if the value lies otherwise. */
    Layout inputLayout(int i);

    Layout outputLayout(int i);

    /** Whether input {@code i}'s content is read at all; an unread input is not kept alive. */
    default boolean reads(int input) {
        return true;
    }

    /** The input whose storage output {@code i} may take if nobody needs that input afterwards. */
    default OptionalInt mayOverwrite(int output) {
        return OptionalInt.empty();
    }

    /** The input of which output {@code i} is just another view: same bytes, nothing to run. All outputs or none. */
    default OptionalInt views(int output) {
        return OptionalInt.empty();
    }

    /** Bytes left for the backward nodes. */
    default long contextBytes() {
        return 0;
    }

    /** Bytes needed while running. */
    default long scratchBytes() {
        return 0;
    }

    @Override
    default void close() {}
}
