package voluta.train;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/**
 * Groups of layers that are trained with a learning rate and a weight decay of their own, from a text such as {@code
 * conv1,layer1/*:lr=0.1,weight-decay=0; fc:lr=2}. A layer belongs to the first group that names it; layers that none
 * names are trained as the other options say. Equal groups are written alike.
 *
 * @param groups one or more
 */
public record LayerGroups(List<Group> groups) {
    /** The name of the option. */
    static final String OPTION = "param-group";

    private static final String FORM =
            "use layers, a colon and what they are trained with, such as" + " 'conv1,layer1/*:lr=0.1,weight-decay=0'";

    /**
     * A group.
     *
     * @param layers names and patterns with commas between, as {@code freeze} takes them
     * @param lr what the learning rate of each step is multiplied by, above 0
     * @param weightDecay instead of the option's, 0 or more, for what decays at all; empty for the option's
     */
    public record Group(String layers, double lr, OptionalDouble weightDecay) {
        /** Refuses what is no name and no number for that. */
        public Group {
            layers = new LayerPatterns(OPTION, layers).toString();
            if (!(lr > 0 && Double.isFinite(lr))) {
                throw new TrainingException(OPTION + " " + layers + " has lr=" + lr
                        + "; use a factor above 0, such as 0.1 (--freeze is for layers that stay as they are)");
            }
            double decay = weightDecay.orElse(0);
            if (!(decay >= 0 && Double.isFinite(decay))) {
                throw new TrainingException(OPTION + " " + layers + " has weight-decay=" + decay + "; use 0 or more");
            }
            if (lr == 1 && weightDecay.isEmpty()) {
                throw new TrainingException(OPTION + " " + layers
                        + " is trained like the rest; give it an lr other than 1, or a weight-decay, or leave it out");
            }
        }

        LayerPatterns patterns() {
            return new LayerPatterns(OPTION, layers);
        }

        @Override
        public String toString() {
            List<String> settings = new ArrayList<>();
            if (lr != 1) settings.add("lr=" + number(lr));
            weightDecay.ifPresent(w -> settings.add("weight-decay=" + number(w)));
            return layers + ":" + String.join(",", settings);
        }
    }

    public LayerGroups {
        groups = List.copyOf(groups);
        if (groups.isEmpty()) throw new TrainingException(OPTION + " is empty; " + FORM);
    }

    /**
     * Between groups stands a semicolon or a comma: names have no {@code =}, so that what follows settings is told apart.
     *
     * @throws TrainingException if this is no text for groups
     */
    static LayerGroups parse(String text) {
        List<Group> groups = new ArrayList<>();
        for (String part : text.split(";", -1)) {
            List<String> names = new ArrayList<>(), settings = new ArrayList<>();
            for (String word : part.split(",", -1)) {
                int colon = word.indexOf(':');
                boolean setting = colon < 0 && word.contains("=");
                if (setting && settings.isEmpty()) throw unclear(text);
                if (!setting && !settings.isEmpty()) {
                    groups.add(group(names, settings));
                    names.clear();
                    settings.clear();
                }
                if (setting) settings.add(word.strip());
                else names.add(colon < 0 ? word : word.substring(0, colon));
                if (colon >= 0) settings.add(word.substring(colon + 1).strip());
            }
            if (settings.isEmpty()) throw unclear(text);
            groups.add(group(names, settings));
        }
        return new LayerGroups(groups);
    }

    private static TrainingException unclear(String text) {
        return new TrainingException(OPTION + " is '" + text + "'; " + FORM);
    }

    private static Group group(List<String> names, List<String> settings) {
        String layers = String.join(",", names).strip();
        OptionalDouble lr = OptionalDouble.empty(), decay = OptionalDouble.empty();
        for (String setting : settings) {
            String[] pair = setting.split("=", 2);
            String name = pair[0].strip();
            boolean rate = name.equals("lr");
            if (pair.length < 2 || !rate && !name.replace('_', '-').equals("weight-decay")) {
                throw new TrainingException(OPTION + " " + layers + " has '" + setting
                        + "'; what a group can have is lr=FACTOR and weight-decay=W");
            }
            if ((rate ? lr : decay).isPresent())
                throw new TrainingException(OPTION + " " + layers + " has " + name + " twice; remove one of them");
            OptionalDouble value = OptionalDouble.of(number(layers, name, pair[1].strip()));
            if (rate) lr = value;
            else decay = value;
        }
        return new Group(layers, lr.orElse(1), decay);
    }

    private static double number(String layers, String name, String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new TrainingException(
                    OPTION + " " + layers + " expects a number as " + name + ", got '" + text + "'", e);
        }
    }

    /** Without the exponent and the zeros that Java writes. */
    static String number(double value) {
        String plain =
                new BigDecimal(Double.toString(value)).stripTrailingZeros().toPlainString();
        return plain.length() <= 12 ? plain : Double.toString(value);
    }

    @Override
    public String toString() {
        return groups.stream().map(Group::toString).collect(Collectors.joining("; "));
    }
}
