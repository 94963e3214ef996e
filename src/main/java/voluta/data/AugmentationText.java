package voluta.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import voluta.data.Augmentation.Fill;

/** Reads the compact text of an {@link Augmentation}. */
final class AugmentationText {
    /** As timm writes RandAugment. */
    private static final Pattern RAND = Pattern.compile("rand-m(\\d+)(?:-n(\\d+))?");

    private final String text;
    private final String name;
    private final String value;

    private AugmentationText(String text, String step) {
        int equals = step.indexOf('=');
        this.text = text;
        this.name = equals < 0 ? step : step.substring(0, equals);
        this.value = equals < 0 ? null : step.substring(equals + 1);
    }

    static Augmentation parse(String text) {
        if (text.isBlank() || text.strip().equals("none")) return Augmentation.NONE;
        List<Augmentation> steps = new ArrayList<>();
        for (String step : text.split(",", -1)) {
            AugmentationText one = new AugmentationText(text, step.strip());
            try {
                steps.add(one.step());
            } catch (NumberFormatException e) {
                throw new DataException(
                        "the augmentation '" + text + "' has '" + one.value + "' where " + one.name
                                + " expects a number; write for instance shift=4,flip=0.5",
                        e);
            }
        }
        return steps.size() == 1 ? steps.get(0) : new Augmentation.Sequence(steps);
    }

    private Augmentation step() {
        Matcher rand = RAND.matcher(name);
        if (rand.matches() && value == null) {
            int changes = rand.group(2) == null ? 2 : Integer.parseInt(rand.group(2));
            return new Augmentations.RandAugment(changes, Integer.parseInt(rand.group(1)));
        }
        return switch (name) {
            case "flip" -> value == null ? new Augmentation.Flip() : new Augmentation.Flip(Float.parseFloat(value));
            case "vflip" -> new Augmentations.VerticalFlip(number(0.5));
            case "shift" -> new Augmentation.Shift(Integer.parseInt(beforeFill()), fill());
            case "rotate" -> new Augmentations.Rotation(Double.parseDouble(beforeFill()), fill());
            case "crop" -> crop();
            case "jitter" -> jitter();
            case "erase" -> new Augmentations.RandomErasing(number(0.25));
            case "rand" -> rand();
            default ->
                throw new DataException("the augmentation '" + text + "' has an unknown step '" + name
                        + "'; known are none, shift=4, shift=4:mean, flip, flip=0.5, vflip, crop=0.08-1, rotate=15, jitter=0.4,"
                        + " erase=0.25 and rand=2:9");
        };
    }

    private double number(double otherwise) {
        return value == null ? otherwise : Double.parseDouble(value);
    }

    private Fill fill() {
        return value.endsWith(":mean") ? Fill.MEAN : Fill.ZERO;
    }

    private String beforeFill() {
        if (value == null) throw new NumberFormatException("nothing");
        return value.endsWith(":mean") ? value.substring(0, value.length() - 5) : value;
    }

    private Augmentation crop() {
        String[] parts = (value == null ? "0.08-1" : value).split(":", 2);
        int dash = parts[0].indexOf('-');
        double least = Double.parseDouble(dash < 0 ? parts[0] : parts[0].substring(0, dash));
        double most = dash < 0 ? 1 : Double.parseDouble(parts[0].substring(dash + 1));
        return new Augmentations.ResizedCrop(
                least, most, parts.length == 1 ? Optional.empty() : Optional.of(Interpolation.parse(parts[1])));
    }

    private double[] numbers(int most) {
        if (value == null) throw new NumberFormatException("nothing");
        String[] parts = value.split(":", -1);
        if (parts.length > most) throw new NumberFormatException("too many");
        return Arrays.stream(parts).mapToDouble(Double::parseDouble).toArray();
    }

    private Augmentation jitter() {
        double[] n = numbers(4);
        if (n.length == 1) return new Augmentations.ColourJitter(n[0], n[0], n[0], 0);
        double[] all = Arrays.copyOf(n, 4);
        return new Augmentations.ColourJitter(all[0], all[1], all[2], all[3]);
    }

    private Augmentation rand() {
        String[] parts = value == null ? new String[] {"2", "9"} : value.split(":", -1);
        if (parts.length != 2) throw new NumberFormatException("two are needed");
        return new Augmentations.RandAugment(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }
}
