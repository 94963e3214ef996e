/**
 * Whether a backend computes what the ops say: cases, and the runner that takes each through planner and session.
 *
 * <p>Each op has a class in {@code conformance.cases} that lists valid samples (with what makes each worth having) and
 * invalid ones (with a part of the message they must give). {@link voluta.conformance.Conformance} runs a case forward and,
 * where the op has a gradient, backward on a backend, and compares every output with the double-precision reference.
 * The same cases serve the tests and the command {@code selftest}. {@link voluta.conformance.Parity} does the same to a whole
 * network in training: it compares each value of a step on two backends, also where they fuse differently.
 *
 * <p>Invariants: a comparison whose expected values are mostly zeros is void and fails; small-integer cases compare
 * exactly; tolerance grows with the square root of the reduction length; every case runs twice and must give the same
 * bits, and once with poisoned memory without reuse, with the same bits again. Random cases, which the tests draw, may
 * miss the tolerance where the result is that of inputs a rounding away ({@code BackwardError}); listed ones are chosen so
 * that they do not. A backend that is not available is
 * reported as skipped with its reason, never as passed.
 *
 * <p>May use: session, plan, backend, autodiff, op, graph, tensor.
 */
package voluta.conformance;
