/**
 * What the ops do, shown on examples small enough to follow: a convolution step by step on matrices, and hand-made filters
 * over pictures.
 *
 * <p>The numbers come from the ops themselves, run on whichever backend is asked for; only the text that follows each
 * product and sum ({@link voluta.explain.WorkedConvolution}) is computed here, from the definition, so that it can be
 * held against them.
 *
 * <p>{@link voluta.explain.Exercise} shuffles filters and what they made, to be matched; {@link voluta.explain.diagram} draws
 * networks.
 *
 * <p>May use: session, plan, backend (to run ops), model (networks to draw), nn (the named filters and borders), op, graph, data (pictures),
 * checkpoint (whole files or none), tensor. Begin with {@link voluta.explain.FixedConvolution}. Refused: a convolution
 * of its own for pictures, which would prove nothing about the one that networks use.
 */
package voluta.explain;
