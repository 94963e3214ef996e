package voluta.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import voluta.nn.Initialization;

/**
 * What an attribute may hold.
 *
 * <p>Read values have one form each, so that equal descriptions are equal objects: Integer, Double, Boolean, String, List
 * of such, or a map with one entry for an initialization with numbers.
 *
 * @param expected for messages, for instance {@code an integer of at least 1}
 * @param words the words that are accepted, if it is one of a few
 * @param parse gives null for what does not fit
 */
record AttributeType(String expected, List<String> words, Function<Located, Object> parse) {
    /** In place of a number of filters or units: the number of classes. */
    static final String CLASSES = "classes";

    /** In place of a number of groups: as many as there are input channels. */
    static final String CHANNELS = "channels";

    static final int MAX = 1 << 24;
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_-]+");

    static AttributeType integer(int least, int most) {
        String range = most == MAX ? "an integer of at least " + least : "an integer from " + least + " to " + most;
        return new AttributeType(range, List.of(), v -> asInteger(v, least, most));
    }

    /** A positive integer or the word {@code classes}. */
    static AttributeType units() {
        return new AttributeType(
                "an integer of at least 1 or the word classes",
                List.of(CLASSES),
                v -> CLASSES.equals(v.value()) ? CLASSES : asInteger(v, 1, MAX));
    }

    /** A positive integer or the word {@code channels}: one group for each input channel. */
    static AttributeType groups() {
        return new AttributeType(
                "an integer of at least 1 or the word channels",
                List.of(CHANNELS),
                v -> CHANNELS.equals(v.value()) ? CHANNELS : asInteger(v, 1, MAX));
    }

    /** An integer of any sign. */
    static AttributeType signed() {
        return new AttributeType("an integer", List.of(), v -> asInteger(v, -MAX, MAX));
    }

    /** A probability below 1. */
    static AttributeType rate() {
        return new AttributeType(
                "a number of at least 0 and below 1", List.of(), v -> asNumber(v, 0, Math.nextDown(1.0)));
    }

    /** A list of layers. */
    static AttributeType layers() {
        return new AttributeType(
                "a list of layers",
                List.of(),
                v -> v.items() == null || v.items().isEmpty() ? null : LayerDescription.readAll(v.items()));
    }

    static AttributeType number(double least, double most) {
        return new AttributeType(
                Double.isInfinite(least) && Double.isInfinite(most)
                        ? "a number up to 3.4e38"
                        : Double.isInfinite(most)
                                ? "a number of at least " + least
                                : "a number from " + least + " to " + most,
                List.of(),
                v -> asNumber(v, least, most));
    }

    static AttributeType any() {
        return number(Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
    }

    static AttributeType flag() {
        return new AttributeType("true or false", List.of(), v -> v.value() instanceof Boolean ? v.value() : null);
    }

    static AttributeType word(List<String> words) {
        return new AttributeType(
                "one of " + String.join(", ", words),
                words,
                v -> v.value() instanceof String s && words.contains(s) ? s : null);
    }

    /** A layer's name: it becomes part of paths. Digits alone are a name too, as in lists of numbered layers. */
    static AttributeType name() {
        return new AttributeType("a name of letters, digits, _ and -", List.of(), AttributeType::asName);
    }

    /** One name or several. */
    static AttributeType names() {
        return new AttributeType("the name of an earlier layer or a list of such", List.of(), v -> {
            List<Located> items = v.items();
            if (items == null) return asName(v) == null ? null : List.of(asName(v));
            return items.isEmpty() ? null : all(items, AttributeType::asName);
        });
    }

    /** An integer, or a list of one to three, one per spatial dimension. */
    static AttributeType sizes(int least) {
        return new AttributeType(
                "an integer of at least " + least + " or a list with one for each spatial dimension",
                List.of(),
                v -> asSizes(v, least));
    }

    /** A list of integers. */
    static AttributeType integers(int least) {
        return new AttributeType("a list of integers of at least " + least, List.of(), v -> {
            List<Located> items = v.items();
            return items == null || items.isEmpty() || items.size() > 8
                    ? null
                    : all(items, i -> asInteger(i, least, MAX));
        });
    }

    /** {@code same}, an integer, one per dimension, or a pair (before, after) per dimension. */
    static AttributeType padding() {
        return new AttributeType(
                "same, an integer of at least 0, a list with one for each spatial dimension, or a list of pairs"
                        + " [before, after]",
                List.of("same"),
                v -> {
                    if ("same".equals(v.value())) return "same";
                    Object sizes = asSizes(v, 0);
                    if (sizes != null || v.items() == null || v.items().isEmpty()) return sizes;
                    return v.items().size() > 3 ? null : all(v.items(), AttributeType::asPair);
                });
    }

    /** A word, or a mapping from a word to its numbers. */
    static AttributeType initialization() {
        List<String> words = Initialization.Scheme.words();
        return new AttributeType(
                "one of " + String.join(", ", words)
                        + ", where constant takes a number, normal [mean, deviation] and uniform [low, high], as in"
                        + " {normal: [0, 0.01]}",
                words,
                AttributeType::asInitialization);
    }

    /** A word of these, or a matrix of numbers. */
    static AttributeType matrix(List<String> names) {
        return new AttributeType(
                "one of " + String.join(", ", names)
                        + ", or a matrix [[...], ...] with odd numbers of rows and columns",
                names,
                v -> {
                    if (v.value() instanceof String s) return names.contains(s) ? s : null;
                    if (v.items() == null || v.items().size() % 2 == 0) return null;
                    int columns = v.items().get(0).items() == null
                            ? 0
                            : v.items().get(0).items().size();
                    return columns % 2 == 0 ? null : all(v.items(), row -> asRow(row, columns));
                });
    }

    private static Object asRow(Located row, int columns) {
        List<Located> items = row.items();
        if (items == null || items.size() != columns) return null;
        return all(items, n -> asNumber(n, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
    }

    private static Object asPair(Located v) {
        List<Located> items = v.items();
        return items == null || items.size() != 2 ? null : all(items, i -> asInteger(i, 0, MAX));
    }

    private static Integer asInteger(Located v, int least, int most) {
        return v.value() instanceof Long n && n >= least && n <= most ? Math.toIntExact(n) : null;
    }

    /** Only what networks can hold, which compute in f32. */
    private static Double asNumber(Located v, double least, double most) {
        if (!(v.value() instanceof Number n)) return null;
        // Adding zero turns -0.0 into 0.0, so that equal numbers are equal objects.
        double d = n.doubleValue() + 0.0;
        return Math.abs(d) <= Float.MAX_VALUE && d >= least && d <= most ? d : null;
    }

    private static String asName(Located v) {
        if (v.value() instanceof Long n && n >= 0) return n.toString();
        return v.value() instanceof String s && NAME.matcher(s).matches() ? s : null;
    }

    private static Object asSizes(Located v, int least) {
        if (v.items() == null) return asInteger(v, least, MAX);
        return v.items().isEmpty() || v.items().size() > 3 ? null : all(v.items(), i -> asInteger(i, least, MAX));
    }

    private static Object asInitialization(Located v) {
        String word = v.value() instanceof String s ? s : null;
        List<Located> numbers = List.of();
        Map<String, Located> entries = v.entries();
        if (entries != null && entries.size() == 1) {
            word = entries.keySet().iterator().next();
            Located n = entries.get(word);
            numbers = n.items() == null ? List.of(n) : n.items();
        }
        for (Initialization.Scheme s : Initialization.Scheme.values()) {
            if (!s.word().equals(word) || s.arguments() != numbers.size()) continue;
            if (numbers.isEmpty()) return word;
            List<Object> values = all(numbers, n -> asNumber(n, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY));
            if (values == null || !ordered(s, values)) return null;
            Map<String, Object> result = new LinkedHashMap<>();
            result.put(word, values);
            return Map.copyOf(result);
        }
        return null;
    }

    private static boolean ordered(Initialization.Scheme s, List<Object> values) {
        return switch (s) {
            case NORMAL -> (Double) values.get(1) >= 0;
            case UNIFORM -> (Double) values.get(0) <= (Double) values.get(1);
            default -> true;
        };
    }

    /** Each item read, or null if one does not fit. */
    private static List<Object> all(List<Located> items, Function<Located, Object> parse) {
        List<Object> result = new ArrayList<>();
        for (Located item : items) {
            Object o = parse.apply(item);
            if (o == null) return null;
            result.add(o);
        }
        return List.copyOf(result);
    }
}
