/**
 * What turns gradients into better parameters: optimizers, clipping, and schedules of the learning rate.
 *
 * <p>{@link voluta.optim.UpdateStep} appends the end of a training step to a graph: the norm of all gradients, clipping,
 * then one node per {@linkplain voluta.optim.ParameterGroup group of parameters} that updates parameters and their state in place. An {@link voluta.optim.Optimizer}
 * and a {@link voluta.optim.Clipping} are records of settings; they compute nothing themselves but add the ops of the
 * same meaning ({@link voluta.op.OptimizerStep}, {@link voluta.op.ClipByGlobalNorm}, ...). A {@link
 * voluta.optim.Schedule} is a pure function of the step, evaluated on the host; its result is fed as a scalar. A {@link
 * voluta.optim.WeightAverage} comes last, made of ops that are there already.
 *
 * <p>With a {@link voluta.optim.LossScale} the loss is multiplied while gradients are computed; they lose the scale before
 * all else, and the optimizer counts by the steps that were not skipped.
 *
 * <p>Invariants: formulas and defaults are PyTorch's, held by recorded traces. Clipping comes before the optimizer. What
 * changes from step to step (learning rate, step number) is an input of the graph, never an attribute, so that a step
 * can be replayed. State is named after its parameter ({@code conv1.weight.momentum}) and lies beside it. Gradients may
 * come from the same graph or be sums that other runs have left as state. A step whose
 * gradient norm is NaN or infinite changes nothing. Biases and the scales and shifts of normalizations, which are the
 * parameters of rank 1, get no weight decay unless asked for.
 *
 * <p>May use: op, graph, tensor. Begin with {@link voluta.optim.UpdateStep}.
 *
 * <p>A {@link voluta.optim.Grouping} says which parameters have a learning rate and a weight decay of their own. The rate
 * of a group is a product in the graph, of the one that is fed and a constant: no optimizer and no backend knows of groups,
 * and a captured step takes them as it is.
 *
 * <p>Refused: other settings by group (momentum, betas); a factor of the learning rate as an attribute of the ops (each of
 * them would have it on each backend, to save a product of two numbers); optimizers that read the loss several times a
 * step.
 */
package voluta.optim;
