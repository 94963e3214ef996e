package voluta.checkpoint;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.checkpoint.SafetensorsHeader.Entry;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * Reads the JSON header of a safetensors file as a hostile text: nothing in it is believed before it is compared to the
 * size of the file, and what it makes us keep in memory is bounded by its own length.
 */
final class HeaderParser {
    /** More dimensions than any tensor has (NumPy's limit). */
    static final int MAX_RANK = 64;

    static final int MAX_TENSORS = 1_000_000;
    static final int MAX_METADATA = 100_000;

    // Symbol tables are off: names are all different, and a hostile file could make them collide.
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(Safetensors.MAX_HEADER)
                    .maxNameLength(Safetensors.MAX_HEADER)
                    .build())
            .build();

    private final Path file;
    private final long dataBytes;
    private final JsonParser json;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Entry> entries = new ArrayList<>();

    private HeaderParser(Path file, long dataBytes, JsonParser json) {
        this.file = file;
        this.dataBytes = dataBytes;
        this.json = json;
    }

    /**
     * Parses and checks a header.
     *
     * @param in the bytes of the header and no more
     * @param headerBytes how many they are
     * @param dataBytes how many bytes follow the header in the file
     */
    static SafetensorsHeader parse(Path file, InputStream in, long headerBytes, long dataBytes) throws IOException {
        InputStreamReader utf8 = new InputStreamReader(
                in,
                StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT));
        try (JsonParser json = JSON.createParser(utf8)) {
            HeaderParser parser = new HeaderParser(file, dataBytes, json);
            parser.root();
            return new SafetensorsHeader(parser.metadata, parser.entries, Math.addExact(8, headerBytes));
        } catch (JsonProcessingException e) {
            throw new CheckpointException(
                    file,
                    "the header is not valid JSON: " + Quote.text(String.valueOf(e.getOriginalMessage()))
                            + "; the file is damaged or not a safetensors file",
                    e);
        } catch (CharacterCodingException e) {
            throw new CheckpointException(
                    file, "the header is not valid UTF-8; the file is damaged or not a safetensors file", e);
        }
    }

    private CheckpointException bad(String problem) {
        return new CheckpointException(file, problem + "; the file is damaged or was written wrongly");
    }

    private void root() throws IOException {
        expect(json.nextToken(), JsonToken.START_OBJECT, "the header must be a JSON object");
        boolean hasMetadata = false;
        Set<String> names = new HashSet<>();
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String name = text(json.currentName(), "a tensor's name");
            if (name.equals(Safetensors.METADATA)) {
                if (hasMetadata) throw bad("the header has two entries " + Safetensors.METADATA);
                hasMetadata = true;
                metadata();
            } else {
                if (!names.add(name)) throw bad("the header has two tensors named " + Quote.text(name));
                if (names.size() > MAX_TENSORS) throw bad("the header lists more than " + MAX_TENSORS + " tensors");
                entries.add(entry(name));
            }
        }
        if (json.nextToken() != null) throw bad("the header goes on after its JSON object");
        checkCoverage();
    }

    private void metadata() throws IOException {
        expect(json.nextToken(), JsonToken.START_OBJECT, Safetensors.METADATA + " must be an object");
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String key = text(json.currentName(), "a metadata name");
            expect(
                    json.nextToken(),
                    JsonToken.VALUE_STRING,
                    "the metadata entry " + Quote.text(key) + " must be a string");
            String value = text(json.getText(), "the metadata entry " + Quote.text(key));
            if (metadata.put(key, value) != null) throw bad("the metadata entry " + Quote.text(key) + " appears twice");
            if (metadata.size() > MAX_METADATA)
                throw bad("the header has more than " + MAX_METADATA + " metadata entries");
        }
    }

    private Entry entry(String name) throws IOException {
        String place = "tensor " + Quote.text(name);
        expect(json.nextToken(), JsonToken.START_OBJECT, place + " must be described by an object");
        String dtype = null;
        long[] dims = null;
        long[] offsets = null;
        while (json.nextToken() == JsonToken.FIELD_NAME) {
            String field = json.currentName();
            boolean repeated;
            switch (field) {
                case "dtype" -> {
                    repeated = dtype != null;
                    expect(json.nextToken(), JsonToken.VALUE_STRING, place + ": dtype must be a string");
                    dtype = json.getText();
                }
                case "shape" -> {
                    repeated = dims != null;
                    dims = numbers(place + ": shape", MAX_RANK);
                }
                case "data_offsets" -> {
                    repeated = offsets != null;
                    offsets = numbers(place + ": data_offsets", 2);
                }
                default -> throw bad(place + " has an unknown field " + Quote.text(field));
            }
            if (repeated) throw bad(place + " has " + field + " twice");
        }
        if (dtype == null) throw bad(place + " has no dtype");
        if (dims == null) throw bad(place + " has no shape");
        if (offsets == null) throw bad(place + " has no data_offsets");
        return check(name, dtype, dims, offsets);
    }

    private Entry check(String name, String dtype, long[] dims, long[] offsets) {
        String place = "tensor " + Quote.text(name);
        StoredType stored = StoredType.parse(dtype);
        if (stored == null) {
            throw new CheckpointException(
                    file,
                    place + " has the element type " + Quote.text(dtype)
                            + ", which is not supported; convert it to one of " + StoredType.names());
        }
        long bytes = stored.bytes();
        for (long d : dims) {
            if (d == 0) {
                throw new CheckpointException(
                        file, place + " has a dimension of size 0, so it holds nothing; remove it from the file");
            }
            try {
                bytes = Math.multiplyExact(bytes, d);
            } catch (ArithmeticException e) {
                throw bad(place + " has a shape of more than 2^63 bytes");
            }
        }
        if (offsets.length != 2) throw bad(place + ": data_offsets must be two numbers, got " + offsets.length);
        long begin = offsets[0];
        long end = offsets[1];
        if (begin > end) throw bad(place + " begins at " + begin + ", after its end " + end);
        if (end > dataBytes) throw bad(place + " ends at byte " + end + " of the data, which has " + dataBytes);
        Shape shape = Shape.of(dims);
        if (end - begin != bytes) {
            throw bad(place + " of type " + dtype + " and shape " + shape + " needs " + bytes
                    + " bytes, its offsets give " + (end - begin));
        }
        return new Entry(name, dtype, new TensorType(stored.dtype(), shape), begin, end);
    }

    private void checkCoverage() {
        entries.sort(Comparator.comparingLong(Entry::begin));
        long covered = 0;
        for (Entry e : entries) {
            String place = "tensor " + Quote.text(e.name());
            if (e.begin() < covered)
                throw bad(place + " overlaps the one before it at byte " + e.begin() + " of the data");
            if (e.begin() > covered) throw bad("no tensor owns the data bytes from " + covered + " to " + e.begin());
            covered = e.end();
        }
        if (covered != dataBytes) {
            throw bad("the tensors end at byte " + covered + " of the data, but the file has " + dataBytes
                    + " bytes of data");
        }
    }

    private long[] numbers(String place, int most) throws IOException {
        expect(json.nextToken(), JsonToken.START_ARRAY, place + " must be an array");
        long[] values = new long[most];
        int n = 0;
        while (json.nextToken() != JsonToken.END_ARRAY) {
            expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT, place + " must hold whole numbers");
            if (n == most) throw bad(place + " has more than " + most + " numbers");
            String digits = json.getText();
            try {
                values[n++] = Long.parseLong(digits);
            } catch (NumberFormatException e) {
                throw bad(place + " holds " + Quote.text(digits) + ", which is too large");
            }
            if (digits.charAt(0) == '-') throw bad(place + " holds the negative number " + Quote.text(digits));
        }
        return Arrays.copyOf(values, n);
    }

    private void expect(JsonToken got, JsonToken wanted, String problem) {
        if (got != wanted) throw bad(problem);
    }

    /** Escapes in JSON can spell half of a character outside the basic plane, which no file can then be given back. */
    private String text(String s, String what) {
        if (!isWellFormed(s)) throw bad(what + " holds half of a surrogate pair");
        return s;
    }

    static boolean isWellFormed(String s) {
        return StandardCharsets.UTF_8.newEncoder().canEncode(s);
    }
}
