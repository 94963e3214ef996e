/**
 * Layers, blocks and initializers: small records that add named nodes and parameters to a graph.
 *
 * <p>A {@link voluta.nn.Layer} knows its own settings and nothing of its surroundings; sizes come from the value it is
 * applied to. {@link voluta.nn.Build} carries what surrounds it: the builder, the mode, the scope, earlier outputs.
 *
 * <p>Names are a contract, since checkpoints keep them: scopes are joined by {@code /}, and a parameter is named {@code
 * layer1/0/conv1.weight}, {@code .bias}, {@code .running_mean}, {@code .running_var}. With {@code /} read as {@code .}
 * the names of the shipped residual networks are PyTorch's.
 *
 * <p>First contents are a pure function of the parameter's full name, its type and the seed, computed in double with
 * {@link java.lang.StrictMath} and rounded once: the same bits on every machine.
 *
 * <p>Lists of sizes have one entry per spatial dimension, outermost first, or a single entry for all of them, so that
 * the same layer serves signals, images and volumes.
 *
 * <p>May use: op, graph, tensor. Begin with {@link voluta.nn.Layer}, then {@link voluta.nn.Conv}. Refused: layers that
 * hold tensors (a session owns those), and a training flag on a layer (the mode belongs to the graph being built).
 */
package voluta.nn;
