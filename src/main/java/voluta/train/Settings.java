package voluta.train;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import voluta.data.Augmentation;
import voluta.data.BadShare;
import voluta.data.Interpolation;
import voluta.data.Split;
import voluta.tensor.VolutaException;

/** {@link TrainingConfig} as text and back. Names and types are those of its components: there is no second list. */
final class Settings {
    private static final Map<String, RecordComponent> COMPONENTS = new LinkedHashMap<>();
    private static final String DEFAULTS = "defaults.yaml";

    static {
        for (RecordComponent c : TrainingConfig.class.getRecordComponents()) COMPONENTS.put(option(c.getName()), c);
    }

    private Settings() {}

    private static String option(String component) {
        return component.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    static List<String> names() {
        return List.copyOf(COMPONENTS.keySet());
    }

    static TrainingConfig defaults() {
        try (InputStream in = TrainingConfig.class.getResourceAsStream("/voluta/train/" + DEFAULTS)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            Map<String, Object> values = new LinkedHashMap<>();
            SettingsYaml.parse(text, DEFAULTS).forEach((name, entry) -> values.put(name, parse(name, entry.text())));
            if (!values.keySet().equals(COMPONENTS.keySet())) {
                throw new IllegalStateException(DEFAULTS + " has " + values.keySet() + " instead of " + names());
            }
            return make(values);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static TrainingConfig with(TrainingConfig config, String option, String value) {
        Map<String, Object> values = objects(config);
        values.put(known(option), parse(known(option), value));
        return make(values);
    }

    static TrainingConfig withFile(TrainingConfig config, Path file) {
        return with(config, SettingsYaml.read(file));
    }

    /** @param source where the text is from, for messages */
    static TrainingConfig withText(TrainingConfig config, String yaml, String source) {
        return with(config, SettingsYaml.parse(yaml, source));
    }

    private static TrainingConfig with(TrainingConfig config, Map<String, SettingsYaml.Entry> entries) {
        TrainingConfig result = config;
        for (Map.Entry<String, SettingsYaml.Entry> e : entries.entrySet()) {
            try {
                result = with(result, e.getKey(), e.getValue().text());
            } catch (VolutaException problem) {
                throw new TrainingException(e.getValue().at(), problem.problem(), problem);
            }
        }
        return result;
    }

    /** The option's own name; underscores do as well. */
    private static String known(String option) {
        String name = option.replace('_', '-');
        if (COMPONENTS.containsKey(name)) return name;
        String near = names().stream()
                .filter(n -> n.contains(name) || name.contains(n))
                .collect(Collectors.joining(", "));
        throw new TrainingException("there is no option " + option + "; "
                + (near.isEmpty() ? "there are " + String.join(", ", names()) : "did you mean " + near + "?"));
    }

    static Map<String, String> values(TrainingConfig config) {
        Map<String, String> values = new LinkedHashMap<>();
        objects(config).forEach((name, value) -> values.put(name, text(value)));
        return values;
    }

    static String toYaml(TrainingConfig config) {
        StringBuilder yaml = new StringBuilder();
        objects(config)
                .forEach((name, value) -> yaml.append(name)
                        .append(": ")
                        .append(SettingsYaml.scalar(
                                text(value), value instanceof Optional<?> o ? o.orElse(null) : value))
                        .append('\n'));
        return yaml.toString();
    }

    private static String text(Object value) {
        if (value instanceof Optional<?> o) return o.map(Settings::text).orElse(null);
        if (value instanceof List<?> list)
            return list.stream().map(Settings::text).collect(Collectors.joining(","));
        if (value instanceof Double d && d == Math.rint(d) && Math.abs(d) < 1e15) return Long.toString(d.longValue());
        return value.toString();
    }

    private static Map<String, Object> objects(TrainingConfig config) {
        Map<String, Object> values = new LinkedHashMap<>();
        COMPONENTS.forEach((name, c) -> {
            try {
                values.put(name, c.getAccessor().invoke(config));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        });
        return values;
    }

    private static TrainingConfig make(Map<String, Object> values) {
        Class<?>[] types =
                COMPONENTS.values().stream().map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] arguments = COMPONENTS.keySet().stream().map(values::get).toArray();
        try {
            Constructor<TrainingConfig> constructor = TrainingConfig.class.getDeclaredConstructor(types);
            return constructor.newInstance(arguments);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) throw cause;
            throw new IllegalStateException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Object parse(String name, String text) {
        Type type = COMPONENTS.get(known(name)).getGenericType();
        boolean missing = text == null || text.equals("null");
        if (type instanceof ParameterizedType p && p.getRawType() == Optional.class) {
            return missing ? Optional.empty() : Optional.of(parse(name, p.getActualTypeArguments()[0], text.strip()));
        }
        if (missing) throw new TrainingException(name + " needs a value; leave the option out to have the default");
        return parse(name, type, text.strip());
    }

    private static Object parse(String name, Type type, String text) {
        try {
            if (type == int.class || type == Integer.class) return Integer.valueOf(text);
            if (type == long.class || type == Long.class) return Long.valueOf(text);
            if (type == double.class || type == Double.class) return Double.valueOf(text);
        } catch (NumberFormatException e) {
            String kind = type == double.class || type == Double.class ? "a number" : "a whole number";
            throw new TrainingException(name + " expects " + kind + ", got '" + text + "'", e);
        }
        if (type == String.class) return text;
        if (type == Path.class) return path(name, text);
        if (type == Augmentation.class) return Augmentation.parse(text);
        if (type == Split.class) return Split.parse(text);
        if (type == BatchSize.class) return BatchSize.parse(text);
        if (type == BadShare.class) return BadShare.parse(text);
        if (type == Interpolation.class) return Interpolation.parse(text);
        if (type == LayerGroups.class) return LayerGroups.parse(text);
        if (type == EvalMetric.class) return metric(text);
        if (type == boolean.class) return flag(name, text);
        if (type instanceof ParameterizedType) {
            return Arrays.stream(text.split(","))
                    .map(part -> (Double) parse(name, Double.class, part.strip()))
                    .toList();
        }
        throw new IllegalStateException("no text form for " + type);
    }

    private static Path path(String name, String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TrainingException(
                    name + " cannot be a path here (" + e.getMessage()
                            + "); where it has other letters than English ones, set LC_ALL=C.UTF-8",
                    e);
        }
    }

    private static EvalMetric metric(String text) {
        for (EvalMetric m : EvalMetric.values()) if (m.toString().equals(text)) return m;
        throw new TrainingException(
                "there is no metric '" + text + "'; eval-metric is one of " + Arrays.toString(EvalMetric.values()));
    }

    private static boolean flag(String name, String text) {
        if (text.equals("true")) return true;
        if (text.equals("false")) return false;
        throw new TrainingException(name + " expects true or false, got '" + text + "'");
    }
}
