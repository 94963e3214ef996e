package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Precision;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.op.Convolution;
import voluta.plan.PlanOptions;
import voluta.plan.Planner;
import voluta.tensor.TensorType;

/** What follows from an instruction set, and that one variable of the environment limits oneDNN and our own kernels alike. */
class InstructionSetTest {
    @ParameterizedTest
    @CsvSource({
        "sse41, false, false, false, false, false",
        "avx, false, false, false, false, false",
        "avx2, true, false, false, false, false",
        "avx2_vnni, true, false, false, false, false",
        "avx2_vnni_2, true, false, false, false, false",
        "avx512_core, true, true, true, false, false",
        "avx512_core_vnni, true, true, true, false, false",
        "avx512_core_bf16, true, true, true, true, false",
        "avx512_core_fp16, true, true, true, true, false",
        "avx512_core_amx, true, true, true, true, true",
        "avx512_core_amx_fp16, true, true, true, true, true",
        "avx10_2_512, true, true, true, true, false",
        "avx10_2_512_amx_2, true, true, true, true, true"
    })
    void sayWhatTheyHave(
            String name, boolean avx2, boolean avx512, boolean storesBf16, boolean multipliesBf16, boolean tiles) {
        InstructionSet set = InstructionSet.named(name);
        assertEquals(name, set.toString());
        assertEquals(avx2, set.avx2(), "AVX2");
        assertEquals(avx512, set.avx512(), "AVX-512");
        assertEquals(storesBf16, set.storesBf16(), "stores bf16");
        assertEquals(multipliesBf16, set.multipliesBf16(), "multiplies bf16");
        assertEquals(tiles, set.multipliesTiles(), "multiplies tiles");
    }

    @Test
    void otherProcessorsAreLeftToOnednn() {
        InstructionSet arm = new InstructionSet(0);
        assertTrue(arm.storesBf16());
        assertFalse(arm.avx2());
        assertEquals("instruction set 0", arm.toString());
        assertThrows(IllegalArgumentException.class, () -> InstructionSet.named("mmx"));
    }

    @Test
    void avx2AloneIsNoMore() throws Exception {
        String said = limited("AVX2");
        assertTrue(said.contains("oneDNN 3") && said.contains(", avx2,"), said);
        assertTrue(said.contains("maximum pooling): avx2\n"), said);
        assertTrue(said.contains("bf16: activations stay f32, since oneDNN does not train in it with avx2\n"), said);
        assertTrue(said.contains("plan winograd F(4x4) avx2, f32 acdb\n"), said);
        assertTrue(said.contains("activations stay f32, as with --precision f32\n"), "the warning: " + said);
        assertEquals(1, said.split("as with --precision f32", -1).length - 1, "the warning, once: " + said);
        assertTrue(said.contains("multiplies pairs: false\n"), said);
        assertFalse(said.contains("avx512"), said);
    }

    @Test
    void withLessThanAvx2OnednnServesAlone() throws Exception {
        String said = limited("SSE41");
        assertTrue(
                said.contains(
                        "no kernels of Voluta's own, those of oneDNN serve: they need AVX2, and oneDNN uses sse41 here\n"),
                said);
        assertTrue(said.contains("plan jit:sse41, f32"), said);
        assertFalse(said.contains("avx"), said);
    }

    /** What {@link Limited} prints where oneDNN may use no more than this. */
    private static String limited(String most) throws Exception {
        assumeTrue(InstructionSet.effective().avx2(), "this processor has not even AVX2");
        ProcessBuilder b = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Limited.class.getName())
                .redirectErrorStream(true);
        b.environment().put("ONEDNN_MAX_CPU_ISA", most);
        Process p = b.start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(p.waitFor(60, TimeUnit.SECONDS), () -> "does not end: " + out);
        assertEquals(0, p.exitValue(), out);
        return out;
    }

    /** Prints what the backend says of itself, and the plan of two convolutions in bf16. */
    static final class Limited {
        private Limited() {}

        public static void main(String[] arguments) {
            OnednnProvider provider = new OnednnProvider();
            System.out.println(provider.probe());
            provider.findings().forEach(System.out::println);
            System.out.println("multiplies pairs: " + WeightDots.serve());
            try (Backend backend = provider.open(BackendOptions.DEFAULT)) {
                GraphBuilder g = new GraphBuilder();
                Node first = convolution(g, "first", g.input("x", TensorType.f32(8, 32, 16, 16)));
                g.output("y", convolution(g, "second", first.output()).output());
                Planner.plan(backend, g.build(), PlanOptions.of(Precision.BF16)).steps().stream()
                        .filter(s -> s.node() != null && s.node().op() instanceof Convolution)
                        .map(s -> "plan " + s.kernel().implementation() + ", "
                                + s.kernel().outputLayout(0).describe())
                        .forEach(System.out::println);
            }
        }

        private static Node convolution(GraphBuilder g, String name, voluta.graph.Value x) {
            return g.add(
                    name,
                    Convolution.of2d(1, 1),
                    x,
                    g.parameter(name + ".w", TensorType.f32(32, 32, 3, 3), Initializer.constant(0)));
        }
    }
}
