/**
 * The static graph: what is computed, in which order, from what. Nothing here computes or knows a backend.
 *
 * <p>A {@link voluta.graph.Graph} is immutable and lists its {@link voluta.graph.Node}s in execution order. A
 * {@link voluta.graph.Value} is either a source (fed per step, a parameter, other persistent state, a data set, a constant) or
 * the output of a node. Values are compared by identity; their names are unique within a graph and stable, and
 * sessions match parameters, state and data sets of several graphs by name.
 *
 * <p>Invariants: a node's inputs come before it; an op that {@linkplain voluta.graph.Op#updates updates} an input gives
 * that input's storage its next content, and nothing reads the old content afterwards; gradients are nodes like any
 * other, with ops of their own, so no backend ever guesses whether a convolution is a gradient.
 *
 * <p>May use: tensor. Begin with {@link voluta.graph.Op}, then {@link voluta.graph.GraphBuilder}.
 *
 * <p>Refused: strides and layouts in types (a backend's business); dtype casts for mixed precision as nodes (storage
 * type is part of a layout, so that master weights stay F32 and the planner's reorders do the casts); symbolic
 * dimensions (a plan is for one batch size; another batch size is another plan over the same parameters).
 */
package voluta.graph;
