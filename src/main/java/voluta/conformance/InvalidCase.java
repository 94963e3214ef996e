package voluta.conformance;

import java.util.List;
import java.util.function.Supplier;
import voluta.graph.Op;
import voluta.tensor.TensorType;

/**
 * Inputs that an op must refuse.
 *
 * @param name what is wrong
 * @param op makes the op (its constructor may already refuse)
 * @param inputs the types offered
 * @param messagePart a part of the message that must come, with the values that matter
 */
public record InvalidCase(String name, Supplier<Op> op, List<TensorType> inputs, String messagePart) {}
