package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static voluta.backend.onednn.Winograd.Pass.BACKWARD_DATA;
import static voluta.backend.onednn.Winograd.Pass.BACKWARD_WEIGHTS;
import static voluta.backend.onednn.Winograd.Pass.FORWARD;

import java.io.File;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.NativeTests;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.Convolution;
import voluta.plan.ExecutionPlan;
import voluta.plan.PlanOptions;
import voluta.plan.Planner;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** The compiled library belongs to its sources, loads, and is used where it pays. */
class WinogradLibraryTest {
    private static final Path SOURCES = Path.of("native-kernels/cpu");

    @Test
    void libraryWasBuiltFromTheseSources() throws Exception {
        List<Path> sources;
        try (Stream<Path> files = Files.list(SOURCES)) {
            sources = files.filter(f -> f.toString().matches(".*\\.(cpp|h|inl)"))
                    .sorted()
                    .toList();
        }
        assertTrue(sources.size() > 5, sources::toString);
        StringBuilder all = new StringBuilder();
        for (Path f : sources)
            all.append(f.getFileName())
                    .append('\n')
                    .append(sha256(Files.readAllBytes(f)))
                    .append('\n');
        String name = "/voluta/backend/onednn/linux-x86_64/libvoluta_cpu.so.sha256";
        try (InputStream in = WinogradLibraryTest.class.getResourceAsStream(name)) {
            assertEquals(
                    sha256(all.toString().getBytes(StandardCharsets.UTF_8)),
                    new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip(),
                    "the library was compiled from other sources than native-kernels/cpu has now; run"
                            + " scripts/build-cpu-kernels.sh and commit what it writes");
        }
    }

