package voluta.data;

import java.util.List;
import java.util.Locale;

/**
 * Which part of a data set: the images to learn from, those to compare epochs by, those held back to judge the result, or
 * a part with a name of its own.
 *
 * @param name {@code train}, {@code validation}, {@code test}, or a name of the data set's own, such as {@code fold1}
 */
public record Split(String name) {
    public static final Split TRAIN = new Split("train");
    public static final Split VALIDATION = new Split("validation");
    public static final Split TEST = new Split("test");

    public Split {
        if (!name.matches("[\\p{L}\\p{N}][\\p{L}\\p{N}._-]{0,99}")) {
            throw new DataException(
                    "there is no split named '" + name + "'; use train, validation, test, or the name of a folder");
        }
    }

    /** Reads a name; the usual ones have other spellings too ({@code val}, {@code valid}, {@code t10k}, {@code training}). */
    public static Split parse(String text) {
        String name = text.strip();
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "train", "training" -> TRAIN;
            case "val", "valid", "validation" -> VALIDATION;
            case "test", "t10k" -> TEST;
            default -> new Split(name);
        };
    }

    /** Whether it is what a network learns from. */
    public boolean isTraining() {
        return equals(TRAIN);
    }

    /** Whether it is one of the three that every kind of data set may have. */
    boolean isUsual() {
        return equals(TRAIN) || equals(VALIDATION) || equals(TEST);
    }

    /**
     * What a folder or a file of this split may be called, the first one that is there counts. Many data sets have only two
     * splits and call the second one test: it serves as validation where there is no other.
     */
    List<String> spellings() {
        if (equals(TRAIN)) return List.of("train", "training");
        if (equals(VALIDATION)) return List.of("validation", "val", "valid", "test");
        if (equals(TEST)) return List.of("test");
        return List.of(name);
    }

    @Override
    public String toString() {
        return name;
    }
}
