/**
 * Reverse-mode differentiation of a static graph: adds backward nodes to it.
 *
 * <p>{@link voluta.autodiff.Differentiator} walks the nodes backwards, asks each op's gradient rule for its backward
 * nodes, sums the contributions where a value was used more than once, and leaves out every gradient that nobody
 * wants. It runs once, before planning; a step knows nothing of it.
 *
 * <p>May use: op, graph. Refused: recording while running (what is known beforehand need not be recorded each step).
 */
package voluta.autodiff;
