package voluta.data;

import java.util.Locale;

/** Which part of a data set: the images to learn from, or those held back to judge the result. */
public enum Split {
    TRAIN,
    TEST;

    /** Reads {@code train}, or {@code test} under any of its usual names ({@code t10k}, {@code val}, {@code validation}). */
    public static Split parse(String text) {
        return switch (text.trim().toLowerCase(Locale.ROOT)) {
            case "train", "training" -> TRAIN;
            case "test", "t10k", "val", "valid", "validation" -> TEST;
            default -> throw new DataException("there is no split named '" + text + "'; use train or test");
        };
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
