package voluta.backend;

import voluta.tensor.DType;
import voluta.tensor.Half;
import voluta.tensor.HostTensor;
import voluta.tensor.VolutaException;

/** How activations and the weights that kernels read are stored. Master weights, statistics, losses and sums stay F32. */
public enum Precision {
    F32(DType.F32, 24),
    BF16(DType.BF16, 8),
    /**
     * IEEE half: three more digits than bf16, but numbers from 6e-8 to 65504 alone, so that gradients must be scaled
     * while they are computed.
     */
    F16(DType.F16, 11);

    private final DType storage;
    private final int digits;

    Precision(DType storage, int digits) {
        this.storage = storage;
        this.digits = digits;
    }

    /**
     * The precision of mixed precision with numbers of this type, as users write it.
     *
     * @param dtype {@code bfloat16} or {@code float16}
     * @throws VolutaException if it is another
     */
    public static Precision mixed(String dtype) {
        return switch (dtype) {
            case "bfloat16" -> BF16;
            case "float16" -> F16;
            default ->
                throw new VolutaException(
                        "there is no mixed precision with " + dtype + "; --amp-dtype is bfloat16 or float16");
        };
    }

    /** The element type in memory. */
    public DType storage() {
        return storage;
    }

    /** How much of a number rounding may change: half a unit in the last of its binary digits. */
    public double rounding() {
        return Math.scalb(1.0, -digits);
    }

    /** A number as it is once it was stored. */
    public float round(float value) {
        return switch (this) {
            case F32 -> value;
            case BF16 -> Float.intBitsToFloat(HostTensor.bf16(value) << 16);
            case F16 -> Half.round(value);
        };
    }

    /** The name as users write it: {@code f32}, {@code bf16}, {@code f16}. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}
