package voluta.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

class CheckpointTest {
    @TempDir
    Path folder;

    static Checkpoint sample() {
        ModelDescription model = new ModelDescription(
                "layers:\n  - conv: {filters: 3}\n",
                List.of("cat", "\"dog\", größer"),
                Shape.of(3, 32, 32),
                List.of(0.4914, 1e-7, -0.0),
                List.of(0.2470, 1.0, 3e10),
                "0.875 bicubic");
        Map<String, Double> metrics = new LinkedHashMap<>();
        metrics.put("val/accuracy", 0.1 + 0.2);
        metrics.put("val/loss", Double.NaN);
        metrics.put("train/loss", Double.NEGATIVE_INFINITY);
        RunState run =
                new RunState(3, 128, 12_345_678_901L, Long.MIN_VALUE, metrics, "lr: 0.1\n", Map.of("best", "0.93"));
        HostTensor w = SafetensorsTest.random(DType.F32, Shape.of(3, 3), 1);
        HostTensor m = SafetensorsTest.random(DType.F32, Shape.of(3, 3), 2);
        return new Checkpoint(
                model,
                run,
                Map.of("conv/weight", w, "bias", HostTensor.f32(Shape.SCALAR, 1f)),
                Map.of(
                        "optimizer",
                        Map.of("momentum/conv/weight", m),
                        "ema",
                        Map.of("conv/weight", m),
                        "empty",
                        Map.of()));
    }

    @Test
    void comesBackAsItWas() {
        Path file = folder.resolve("last.safetensors");
        Checkpoint saved = sample();
        saved.save(file);
        Checkpoint loaded = Checkpoint.load(file);
        assertEquals(saved.model(), loaded.model());
        assertEquals(saved.run(), loaded.run());
        assertEquals(
                List.copyOf(saved.run().metrics().keySet()),
                List.copyOf(loaded.run().metrics().keySet()));
        assertSame(saved.weights(), loaded.weights());
        assertEquals(Set.of("optimizer", "ema"), loaded.state().keySet());
        saved.state().forEach((group, tensors) -> assertSame(tensors, loaded.state(group)));
        assertEquals(Map.of(), loaded.state("empty"));
        assertEquals(new Checkpoint.Description(saved.model(), saved.run()), Checkpoint.describe(file));
        assertSame(saved.weights(), Checkpoint.loadWeights(file));
    }

    private static void assertSame(Map<String, HostTensor> expected, Map<String, HostTensor> actual) {
        assertEquals(expected.keySet(), actual.keySet());
        expected.forEach((name, t) -> SafetensorsTest.assertSame(t, actual.get(name)));
    }

    @Test
    void weightsOfAnotherOriginAreReadButAreNoCheckpoint() {
        Path file = folder.resolve("foreign.safetensors");
        Safetensors.write(file, Map.of("optimizer/x", HostTensor.f32(Shape.SCALAR, 1f)), Map.of());
        assertEquals(Set.of("optimizer/x"), Checkpoint.loadWeights(file).keySet());
        String message = assertThrows(CheckpointException.class, () -> Checkpoint.load(file))
                .getMessage();
        assertTrue(message.contains("no metadata entry voluta.format, so it is no Voluta checkpoint"), message);
        assertTrue(message.contains("--initial-checkpoint"), message);
    }

