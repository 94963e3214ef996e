package voluta.checkpoint;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.tensor.DType;
import voluta.tensor.Half;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

class SafetensorsTest {
    @TempDir
    Path folder;

    @Test
    void writesExactlyTheBytesOfTheFormat() throws IOException {
        Path file = folder.resolve("tiny.safetensors");
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("w", HostTensor.f32(Shape.of(1, 2), 1f, -2f));
        tensors.put("b", HostTensor.u8(Shape.of(3), (byte) 1, (byte) 2, (byte) 255));
        Safetensors.write(file, tensors, Map.of("note", "a \"b\" ü"));
        // The checksums come from an independent bitwise implementation of CRC-32C over the bytes shown here.
        int w = Crc32cByHand.of(bytes(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0));
        int b = Crc32cByHand.of(bytes(1, 2, 255));
        String data = String.format("%08x %08x", w, b);
        int header = Crc32cByHand.of(fields(
                "note", "a \"b\" ü", "voluta.crc32c", data, "w", "F32", "[1,2]", "0:8", "b", "U8", "[3]", "8:11"));
        String json = "{\"__metadata__\":{\"note\":\"a \\\"b\\\" ü\",\"voluta.crc32c\":\"" + data
                + "\",\"voluta.header.crc32c\":\"" + String.format("%08x", header)
                + "\"},\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                + "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[8,11]}}";
        byte[] text = json.getBytes(StandardCharsets.UTF_8);
        int padded = (text.length + 7) / 8 * 8;
        ByteBuffer expected = ByteBuffer.allocate(8 + padded + 11).order(ByteOrder.LITTLE_ENDIAN);
        expected.putLong(padded).put(text);
        while (expected.position() < 8 + padded) expected.put((byte) ' ');
        expected.put(bytes(0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 1, 2, 255));
        assertArrayEquals(expected.array(), Files.readAllBytes(file));
        assertEquals(0x364b3fb7, Crc32cByHand.of("abc".getBytes(StandardCharsets.UTF_8)), "published check value");
    }

    private static byte[] bytes(int... values) {
        byte[] b = new byte[values.length];
        for (int i = 0; i < b.length; i++) b[i] = (byte) values[i];
        return b;
    }

    private static byte[] fields(String... texts) {
        ByteBuffer b = ByteBuffer.allocate(1000);
        for (String t : texts) {
            byte[] utf8 = t.getBytes(StandardCharsets.UTF_8);
            b.putInt(utf8.length).put(utf8);
        }
        return Arrays.copyOf(b.array(), b.position());
    }

    @Property(seed = "1", tries = 300, edgeCases = EdgeCasesMode.NONE)
    void whatIsWrittenIsRead(@ForAll("files") FileContent content, @ForAll Safetensors.Order order) throws IOException {
        Path dir = Files.createTempDirectory("safetensors");
        Path file = dir.resolve("x.safetensors");
        try {
            Safetensors.write(file, content.tensors, content.metadata, order);
            Safetensors.Contents read = Safetensors.read(file);
            Map<String, String> metadata = new LinkedHashMap<>(read.metadata());
            metadata.remove(Checksums.DATA);
            metadata.remove(Checksums.HEADER);
            assertEquals(content.metadata, metadata);
            assertEquals(content.tensors.keySet(), read.tensors().keySet());
            content.tensors.forEach((name, t) -> assertRead(t, read.tensors().get(name)));
            if (order == Safetensors.Order.GIVEN) {
                assertEquals(
                        List.copyOf(content.tensors.keySet()),
                        List.copyOf(read.tensors().keySet()));
            }
            SafetensorsHeader header = Safetensors.readHeader(file);
            assertEquals(0, header.dataStart() % 8);
            assertEquals(Files.size(file), header.dataStart() + header.dataBytes());
            for (SafetensorsHeader.Entry e : header.entries()) {
                if (order == Safetensors.Order.SORTED)
                    assertEquals(
                            0, e.begin() % StoredType.parse(e.storedDtype()).bytes());
            }
        } finally {
            Files.deleteIfExists(file);
            Files.delete(dir);
        }
    }

    record FileContent(Map<String, HostTensor> tensors, Map<String, String> metadata) {}

    @Provide
    Arbitrary<FileContent> files() {
        Arbitrary<String> texts = Arbitraries.strings().ofMaxLength(12).filter(HeaderParser::isWellFormed);
        Arbitrary<HostTensor> tensors = Arbitraries.of(DType.values())
                .flatMap(dtype -> Arbitraries.longs()
                        .between(1, 7)
                        .list()
                        .ofMaxSize(4)
                        .flatMap(dims -> Arbitraries.longs()
                                .map(seed -> random(
                                        dtype,
                                        Shape.of(dims.stream().mapToLong(d -> d).toArray()),
                                        seed))));
        return Arbitraries.maps(texts.filter(n -> !n.equals(Safetensors.METADATA)), tensors)
                .ofMaxSize(6)
                .flatMap(t -> Arbitraries.maps(texts.filter(k -> !k.startsWith("voluta.")), texts)
                        .ofMaxSize(4)
                        .map(m -> new FileContent(t, m)));
    }

    static HostTensor random(DType dtype, Shape shape, long seed) {
        HostTensor t = HostTensor.zeros(new TensorType(dtype, shape));
        ByteBuffer b = t.bytes();
        byte[] noise = new byte[b.remaining()];
        new Random(seed).nextBytes(noise);
        b.put(noise);
        return t;
    }

    /** Halves are read as floats, which hold them all. */
    private static void assertRead(HostTensor written, HostTensor read) {
        if (written.type().dtype() != DType.F16) {
            assertSame(written, read);
            return;
        }
        assertEquals(new TensorType(DType.F32, written.type().shape()), read.type());
        for (int i = 0; i < written.type().shape().elements(); i++)
            assertEquals(written.get(i), read.get(i), "at " + i);
    }

    static void assertSame(HostTensor expected, HostTensor actual) {
        assertEquals(expected.type(), actual.type());
        assertEquals(expected.bytes(), actual.bytes(), () -> expected + " has other bytes");
    }

    @Test
    void tensorsLargerThanOneChunkAndTwiceTheSameBytes() throws IOException {
        Map<String, HostTensor> tensors = Map.of("big", random(DType.F64, Shape.of(300_001), 7));
        Path a = folder.resolve("a.safetensors");
        Path b = folder.resolve("b.safetensors");
        Safetensors.write(a, tensors, Map.of());
        Safetensors.write(b, Safetensors.read(a).tensors(), Safetensors.read(a).metadata());
        assertEquals(-1, Files.mismatch(a, b));
        assertSame(tensors.get("big"), Safetensors.read(b).tensors().get("big"));
    }

    @Test
    void readsOneTensorAndNamesTheOthersWhenAskedForOneThatIsMissing() {
        Path file = folder.resolve("x.safetensors");
        Safetensors.write(file, Map.of("conv/weight", HostTensor.i32(Shape.of(2), 5, -6)), Map.of());
        try (SafetensorsReader reader = Safetensors.open(file)) {
            assertEquals(-6, reader.read("conv/weight").get(1));
            CheckpointException e = assertThrows(CheckpointException.class, () -> reader.read("conv/wieght"));
            assertEquals(file + ": holds no tensor \"conv/wieght\"; it holds \"conv/weight\"", e.getMessage());
            assertEquals(file.toString(), e.source().orElseThrow());
        }
    }

    @Test
    void halfPrecisionBecomesSinglePrecision() throws IOException {
        int[] half = {0x0000, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x0400, 0x0001, 0x83ff, 0x7c00, 0xfc00, 0x3555};
        float[] expected = {
            0f,
            -0f,
            1f,
            -2f,
            65504f,
            0x1p-14f,
            0x1p-24f,
            -1023 * 0x1p-24f,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            0.333251953125f
        };
        ByteBuffer data = ByteBuffer.allocate(2 * half.length).order(ByteOrder.LITTLE_ENDIAN);
        for (int h : half) data.putShort((short) h);
        Path file = raw("{\"h\":{\"dtype\":\"F16\",\"shape\":[11],\"data_offsets\":[0,22]}}", data.array());
        HostTensor t = Safetensors.read(file).tensors().get("h");
        assertEquals(TensorType.f32(11), t.type());
        for (int i = 0; i < half.length; i++) {
            assertEquals(
                    Float.floatToRawIntBits(expected[i]), Float.floatToRawIntBits((float) t.get(i)), "element " + i);
        }
        assertTrue(Float.isNaN(Half.toFloat((short) 0x7e01)));
        assertEquals("F16", Safetensors.readHeader(file).find("h").orElseThrow().storedDtype());
    }

    @Test
    void bytesAreTurnedAroundOnABigEndianHost() {
        ByteBuffer chunk = ByteBuffer.wrap(bytes(1, 2, 3, 4, 5, 6, 7, 8));
        assertEquals(
                ByteBuffer.wrap(bytes(4, 3, 2, 1, 8, 7, 6, 5)), Elements.littleEndian(chunk, 4, ByteOrder.BIG_ENDIAN));
        assertEquals(
                ByteBuffer.wrap(bytes(2, 1, 4, 3, 6, 5, 8, 7)), Elements.littleEndian(chunk, 2, ByteOrder.BIG_ENDIAN));
        assertEquals(chunk, Elements.littleEndian(chunk, 8, ByteOrder.LITTLE_ENDIAN));
    }

    @Test
    void noFlippedBitChangesWhatIsRead() throws IOException {
        Path file = folder.resolve("x.safetensors");
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("w", HostTensor.f32(Shape.of(2), 1f, 2f));
        tensors.put("v", HostTensor.f32(Shape.of(2), 3f, 4f));
        Safetensors.write(file, tensors, Map.of("mean", "0.5"));
        byte[] good = Files.readAllBytes(file);
        int refused = 0;
        for (int i = 0; i < good.length * 8; i++) {
            byte[] bad = good.clone();
            bad[i / 8] ^= (byte) (1 << i % 8);
            Files.write(file, bad);
            Safetensors.Contents read;
            try {
                read = Safetensors.read(file);
            } catch (CheckpointException e) {
                refused++;
                continue;
            }
            assertEquals("0.5", read.metadata().get("mean"), "bit " + i);
            assertEquals(tensors.keySet(), read.tensors().keySet(), "bit " + i);
            tensors.forEach((name, t) -> assertSame(t, read.tensors().get(name)));
        }
        // Only a flip in the name of the header's checksum may pass: then nothing else has flipped.
        int nameBits = Checksums.HEADER.length() * 8;
        assertTrue(refused >= good.length * 8 - nameBits, refused + " of " + good.length * 8 + " were refused");
    }

    @Test
    void damageNamesTheTensor() throws IOException {
        Path file = folder.resolve("x.safetensors");
        Safetensors.write(file, Map.of("layer/w", HostTensor.f32(Shape.of(2), 1f, 2f)), Map.of());
        try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
            f.seek(f.length() - 1);
            f.write(0x41);
        }
        String message = assertThrows(CheckpointException.class, () -> Safetensors.read(file))
                .getMessage();
        assertTrue(
                message.contains("tensor \"layer/w\" has checksum ") && message.contains("use an earlier checkpoint"),
                message);
        assertEquals(1, Safetensors.readHeader(file).entries().size(), "the header is still readable");
    }

    @Test
    void aTensorThatChangesDuringTheSaveIsRefused() throws IOException {
        Path file = folder.resolve("x.safetensors");
        HostTensor w = HostTensor.f32(Shape.of(2), 1f, 2f);
        FaultyDisk disk = new FaultyDisk(Integer.MAX_VALUE, FaultyDisk.Fault.FAIL);
        disk.beforeWrite = () -> w.set(0, 9);
        CheckpointException e = assertThrows(
                CheckpointException.class,
                () -> Safetensors.write(disk, file, Map.of("w", w), Map.of(), Safetensors.Order.GIVEN));
        assertTrue(e.getMessage().contains("was changed while it was being saved"), e.getMessage());
        assertEquals(List.of(), FaultyDisk.names(folder));
    }

    @Test
    void namesThatCannotBeStoredAreRefused() {
        Path file = folder.resolve("x.safetensors");
        HostTensor t = HostTensor.f32(Shape.SCALAR, 1f);
        for (String name : List.of(Safetensors.METADATA, "half \ud800")) {
            assertThrows(CheckpointException.class, () -> Safetensors.write(file, Map.of(name, t), Map.of()));
        }
        assertThrows(CheckpointException.class, () -> Safetensors.write(file, Map.of(), Map.of("k", "\udc00")));
        assertFalse(Files.exists(file));
    }

    @Test
    void thePythonPackageReadsOursAndWeReadItsFiles() throws Exception {
        String python = System.getProperty("voluta.test.python", "python3");
        assumeTrue(succeeds(python, "-c", "import safetensors, numpy"), "Python has no safetensors package with NumPy");
        Path ours = folder.resolve("ours.safetensors");
        Path theirs = folder.resolve("theirs.safetensors");
        Map<String, HostTensor> tensors = new LinkedHashMap<>();
        tensors.put("u8", HostTensor.u8(Shape.of(3), (byte) 1, (byte) 2, (byte) 200));
        tensors.put("f32 ü", HostTensor.f32(Shape.of(2, 2), 1f, -2f, 3.5f, Float.MIN_VALUE));
        tensors.put("f64", HostTensor.f64(Shape.SCALAR, Math.PI));
        tensors.put("i32", HostTensor.i32(Shape.of(1, 1, 2), Integer.MIN_VALUE, 7));
        HostTensor i64 = HostTensor.zeros(new TensorType(DType.I64, Shape.of(2)));
        i64.bytes().putLong(Long.MAX_VALUE).putLong(-1);
        tensors.put("i64", i64);
        Safetensors.write(ours, tensors, Map.of("note", "\u0001 x"), Safetensors.Order.SORTED);
        String script = """
                import sys, numpy as np
                from safetensors import safe_open
                from safetensors.numpy import save_file
                t = {}
                with safe_open(sys.argv[1], 'np') as f:
                    m = f.metadata()
                    for k in f.keys(): t[k] = f.get_tensor(k)
                assert m['note'] == '\\x01 x', m
                assert t['u8'].tolist() == [1, 2, 200] and t['u8'].dtype == np.uint8
                assert t['f32 ü'].shape == (2, 2) and t['f32 ü'][1, 0] == 3.5
                assert t['f64'].shape == () and float(t['f64']) == np.pi
                assert t['i32'].tolist() == [[[-2**31, 7]]]
                assert t['i64'].tolist() == [2**63 - 1, -1]
                t['f16'] = np.array([0.5, -1.0], np.float16)
                save_file(t, sys.argv[2], {'by': 'python'})
                """;
        assertTrue(succeeds(python, "-c", script, ours.toString(), theirs.toString()));
        Safetensors.Contents read = Safetensors.read(theirs);
        assertEquals(Map.of("by", "python"), read.metadata());
        tensors.forEach((name, t) -> assertSame(t, read.tensors().get(name)));
        assertEquals(-1, read.tensors().get("f16").get(1));
    }

    private static boolean succeeds(String... command) throws InterruptedException {
        try {
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
            builder.environment().put("PYTHONUTF8", "1");
            Process p = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
            return p.waitFor(60, TimeUnit.SECONDS) && p.exitValue() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private Path raw(String json, byte[] data) throws IOException {
        Path file = folder.resolve("raw.safetensors");
        Files.write(file, RawFile.of(json, data));
        return file;
    }
}
