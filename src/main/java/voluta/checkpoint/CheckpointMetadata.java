package voluta.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.tensor.Shape;

/**
 * The texts in a safetensors file that make it a checkpoint. The keys and the format of each value are the file format:
 * whoever changes them raises {@link #VERSION} and keeps reading the older ones.
 */
record CheckpointMetadata(ModelDescription model, RunState run, Set<String> groups) {
    /** The version of the format that is written, and the newest that is read. */
    static final long VERSION = 2;
    /** The newest version that knows nothing of {@link #FRAMING}; what does not say how to frame is written so, for its readers. */
    private static final long WITHOUT_FRAMING = 1;

    static final String FORMAT = "voluta.format";
    static final String NETWORK = "voluta.network";
    static final String CLASS_NAMES = "voluta.class_names";
    static final String INPUT_SHAPE = "voluta.input_shape";
    static final String MEAN = "voluta.mean";
    static final String STD = "voluta.std";
    static final String FRAMING = "voluta.framing";
    static final String EPOCH = "voluta.epoch";
    static final String SAMPLES = "voluta.samples_into_epoch";
    static final String STEP = "voluta.step";
    static final String SEED = "voluta.seed";
    static final String METRICS = "voluta.metrics";
    static final String ARGUMENTS = "voluta.arguments";
    static final String GROUPS = "voluta.groups";
    static final String EXTRA = "voluta.extra.";