    @Test
    void aWeightCannotTakeTheNameOfAGroup() {
        Checkpoint c = sample();
        Checkpoint clash =
                new Checkpoint(c.model(), c.run(), Map.of("ema/x", HostTensor.f32(Shape.SCALAR, 1f)), c.state());
        String message = assertThrows(CheckpointException.class, () -> clash.save(folder.resolve("x")))
                .getMessage();
        assertTrue(message.contains("the weight \"ema/x\" has the name of a tensor of group ema"), message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "voluta.format       | 3               | has checkpoint format 3, this Voluta reads up to 2; update Voluta",
                "voluta.format       | one             | is \"one\", not a whole number",
                "voluta.format       | 0               | which is no version",
                "voluta.epoch        | -1              | must not be negative",
                "voluta.step         | 1.5             | not a whole number",
                "voluta.class_names  | {}              | of another kind",
                "voluta.class_names  | [1]             | of another kind",
                "voluta.class_names  | [\"a\"          | not valid JSON",
                "voluta.class_names  | [] []           | of another kind",
                "voluta.class_names  | ``              | of another kind",
                "voluta.input_shape  | [3,0]           | of another kind",
                "voluta.input_shape  | [99999999999]   | of another kind",
                "voluta.input_shape  | [2000000000,2000000000,2000000000] | of another kind",
                "voluta.mean         | [0.5]           | has 3 numbers, but voluta.mean has 1",
                "voluta.std          | [1,0,1]         | holds a zero",
                "voluta.std          | [1,1e999,1]     | of another kind",
                "voluta.std          | [1,\"NaN\",1]   | of another kind",
                "voluta.metrics      | []              | of another kind",
                "voluta.metrics      | {\"a\":\"b\"}   | of another kind",
                "voluta.metrics      | {\"a\":[        | of another kind",
                "voluta.groups       | [\"\"]          | names a group \"\"",
                "voluta.groups       | [\"a/b\"]       | names a group \"a/b\"",
            })
    void badMetadataIsRefusedWithItsName(String key, String value, String part) {
        Path file = folder.resolve("bad.safetensors");
        sample().save(file);
        Safetensors.Contents contents = Safetensors.read(file);
        Map<String, String> metadata = new LinkedHashMap<>(contents.metadata());
        metadata.put(key, value);
        Safetensors.write(file, contents.tensors(), metadata);
        String message = assertThrows(CheckpointException.class, () -> Checkpoint.load(file))
                .getMessage();
        assertTrue(message.startsWith(file + ": ") && message.contains(part), message);
        assertEquals(
                message,
                assertThrows(CheckpointException.class, () -> Checkpoint.describe(file))
                        .getMessage());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "network",
                "class_names",
                "input_shape",
                "mean",
                "std",
                "epoch",
                "samples_into_epoch",
                "step",
                "seed",
                "metrics",
                "arguments",
                "groups"
            })
    void missingMetadataIsNamed(String key) {
        Path file = folder.resolve("bad.safetensors");
        sample().save(file);
        Safetensors.Contents contents = Safetensors.read(file);
        Map<String, String> metadata = new LinkedHashMap<>(contents.metadata());
        assertTrue(metadata.remove("voluta." + key) != null);
        Safetensors.write(file, contents.tensors(), metadata);
        String message = assertThrows(CheckpointException.class, () -> Checkpoint.load(file))
                .getMessage();
        assertTrue(
                message.contains("its metadata entry voluta." + key + " is missing; use an earlier checkpoint"),
                message);
    }

    /** Any text under any key is understood or refused as it should be. */
    @Test
    void mutatedMetadataIsUnderstoodOrRefused() {
        Checkpoint c = sample();
        Map<String, String> good =
                CheckpointMetadata.write(c.model(), c.run(), c.state().keySet());
        List<String> keys = List.copyOf(good.keySet());
        String[] fragments = {
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "\"",
            "\\",
            "null",
            "true",
            "-",
            "0",
            "1e999",
            "NaN",
            "99999999999999999999",
            "/",
            " "
        };
        Random random = new Random(7);
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            Map<String, String> mutated = new LinkedHashMap<>(good);
            String key = keys.get(random.nextInt(keys.size()));
            StringBuilder value = new StringBuilder(good.get(key));
            for (int k = 1 + random.nextInt(3); k > 0; k--) {
                int from = random.nextInt(value.length() + 1);
                int to = Math.min(value.length(), from + random.nextInt(4));
                value.replace(from, to, random.nextInt(3) == 0 ? "" : fragments[random.nextInt(fragments.length)]);
            }
            mutated.put(key, value.toString());
            try {
                CheckpointMetadata.read(folder, mutated);
            } catch (CheckpointException e) {
                refused++;
            } catch (RuntimeException e) {
                throw new AssertionError(key + " = " + value, e);
            }
        }
        assertTrue(refused > 5_000 && refused < 19_000, refused + " of 20000 were refused");
    }
}
