package voluta.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import voluta.nn.Initialization;
import voluta.nn.NamedFilters;

/** Draws descriptions from the table of layers: whatever attributes there are, in forms that are allowed. */
final class RandomDescriptions {
    private static final double[] NUMBERS = {0, 1, 0.5, 1e-5, 1e-300, 0.1, 123456.789, 3e10, -2.5, 1.0 / 3};
    private final Random random;

    RandomDescriptions(long seed) {
        this.random = new Random(seed);
    }

    /** A network with names that need quotes now and then; it need not fit together. */
    NetworkDescription network() {
        List<Integer> input = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(4); i++) input.add(1 + random.nextInt(300));
        String[] names = {
            "net", "true", "a b", "1e5", "quote\"s \\ and: colons #", "\u00fcml\u00e4ut \ud83d\ude00", "tab\there", "~"
        };
        String name = names[random.nextInt(names.length)];
        return new NetworkDescription(
                name, input, 1 + random.nextInt(1000), random.nextBoolean() ? "default" : init(), layers(0), null);
    }

    private List<LayerDescription> layers(int depth) {
        List<LayerDescription> layers = new ArrayList<>();
        List<LayerKind> kinds = List.copyOf(LayerKinds.all().values());
        int n = 1 + random.nextInt(5);
        while (layers.size() < n) {
            LayerKind kind = kinds.get(random.nextInt(kinds.size()));
            boolean block =
                    kind.attributes().containsKey("layers") || kind.attributes().containsKey("body");
            if (block && depth > 2) continue;
            Map<String, Object> attributes = new LinkedHashMap<>();
            for (LayerKind.Attribute a : kind.attributes().values()) {
                if (!a.required() && random.nextInt(3) > 0) continue;
                Object v = value(a, depth);
                if (v != null) attributes.put(a.name(), v);
            }
            layers.add(LayerDescription.of(kind.word(), attributes));
        }
        return layers;
    }

    private Object value(LayerKind.Attribute a, int depth) {
        return switch (a.name()) {
            case "name", "from" ->
                List.of("a", "no", "x-1", "7", "null", "-", "Off", "_b").get(random.nextInt(8));
            case "with" -> random.nextBoolean() ? "stem" : List.of("a", "12");
            case "layers", "body", "shortcut" -> depth > 2 ? null : layers(depth + 1);
            case "init" -> init();
            case "padding" ->
                List.of(2, List.of(0, 1), List.of(List.of(0, 1), List.of(2, 3)), List.of(5), 0)
                        .get(random.nextInt(5));
            case "matrix" ->
                random.nextBoolean()
                        ? List.copyOf(NamedFilters.all().keySet()).get(random.nextInt(3))
                        : List.of(List.of(0, 0.5, -1));
            case "shape" -> List.of(4, -1);
            case "order" -> List.of(0, 2, 1);
            case "rate", "momentum" -> random.nextInt(100) / 128.0;
            case "epsilon" -> 1e-3 / (1 + random.nextInt(50));
            case "padding_value", "value" -> 0.0;
            case "slope", "alpha" -> NUMBERS[random.nextInt(NUMBERS.length)];
            case "filters", "units" -> random.nextInt(4) == 0 ? "classes" : (Object) (1 + random.nextInt(512));
            case "end" -> random.nextInt(9) - 4;
            case "begin" -> random.nextInt(4);
            default -> byType(a);
        };
    }

    private Object byType(LayerKind.Attribute a) {
        if (a.preset() instanceof Boolean) return random.nextBoolean();
        if (!a.type().words().isEmpty() && a.preset() instanceof String
                || a.name().equals("activation")) {
            return a.type().words().get(random.nextInt(a.type().words().size()));
        }
        int n = 1 + random.nextInt(3);
        boolean list = a.type().expected().contains("a list with one");
        return list && random.nextBoolean() ? List.of(n, 1 + random.nextInt(3)) : (Object) n;
    }

    private Object init() {
        List<Initialization.Scheme> all = List.of(Initialization.Scheme.values());
        Initialization.Scheme s = all.get(random.nextInt(all.size()));
        double low = NUMBERS[random.nextInt(NUMBERS.length)];
        return switch (s.arguments()) {
            case 0 -> s.word();
            case 1 -> Map.of(s.word(), List.of(low + 0.0));
            default -> Map.of(s.word(), List.of(low, Math.abs(low) + random.nextInt(2)));
        };
    }
}
