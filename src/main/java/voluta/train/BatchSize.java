package voluta.train;

import java.math.BigDecimal;

/**
 * How many images a step has: a number, or as many as a share of the memory allows.
 *
 * @param fixed images, 0 where the memory decides
 * @param share of the memory, above 0 and up to 1; 0 where the number is given
 */
public record BatchSize(int fixed, double share) {
    /** What stands for "as many as fit". */
    private static final String ALL = "-1";

    public BatchSize {
        if (fixed < 0 || !(share >= 0 && share <= 1) || fixed > 0 == share > 0) throw wrong(fixed + " of " + share);
    }

    /** A number of images. */
    public static BatchSize of(int images) {
        if (images < 1) throw wrong(Integer.toString(images));
        return new BatchSize(images, 0);
    }

    /** Reads {@code 64}, {@code -1} (as many as fit) or {@code 0.8} (as many as fit into this share of the memory). */
    public static BatchSize parse(String text) {
        if (text.equals(ALL)) return new BatchSize(0, 1);
        try {
            if (!text.contains(".")) return of(Integer.parseInt(text));
            double share = new BigDecimal(text).doubleValue();
            if (share > 0 && share < 1) return new BatchSize(0, share);
        } catch (NumberFormatException e) {
            // The same sentence as for other nonsense.
        }
        throw wrong(text);
    }

    private static TrainingException wrong(String text) {
        return new TrainingException(
                "batch-size is " + text
                        + "; use 1 or more images, -1 for as many as fit into the memory, or a share of the memory such as 0.8");
    }

    /** Whether the memory decides. */
    public boolean automatic() {
        return fixed == 0;
    }

    /**
     * The number of images.
     *
     * @throws IllegalStateException if the memory decides and has not been asked yet
     */
    public int images() {
        if (automatic()) throw new IllegalStateException("the batch size is not known before the memory is planned");
        return fixed;
    }

    @Override
    public String toString() {
        if (!automatic()) return Integer.toString(fixed);
        return share == 1 ? ALL : BigDecimal.valueOf(share).toPlainString();
    }
}
