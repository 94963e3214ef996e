package voluta.backend;

/** How activations and the weights that kernels read are stored. Master weights, statistics, losses and sums stay F32. */
public enum Precision {
    F32,
    BF16;

    /** The name as users write it: {@code f32}, {@code bf16}. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
