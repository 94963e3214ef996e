/**
 * Owns memory and executables, and runs steps.
 *
 * <p>A {@link voluta.session.Session} holds parameters, state and data sets by name, over the life of a model. Graphs compiled in it
 * (a training step, an evaluation step of another batch size) share them; {@link voluta.session.CompiledGraph} owns
 * what is its own: gradients, arena, staging slots. Regions are closed in reverse order, all of them even where one says
 * that it cannot be, and nothing is freed by the garbage collector. A graph that cannot be compiled leaves the session as it was.
 *
 * <p>Invariants: running a compiled graph allocates nothing on the calling thread; a graph's prologue is run again
 * whenever another graph, or a write, changed what it read; one thread drives a session. {@link voluta.session.CompiledGraph#watch} shows every value of a
 * step while it is there; it is for finding faults, not for training. Backends trust what they are given: shapes are checked
 * here, and tensors on the Java heap are copied to where native code finds them.
 *
 * <p>A graph that only infers can be given as what builds it for any number of rows. Where the backend proposes it ({@link
 * voluta.plan.Passes}), one of a few rows is planned, and a run goes through it again and again: each pass of each slot is a slot
 * of its own to the executable, reading its rows where the batch was fed, and its outputs are copied to where those of the
 * batch lie. Who feeds and reads sees batches alone.
 *
 * <p>{@link voluta.session.MemoryNeed} says what graphs would take, without a session.
 *
 * <p>May use: plan, backend, graph. Begin with {@link voluta.session.Session}.
 */
package voluta.session;