    /** Structures are handed over by address: a library laid out for another version would take them for others. */
    @Test
    void librariesOfOtherBuildsAreRefused() {
        File library = new File("libvoluta_cpu.so");
        assertNull(NativeKernels.mismatch(library, "a1", "a1"));
        assertEquals(
                "libvoluta_cpu.so is of another build than these classes; put that of the same version in its place, or delete it",
                NativeKernels.mismatch(library, "a1", "b2"));
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void passesItsTestsUnderSanitizers(@TempDir Path folder) throws Exception {
        String text = NativeTests.run("scripts/test-cpu-kernels.sh", folder);
        assertTrue(text.contains("cases passed"), text);
    }

    @Test
    void loadsWhereThereIsAvx2() throws Exception {
        Loader.load(dnnl.class);
        assumeTrue(Loader.getPlatform().equals("linux-x86_64"), "the library is for Linux on x86-64");
        assumeTrue(Files.readString(Path.of("/proc/cpuinfo")).contains(" avx2 "), "the processor has no AVX2");
        assertEquals("none", NativeKernels.problem().orElse("none"));
        assertTrue(NativeKernels.instructions().matches("avx2|avx512"), NativeKernels.instructions());
    }

    @Test
    void takesWhatItHasAndWhatPays() {
        load();
        Convolution same = Convolution.of2d(1, 1);
        Shape images = Shape.of(16, 32, 16, 16), weights = Shape.of(32, 32, 3, 3);
        try (OnednnContext c = new OnednnContext(2, false)) {
            assertTrue(pays(c, Precision.F32, same, images, weights, FORWARD));
            assertFalse(pays(c, Precision.F32, Convolution.of2d(2, 1), images, weights, FORWARD));
            assertFalse(pays(c, Precision.F32, same.dilated(2), images, weights, FORWARD));
            assertFalse(pays(c, Precision.F32, Convolution.of2d(1, 3), images, weights, FORWARD));
            assertFalse(pays(c, Precision.F32, same, images, Shape.of(32, 32, 1, 1), FORWARD));
            Shape three = Shape.of(16, 3, 16, 16);
            assertFalse(pays(c, Precision.F32, same, three, Shape.of(32, 3, 3, 3), FORWARD), "too few channels");
            Shape one = Shape.of(1, 32, 16, 16);
            assertFalse(pays(c, Precision.F32, same, one, weights, FORWARD), "too few pixels");
        }
    }

    @Test
    void takesOfBf16WhatBeatsItsDirectAlgorithm() {
        load();
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        assumeTrue(isa == dnnl.dnnl_cpu_isa_avx512_core_bf16, "the rule is for processors with avx512_bf16");
        Convolution same = Convolution.of2d(1, 1);
        Shape narrow = Shape.of(16, 16, 32, 32), wide = Shape.of(16, 32, 32, 32);
        Shape narrowWeights = Shape.of(16, 16, 3, 3), wideWeights = Shape.of(32, 32, 3, 3);
        try (OnednnContext c = new OnednnContext(2, false)) {
            for (Winograd.Pass pass : Winograd.Pass.values()) {
                assertTrue(pays(c, Precision.BF16, same, wide, wideWeights, pass), pass::name);
                assertFalse(pays(c, Precision.BF16, same, narrow, narrowWeights, pass), pass::name);
                Shape small = Shape.of(16, 512, 7, 7);
                assertFalse(pays(c, Precision.BF16, same, small, Shape.of(512, 512, 3, 3), pass), pass::name);
            }
        }
    }

    private static void load() {
        Loader.load(dnnl.class);
        assumeTrue(
                NativeKernels.problem().isEmpty(), () -> NativeKernels.problem().orElse(""));
    }

    private static boolean pays(
            OnednnContext c, Precision precision, Convolution op, Shape x, Shape w, Winograd.Pass pass) {
        Preparation p = new Preparation(null, List.of(), Optional.empty(), precision, true);
        return WinogradConvolution.possible(NativeConvolution.Layer.of(c, p, op, x, w)).stream()
                .anyMatch(k -> k.pays(pass));
    }

    @Test
    void inferenceTransformsWeightsOnce() {
        load();
        try (Backend backend = Backends.open("onednn", BackendOptions.DEFAULT).backend()) {
            GraphBuilder g = new GraphBuilder();
            Value x = g.input("x", TensorType.f32(8, 32, 16, 16));
            Value w = g.parameter("w", TensorType.f32(32, 32, 3, 3), Initializer.constant(0));
            g.output("y", g.add("conv", Convolution.of2d(1, 1), x, w).output());
            ExecutionPlan plan = Planner.plan(backend, g.build(), PlanOptions.of(Precision.F32));
            List<String> once = plan.prologue().stream()
                    .map(s -> s.kernel().implementation())
                    .toList();
            assertEquals(1, once.size(), once::toString);
            assertTrue(once.get(0).matches("winograd F\\(4x4\\) \\w+ weights"), once::toString);
            assertTrue(plan.text().contains("winograd F(4x4)"), plan::text);
        }
    }

    /** One image at a time: four large tiles where their weights stay in the cache, which with AVX2 may be more. */
    @Test
    void largeTilesOverSmallImagesWhereWeightsStayInTheCache() {
        load();
        boolean avx2 = NativeKernels.instructions().equals("avx2");
        try (OnednnContext c = new OnednnContext(1, false)) {
            assertEquals("4 2", tilesOfInference(c, 64, 8), "0.6 MB of weights");
            assertEquals(avx2 ? "4 2" : "2", tilesOfInference(c, 128, 8), "2.4 MB");
            assertEquals("", tilesOfInference(c, 64, 4), "one tile");
        }
    }

    /** The tiles that pay, in the order of preference. */
    private static String tilesOfInference(OnednnContext c, int channels, int size) {
        Preparation p = new Preparation(null, List.of(), Optional.empty(), Precision.F32, false);
        Shape x = Shape.of(1, channels, size, size), w = Shape.of(channels, channels, 3, 3);
        return WinogradConvolution.possible(NativeConvolution.Layer.of(c, p, Convolution.of2d(1, 1), x, w)).stream()
                .filter(k -> k.pays(FORWARD))
                .map(k -> k.geometry(FORWARD, 0).tile())
                .map(Object::toString)
                .collect(Collectors.joining(" "));
    }

    /** Limits are twice what a prototype with other points of evaluation had at worst on layers of usual networks. */
    @Test
    void errorsStaySmallOnTheShapesOfOnednnsBenchmarks() throws Exception {
        load();
        Map<Winograd.Pass, Double> large = Map.of(FORWARD, 6.8e-6, BACKWARD_DATA, 7e-6, BACKWARD_WEIGHTS, 1.26e-5);
        Map<Winograd.Pass, Double> small = Map.of(FORWARD, 1.4e-6, BACKWARD_DATA, 1.3e-6, BACKWARD_WEIGHTS, 3.8e-6);
        List<WinogradErrors.Layer> layers = WinogradErrors.layers();
        assertTrue(layers.size() > 300, "shapes: " + layers.size());
        for (int i = 0; i < layers.size(); i += 9) {
            WinogradErrors.Layer l = layers.get(i).within(1 << 17);
            for (int tile : new int[] {2, 4}) {
                WinogradErrors.measure(l, tile, 2).forEach((pass, error) -> {
                    double limit = (tile == 2 ? small : large).get(pass);
                    assertTrue(error <= limit, () -> l + ", F(" + tile + ") " + pass + ": " + error + " > " + limit);
                });
            }
        }
    }
}
