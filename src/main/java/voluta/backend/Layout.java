package voluta.backend;

import voluta.tensor.TensorType;

/** How a value lies in a backend's memory: order, blocking, storage type. Opaque outside its backend; equal layouts are interchangeable. */
public interface Layout {
    /** Bytes that a value of this type takes. */
    long bytes(TensorType type);

    /**
     * Whether values of this type keep all their digits: not in a narrower storage type. What outlives a step, such as
     * weights, only lies in such layouts.
     */
    default boolean exact(TensorType type) {
        return true;
    }

    /** Short, for the plan: {@code f32 plain}, {@code bf16 nChw16c}. */
    String describe();
}
