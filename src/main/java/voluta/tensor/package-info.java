/**
 * The nouns everything else is spoken in: shapes, element types, host arrays and the root of all errors.
 *
 * <p>Uses the JDK alone; every other room may use this one. The logical order of dimensions is always N, C, (D,) (H,)
 * W. There are no strides here: how a value lies in memory is a backend's own business, expressed by its layouts.
 *
 * <p>Begin with {@link voluta.tensor.TensorType}, then {@link voluta.tensor.HostTensor}.
 *
 * <p>Refused: tensors that compute. A {@link voluta.tensor.HostTensor} is a container for what goes into and comes out
 * of a graph; arithmetic lives in ops.
 */
package voluta.tensor;