    private static final JsonFactory JSON = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Safetensors.MAX_HEADER)
                    .maxNameLength(Safetensors.MAX_HEADER)
                    .build())
            .build();

    static boolean isCheckpoint(Map<String, String> metadata) {
        return metadata.containsKey(FORMAT);
    }

    static Map<String, String> write(ModelDescription model, RunState run, Set<String> groups) {
        Map<String, String> m = new LinkedHashMap<>();
        m.put(FORMAT, Long.toString(model.framing().isEmpty() ? WITHOUT_FRAMING : VERSION));
        m.put(NETWORK, model.network());
        m.put(CLASS_NAMES, json(j -> strings(j, model.classNames())));
        long[] dims = model.inputShape().dims();
        m.put(INPUT_SHAPE, json(j -> j.writeArray(dims, 0, dims.length)));
        m.put(MEAN, json(j -> numbers(j, model.mean())));
        m.put(STD, json(j -> numbers(j, model.std())));
        if (!model.framing().isEmpty()) m.put(FRAMING, model.framing());
        m.put(EPOCH, Long.toString(run.epoch()));
        m.put(SAMPLES, Long.toString(run.samplesIntoEpoch()));
        m.put(STEP, Long.toString(run.step()));
        m.put(SEED, Long.toString(run.seed()));
        m.put(METRICS, json(j -> {
            j.writeStartObject();
            // Numbers that JSON lacks, NaN and the infinities, become strings.
            for (Map.Entry<String, Double> e : run.metrics().entrySet()) j.writeNumberField(e.getKey(), e.getValue());
            j.writeEndObject();
        }));
        m.put(ARGUMENTS, run.arguments());
        m.put(GROUPS, json(j -> strings(j, groups)));
        run.extra().forEach((key, value) -> m.put(EXTRA + key, value));
        return m;
    }

    /** Understands the metadata of a file, or says what is missing or wrong. */
    static CheckpointMetadata read(Path file, Map<String, String> metadata) {
        Reader r = new Reader(file, metadata);
        r.checkVersion();
        List<Double> mean = r.json(MEAN, Reader::numberList);
        List<Double> std = r.json(STD, Reader::numberList);
        if (mean.size() != std.size()) {
            throw r.wrong(STD, "has " + std.size() + " numbers, but " + MEAN + " has " + mean.size());
        }
        if (std.contains(0.0) || std.contains(-0.0)) throw r.wrong(STD, "holds a zero, and inputs are divided by it");
        Shape shape = r.json(INPUT_SHAPE, Reader::shape);
        List<String> classNames = r.json(CLASS_NAMES, Reader::stringList);
        ModelDescription model =
                new ModelDescription(r.text(NETWORK), classNames, shape, mean, std, metadata.getOrDefault(FRAMING, ""));
        Map<String, String> extra = new LinkedHashMap<>();
        metadata.forEach((key, value) -> {
            if (key.startsWith(EXTRA)) extra.put(key.substring(EXTRA.length()), value);
        });
        RunState run = new RunState(
                r.count(EPOCH),
                r.count(SAMPLES),
                r.count(STEP),
                r.number(SEED),
                r.json(METRICS, Reader::numberMap),
                r.text(ARGUMENTS),
                extra);
        Set<String> groups = new LinkedHashSet<>(r.json(GROUPS, Reader::stringList));
        for (String group : groups) {
            if (group.isEmpty() || group.contains("/")) throw r.wrong(GROUPS, "names a group " + Quote.text(group));
        }
        return new CheckpointMetadata(model, run, groups);
    }

    private interface JsonWriting {
        void write(JsonGenerator json) throws IOException;
    }

    private static String json(JsonWriting writing) {
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            writing.write(json);
        } catch (IOException e) {
            throw new UncheckedIOException("a string refused characters", e);
        }
        return text.toString();
    }

    private static void strings(JsonGenerator json, Iterable<String> values) throws IOException {
        json.writeStartArray();
        for (String s : values) json.writeString(s);
        json.writeEndArray();
    }

    private static void numbers(JsonGenerator json, List<Double> values) throws IOException {
        json.writeStartArray();
        for (double d : values) json.writeNumber(d);
        json.writeEndArray();
    }

    /** Reads single entries of one file's metadata. */
    private record Reader(Path file, Map<String, String> metadata) {
        void checkVersion() {
            if (!isCheckpoint(metadata)) {
                throw new CheckpointException(
                        file,
                        "has no metadata entry " + FORMAT
                                + ", so it is no Voluta checkpoint; a file of weights from elsewhere "
                                + "can be given as --initial-checkpoint, together with the network's description");
            }
            long version = number(FORMAT);
            if (version > VERSION) {
                throw new CheckpointException(
                        file,
                        "has checkpoint format " + version + ", this Voluta reads up to " + VERSION
                                + "; update Voluta to use it");
            }
            if (version < 1) throw wrong(FORMAT, "is " + version + ", which is no version");
        }

        CheckpointException wrong(String key, String problem) {
            return new CheckpointException(
                    file,
                    "its metadata entry " + key + " " + problem
                            + "; use an earlier checkpoint, or save this one again");
        }

        String text(String key) {
            String value = metadata.get(key);
            if (value == null) throw wrong(key, "is missing");
            return value;
        }

        long number(String key) {
            String value = text(key);
            try {
                return Long.parseLong(value);
            } catch (NumberFormatException e) {
                throw wrong(key, "is " + Quote.text(value) + ", not a whole number");
            }
        }

        long count(String key) {
            long n = number(key);
            if (n < 0) throw wrong(key, "is " + n + ", but must not be negative");
            return n;
        }

        /** Parses an entry; {@code parsing} returns null if it is JSON, but of another kind than expected. */
        <T> T json(String key, Parsing<T> parsing) {
            String value = text(key);
            try (JsonParser json = JSON.createParser(value)) {
                json.nextToken();
                T result = parsing.parse(json);
                if (result == null || json.nextToken() != null)
                    throw wrong(key, "is " + Quote.text(value) + ", which is of another kind");
                return result;
            } catch (IOException e) {
                throw wrong(key, "is " + Quote.text(value) + ", which is not valid JSON");
            }
        }

        static List<String> stringList(JsonParser json) throws IOException {
            return list(json, p -> p.currentToken() == JsonToken.VALUE_STRING ? p.getText() : null);
        }

        static List<Double> numberList(JsonParser json) throws IOException {
            return list(json, p -> {
                Double d = numeric(p);
                return d == null || !Double.isFinite(d) ? null : d;
            });
        }

        static Shape shape(JsonParser json) throws IOException {
            List<Long> dims = list(json, p -> {
                boolean whole = p.currentToken() == JsonToken.VALUE_NUMBER_INT;
                return whole && p.getNumberType() == JsonParser.NumberType.INT && p.getIntValue() > 0
                        ? (Long) p.getLongValue()
                        : null;
            });
            if (dims == null || dims.size() > HeaderParser.MAX_RANK) return null;
            long elements = 1;
            for (long d : dims) {
                if (elements > Integer.MAX_VALUE) return null;
                elements *= d;
            }
            return Shape.of(dims.stream().mapToLong(Long::longValue).toArray());
        }

        static Map<String, Double> numberMap(JsonParser json) throws IOException {
            if (json.currentToken() != JsonToken.START_OBJECT) return null;
            Map<String, Double> map = new LinkedHashMap<>();
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                json.nextToken();
                Double value = numeric(json);
                if (value == null || map.put(key, value) != null) return null;
            }
            return map;
        }

        private static <T> List<T> list(JsonParser json, Parsing<T> element) throws IOException {
            if (json.currentToken() != JsonToken.START_ARRAY) return null;
            List<T> list = new ArrayList<>();
            while (json.nextToken() != JsonToken.END_ARRAY) {
                T t = element.parse(json);
                if (t == null) return null;
                list.add(t);
            }
            return list;
        }

        private static Double numeric(JsonParser json) throws IOException {
            if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
                    || json.currentToken() == JsonToken.VALUE_NUMBER_FLOAT) {
                return Double.valueOf(json.getText());
            }
            if (json.currentToken() != JsonToken.VALUE_STRING) return null;
            return switch (json.getText()) {
                case "NaN" -> Double.NaN;
                case "Infinity" -> Double.POSITIVE_INFINITY;
                case "-Infinity" -> Double.NEGATIVE_INFINITY;
                default -> null;
            };
        }
    }

    private interface Parsing<T> {
        T parse(JsonParser json) throws IOException;
    }
}
