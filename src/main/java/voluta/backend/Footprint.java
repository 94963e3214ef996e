package voluta.backend;

/**
 * What a graph that only infers asks of memory and arithmetic. All but {@code weights} are for each row of its batch, as
 * one image is.
 *
 * @param live the most elements of values that are alive at one time
 * @param moved elements that its nodes read and write, weights left out
 * @param multiplyAdds those of its convolutions, linear layers and matrix products
 * @param weights elements of its parameters, which each run reads, however many rows it computes
 */
public record Footprint(long live, long moved, long multiplyAdds, long weights) {}
