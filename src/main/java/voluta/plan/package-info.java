/**
 * Every decision of a step, taken once: which kernels, which layouts, where reorders go, where each value lies.
 *
 * <p>{@link voluta.plan.Planner} walks a graph's nodes in order, offers each node's inputs as they lie to {@link
 * voluta.backend.Backend#prepare}, and inserts a reorder wherever a kernel wants another layout, once per value and
 * layout. A parameter's layout stays open until its gradient's kernel has chosen one: master weights, gradients and
 * moments then share layout and offsets, so that clipping and the optimizer are passes over flat ranges. In a graph that
 * updates no parameter, as one that only adds gradients up, each gradient lives until it was read. What depends on
 * parameters alone in a graph that does not change them goes into a prologue that runs once. {@link
 * voluta.plan.MemoryPlanner}, a pure function, places what lives for a part of the step: largest first, lowest free
 * offset. {@link voluta.plan.Lowering} comes before differentiation: it decomposes what the backend lacks and fuses what
 * it has. {@link voluta.plan.Passes} says how many of a batch's rows a graph that only infers is planned for.
 *
 * <p>Invariants: no two values whose lifetimes overlap share bytes, unless one is a view of the other or the kernel
 * offered to overwrite; every value is written before it is read; with reuse off the results are the same bits.
 *
 * <p>May use: backend, op, graph. Begin with {@link voluta.plan.Planner}, then {@link voluta.plan.ExecutionPlan}.
 *
 * <p>Refused: planning by simulated annealing or the like (largest first is within a few percent of the lower bound on
 * all shipped networks; the plan prints both figures); spilling to another memory silently.
 */
package voluta.plan;
