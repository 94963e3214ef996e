package voluta.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

class MalformedSafetensorsTest {
    @TempDir
    Path folder;

    /** A faulty file and a part of the sentence that must refuse it. */
    record Case(String name, byte[] file, String message) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Case json(String name, String json, int dataBytes, String message) {
        return new Case(name, RawFile.of(json, new byte[dataBytes]), message);
    }

    private static Case entry(String name, String entry, int dataBytes, String message) {
        return json(name, "{\"t\":" + entry + "}", dataBytes, message);
    }

    private static String tensor(String dtype, String shape, String offsets) {
        return "{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
    }

    static Stream<Case> frames() {
        byte[] braces = "{}".getBytes(StandardCharsets.UTF_8);
        return Stream.of(
                new Case("empty file", new byte[0], "has 0 bytes, too few"),
                new Case("seven bytes", new byte[7], "has 7 bytes, too few"),
                new Case("header of no bytes", RawFile.of(0, new byte[0], new byte[4]), "does not begin with '{'"),
                new Case(
                        "header longer than the file",
                        RawFile.of(3, braces, new byte[0]),
                        "header has 3 bytes, but only 2 follow"),
                new Case(
                        "header over the limit",
                        RawFile.of(100_000_001, braces, new byte[0]),
                        "the format allows 100000000"),
                new Case(
                        "header length above 2^63",
                        RawFile.of(-1, braces, new byte[0]),
                        "header has 18446744073709551615 bytes"),
                json("leading blank", " {}", 0, "does not begin with '{'"),
                json("an array", "[]", 0, "does not begin with '{'"),
                json("cut off", "{\"t\":", 0, "not valid JSON"),
                json("open object", "{", 0, "not valid JSON"),
                json("trailing object", "{}{}", 0, "goes on after its JSON object"),
                json("trailing zero byte", "{}\0", 0, "not valid JSON"),
                json("data without a tensor", "{}", 1, "end at byte 0 of the data, but the file has 1 bytes"),
                new Case(
                        "bad UTF-8",
                        RawFile.of(5, new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80, '"'}, new byte[0]),
                        "not valid UTF-8"),
                new Case("UTF-16", RawFile.of(4, new byte[] {'{', 0, '}', 0}, new byte[0]), "not valid JSON"),
                json("deep nesting", "{\"t\":" + "[".repeat(100_000), 0, "must be described by an object"));
    }

    static Stream<Case> metadata() {
        String many = IntStream.rangeClosed(0, 100_000)
                .mapToObj(i -> "\"" + i + "\":\"\"")
                .collect(Collectors.joining(","));
        return Stream.of(
                json(
                        "too many metadata entries",
                        "{\"__metadata__\":{" + many + "}}",
                        0,
                        "more than 100000 metadata entries"),
                json(
                        "half a surrogate pair",
                        "{\"\\ud800\":" + tensor("U8", "[]", "[0,1]") + "}",
                        1,
                        "half of a surrogate pair"),
                json("metadata is a list", "{\"__metadata__\":[]}", 0, "__metadata__ must be an object"),
                json("metadata is null", "{\"__metadata__\":null}", 0, "__metadata__ must be an object"),
                json("metadata holds a number", "{\"__metadata__\":{\"a\":1}}", 0, "entry \"a\" must be a string"),
                json("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "two entries __metadata__"),
                json(
                        "metadata key twice",
                        "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}}",
                        0,
                        "entry \"a\" appears twice"),
                json(
                        "checksums too few",
                        "{\"__metadata__\":{\"voluta.crc32c\":\"\"},\"t\":" + tensor("U8", "[]", "[0,1]") + "}",
                        1,
                        "does not hold one checksum for each of the 1 tensors"),
                json(
                        "checksum no number",
                        "{\"__metadata__\":{\"voluta.crc32c\":\"0000000g\"},\"t\":" + tensor("U8", "[]", "[0,1]") + "}",
                        1,
                        "is not hexadecimal"),
                json(
                        "header checksum wrong",
                        "{\"__metadata__\":{\"voluta.header.crc32c\":\"x\"}}",
                        0,
                        "but says \"x\""));
    }

    static Stream<Case> entries() {
        return Stream.of(
                entry("a number for a tensor", "7", 0, "tensor \"t\" must be described by an object"),
                entry("no dtype", "{\"shape\":[],\"data_offsets\":[0,1]}", 1, "tensor \"t\" has no dtype"),
                entry("no shape", "{\"dtype\":\"U8\",\"data_offsets\":[0,1]}", 1, "tensor \"t\" has no shape"),
                entry("no offsets", "{\"dtype\":\"U8\",\"shape\":[]}", 1, "tensor \"t\" has no data_offsets"),
                entry(
                        "dtype a number",
                        "{\"dtype\":8,\"shape\":[],\"data_offsets\":[0,1]}",
                        1,
                        "dtype must be a string"),
                entry(
                        "unknown dtype",
                        tensor("F8_E4M3", "[2]", "[0,2]"),
                        2,
                        "\"F8_E4M3\", which is not supported; convert it to one of F64, F32"),
                entry("dtype in lower case", tensor("f32", "[]", "[0,4]"), 4, "\"f32\", which is not supported"),
                entry("unknown field", "{\"dtype\":\"U8\",\"strides\":[1]}", 1, "unknown field \"strides\""),
                entry("field twice", "{\"dtype\":\"U8\",\"dtype\":\"U8\"}", 1, "has dtype twice"),
                entry("shape twice", "{\"shape\":[],\"shape\":[]}", 1, "has shape twice"),
                entry("offsets twice", "{\"data_offsets\":[],\"data_offsets\":[]}", 1, "has data_offsets twice"));
    }

    static Stream<Case> shapes() {
        return Stream.of(
                entry("shape a number", tensor("U8", "2", "[0,2]"), 2, "shape must be an array"),
                entry("fractional dimension", tensor("U8", "[2.0]", "[0,2]"), 2, "shape must hold whole numbers"),
                entry("dimension a string", tensor("U8", "[\"2\"]", "[0,2]"), 2, "shape must hold whole numbers"),
                entry("negative dimension", tensor("U8", "[-2]", "[0,2]"), 2, "negative number \"-2\""),
                entry("minus zero", tensor("U8", "[2]", "[-0,2]"), 2, "negative number \"-0\""),
                entry("dimension zero", tensor("U8", "[0]", "[0,0]"), 0, "dimension of size 0"),
                entry("dimension over 2^63", tensor("U8", "[9223372036854775808]", "[0,2]"), 2, "which is too large"),
                entry(
                        "number of 2000 digits",
                        tensor("U8", "[" + "9".repeat(2000) + "]", "[0,2]"),
                        2,
                        "not valid JSON"),
                entry("product over 2^63", tensor("U8", "[4294967296,4294967296]", "[0,2]"), 2, "more than 2^63 bytes"),
                entry(
                        "product wraps to the size",
                        tensor("F32", "[4611686018427387905]", "[0,4]"),
                        4,
                        "more than 2^63 bytes"),
                entry("65 dimensions", tensor("U8", "[1" + ",1".repeat(64) + "]", "[0,1]"), 1, "more than 64 numbers"));
    }

    static Stream<Case> offsets() {
        String u8 = tensor("U8", "[2]", "[0,2]");
        return Stream.of(
                entry("one offset", tensor("U8", "[2]", "[0]"), 2, "data_offsets must be two numbers, got 1"),
                entry("three offsets", tensor("U8", "[2]", "[0,2,4]"), 2, "data_offsets has more than 2 numbers"),
                entry("offsets reversed", tensor("U8", "[2]", "[2,0]"), 2, "begins at 2, after its end 0"),
                entry("end outside", tensor("U8", "[3]", "[0,3]"), 2, "ends at byte 3 of the data, which has 2"),
                entry("size too small", tensor("F32", "[2]", "[0,4]"), 4, "needs 8 bytes, its offsets give 4"),
                entry("size too large", tensor("U8", "[]", "[0,4]"), 4, "needs 1 bytes, its offsets give 4"),
                entry(
                        "hole at the beginning",
                        tensor("U8", "[2]", "[1,3]"),
                        3,
                        "no tensor owns the data bytes from 0 to 1"),
                entry("bytes after the last", u8, 3, "end at byte 2 of the data, but the file has 3"),
                entry("data cut off", u8, 1, "ends at byte 2 of the data, which has 1"),
                json(
                        "name twice",
                        "{\"t\":" + u8 + ",\"t\":" + tensor("U8", "[2]", "[2,4]") + "}",
                        4,
                        "two tensors named \"t\""),
                json(
                        "name twice, once escaped",
                        "{\"t\":" + u8 + ",\"\\u0074\":" + u8 + "}",
                        2,
                        "two tensors named \"t\""),
                json(
                        "overlap",
                        "{\"a\":" + u8 + ",\"b\":" + tensor("U8", "[2]", "[1,3]") + "}",
                        3,
                        "tensor \"b\" overlaps"),
                json("same bytes twice", "{\"a\":" + u8 + ",\"b\":" + u8 + "}", 2, "overlaps"),
                json(
                        "hole between",
                        "{\"b\":" + tensor("U8", "[2]", "[3,5]") + ",\"a\":" + u8 + "}",
                        5,
                        "from 2 to 3"));
    }

    @ParameterizedTest
    @MethodSource({"frames", "metadata", "entries", "shapes", "offsets"})
    void isRefusedWithASentence(Case c) throws IOException {
        Path file = folder.resolve("bad.safetensors");
        Files.write(file, c.file);
        String message = assertThrows(CheckpointException.class, () -> Safetensors.read(file))
                .getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(c.message), message);
        assertTrue(message.length() < 600, () -> "message of " + message.length() + " characters");
        assertEquals(
                message,
                assertThrows(CheckpointException.class, () -> Safetensors.readHeader(file))
                        .getMessage());
    }

    @Test
    void whatTheFormatAllowsIsTaken() throws IOException {
        Path file = folder.resolve("odd.safetensors");
        Files.write(file, RawFile.of("{}   ", new byte[0]));
        assertEquals(Map.of(), Safetensors.read(file).tensors());
        // Unaligned, entries not in the order of the data, a scalar, an empty name, no metadata.
        Files.write(
                file,
                RawFile.of(
                        "{\"\":" + tensor("I32", "[]", "[1,5]") + ",\"a\":" + tensor("U8", "[1,1]", "[0,1]") + "}",
                        new byte[] {9, 1, 1, 0, 0}));
        Map<String, HostTensor> tensors = Safetensors.read(file).tensors();
        assertEquals(257, tensors.get("").scalar());
        assertEquals(Shape.of(1, 1), tensors.get("a").shape());
    }

    @Test
    void whatIsNoFileIsRefused() {
        assertMessage("there is no such file", folder.resolve("absent.safetensors"));
        assertMessage("not a file that can be read", folder);
        assertMessage("not a file that can be read", Path.of("/dev/zero"));
    }

    private static void assertMessage(String part, Path file) {
        String message = assertThrows(CheckpointException.class, () -> Safetensors.read(file))
                .getMessage();
        assertTrue(message.contains(part), message);
    }

    @Test
    void tensorsBeyondTwoGigabytesAreRefusedOnlyWhenRead() throws IOException {
        Path file = folder.resolve("huge.safetensors");
        long bytes = 3L << 30;
        byte[] head = RawFile.of("{\"t\":" + tensor("U8", "[" + bytes + "]", "[0," + bytes + "]") + "}", new byte[0]);
        Files.write(file, head);
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.setLength(head.length + bytes); // Sparse: takes no space.
        }
        assertEquals(bytes, Safetensors.readHeader(file).dataBytes());
        assertMessage("the most for one tensor is 2147483647", file);
    }

    /** 20,000 files, each a valid one with up to four changes: either they read, or they are refused as they should be. */
    @Test
    void mutatedFilesReadOrAreRefused() throws IOException {
        Path file = folder.resolve("x.safetensors");
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("conv/weight", HostTensor.f32(Shape.of(2, 3), 1, 2, 3, 4, 5, 6));
        tensors.put("label", HostTensor.u8(Shape.SCALAR, (byte) 3));
        Safetensors.write(file, tensors, Map.of("k", "v"));
        byte[] checked = Files.readAllBytes(file);
        byte[] unchecked = RawFile.of(
                "{\"__metadata__\":{\"k\":\"v\"},\"a\":" + tensor("F16", "[2,2]", "[0,8]") + ",\"b\":"
                        + tensor("I64", "[1]", "[8,16]") + "}",
                new byte[16]);
        Random random = new Random(20_000);
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] mutated = i % 2 == 0 ? checked : unchecked;
            for (int k = 1 + random.nextInt(4); k > 0; k--) mutated = mutate(mutated, random);
            Files.write(file, mutated);
            try {
                for (HostTensor t : Safetensors.read(file).tensors().values()) {
                    assertTrue(t.type().plainBytes() <= 2L * mutated.length, "memory grows with the file alone");
                }
                read++;
            } catch (CheckpointException e) {
                assertTrue(e.getMessage().length() < 1000, e::getMessage);
            } catch (RuntimeException | Error e) {
                throw new AssertionError("mutation " + i + ": " + Arrays.toString(mutated), e);
            }
        }
        assertTrue(read > 200 && read < 15_000, read + " of 20000 were still valid");
    }

    private static final String[] FRAGMENTS = {
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "\"",
        "\\",
        "\\u0000",
        "\\ud83d",
        "null",
        "-1",
        "0",
        "99999999999999999999",
        "1e9",
        "[0,0]",
        " ",
        "\0",
        "\"F16\"",
        "\"BF16\"",
        "\"shape\"",
        "\"__metadata__\"",
        "true",
        "\u00e9",
        "\ud83d\ude00"
    };

    private static byte[] mutate(byte[] file, Random random) {
        if (file.length == 0) return new byte[] {(byte) random.nextInt()};
        byte[] copy = file.clone();
        int at = random.nextInt(file.length);
        switch (random.nextInt(7)) {
            case 0 -> copy[at] ^= (byte) (1 << random.nextInt(8));
            case 1 -> copy[at] = (byte) random.nextInt();
            case 2 -> copy = Arrays.copyOf(file, at);
            case 3 ->
                copy = splice(
                        file, at, at, FRAGMENTS[random.nextInt(FRAGMENTS.length)].getBytes(StandardCharsets.UTF_8));
            case 4 -> copy = splice(file, at, Math.min(file.length, at + 1 + random.nextInt(8)), new byte[0]);
            case 5 -> {
                int end = Math.min(file.length, at + 1 + random.nextInt(60));
                copy = splice(file, at, at, Arrays.copyOfRange(file, at, end));
            }
            default -> {
                int digit = at;
                while (digit < file.length && !(file[digit] >= '0' && file[digit] <= '9')) digit++;
                if (digit < file.length) copy[digit] = (byte) ('0' + random.nextInt(10));
            }
        }
        return fixLength(copy, random);
    }

    /** Often repairs the length of the header, so that mutations get past it. */
    private static byte[] fixLength(byte[] file, Random random) {
        if (file.length < 10 || random.nextInt(4) == 0) return file;
        int end = file.length - 1;
        while (end > 8 && file[end] != '}') end--;
        return ByteBuffer.wrap(file)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(0, end - 7)
                .array();
    }

    private static byte[] splice(byte[] file, int from, int to, byte[] with) {
        return ByteBuffer.allocate(file.length - (to - from) + with.length)
                .put(file, 0, from)
                .put(with)
                .put(file, to, file.length - to)
                .array();
    }
}
