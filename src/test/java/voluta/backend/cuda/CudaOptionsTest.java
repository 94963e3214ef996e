package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnMathType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.AlgorithmCache;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.backend.cuda.memory.MemorySettings;
import voluta.backend.cuda.simulator.SimulatedDevice;
import voluta.conformance.CaseResult;
import voluta.conformance.CaseTable;
import voluta.conformance.Conformance;
import voluta.conformance.OpCase;
import voluta.conformance.OpCases;
import voluta.op.Convolution;
import voluta.tensor.DType;
import voluta.tensor.Shape;

/** What {@code --deterministic}, {@code --tf32} and {@code --autotune} change in the calls of the libraries: that, and no more. */
class CudaOptionsTest {
    private static final List<ConvolutionPass> PASSES =
            List.of(ConvolutionPass.FORWARD, ConvolutionPass.DATA, ConvolutionPass.WEIGHTS);

    @BeforeAll
    static void simulated() {
        SimulatedDevice.assume();
    }

    private static BackendOptions options(boolean deterministic, boolean tf32, boolean autotune) {
        return new BackendOptions(0, 0, deterministic, 0, tf32, autotune);
    }

    @TempDir
    private Path cache;

    private CudaBackend open(BackendOptions options) {
        return open(options, ConvolutionAlgorithms.Source.CLASSIC);
    }

    private CudaBackend open(BackendOptions options, ConvolutionAlgorithms.Source convolutions) {
        return new CudaBackend(
                options,
                "simulated",
                MemorySettings.DEFAULT,
                Optional.empty(),
                convolutions,
                new AlgorithmCache(cache));
    }

    /** Convolutions for which the libraries rank their algorithms differently. */
    private static List<ConvolutionShape> shapes() {
        List<ConvolutionShape> all = new ArrayList<>();
        all.add(ConvolutionShape.of(Convolution.of2d(1, 1), Shape.of(2, 8, 8, 8), Shape.of(8, 8, 3, 3)));
        all.add(ConvolutionShape.of(Convolution.of2d(2, 2), Shape.of(2, 3, 9, 7), Shape.of(4, 3, 5, 5)));
        all.add(ConvolutionShape.of(Convolution.of2d(1, 0), Shape.of(3, 16, 4, 4), Shape.of(8, 16, 1, 1)));
        return all;
    }

    /** The math type that cuDNN holds for a convolution once its algorithms were asked for. */
    private static int math(CudaContext c, ConvolutionShape s, DType storage) {
        ConvolutionDescriptors d =
                new ConvolutionDescriptors(c, s, CudaLayout.Order.ROW_MAJOR, storage, ConvolutionEnding.NONE);
        try (d) {
            for (ConvolutionPass pass : PASSES) assertFalse(d.proposed(pass).isEmpty());
            int[] math = new int[1];
            assertEquals(0, JCudnn.cudnnGetConvolutionMathType(d.convolution, math));
            return math[0];
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void tensorCoresTouchF32OnlyWhereTf32WasAskedFor(boolean tf32) {
        try (CudaBackend b = open(options(false, tf32, false))) {
            int[] math = new int[1];
            assertEquals(0, JCublas2.cublasGetMathMode(b.context().cublas, math));
            assertEquals(tf32 ? 3 : 0, math[0], "CUBLAS_TF32_TENSOR_OP_MATH or CUBLAS_DEFAULT_MATH");
            int expected = tf32 ? cudnnMathType.CUDNN_DEFAULT_MATH : cudnnMathType.CUDNN_FMA_MATH;
            for (ConvolutionShape s : shapes()) {
                assertEquals(expected, math(b.context(), s, DType.F32));
                assertEquals(cudnnMathType.CUDNN_TENSOR_OP_MATH, math(b.context(), s, DType.BF16));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void deterministicTakesOnlyAlgorithmsOfAFixedOrder(boolean autotune) {
        try (CudaBackend b = open(options(true, false, autotune))) {
            for (ConvolutionShape s : shapes()) {
                // of the gradients, algorithms 0 and 3 add in another order each time, by NVIDIA's documentation
                for (String name : names(b, s).subList(1, PASSES.size()))
                    assertFalse(name.contains("algo_0") || name.contains("algo_3"), name);
            }
        }
    }

    /** The names of what is chosen for a convolution's passes. */
    private static List<String> names(CudaBackend b, ConvolutionShape s) {
        List<String> all = new ArrayList<>();
        for (ConvolutionPass pass : PASSES) {
            ConvolutionKernel k = ConvolutionKernel.of(b.context(), pass, s, Precision.F32);
            all.add(k.name());
            k.close();
        }
        return all;
    }

    @Test
    void whatWasMeasuredIsKeptPerSettingAndADamagedFileCostsNothingButTime() throws IOException {
        ConvolutionShape s = shapes().get(0);
        Path file = cache.resolve("convolution-algorithms.txt");
        List<String> first, again, repaired;
        try (CudaBackend b = open(options(false, false, true))) {
            first = names(b, s);
        }
        List<String> lines = Files.readAllLines(file);
        assertEquals(1 + PASSES.size(), lines.size(), lines.toString());
        for (String line : lines.subList(1, lines.size())) {
            for (String part : List.of("simulated device; driver 1", "; cudnn 9", "F32 ROW_MAJOR x 2x8x8x8 w 8x8x3x3"))
                assertTrue(line.contains(part), line);
        }
        try (CudaBackend b = open(options(false, false, true))) {
            again = names(b, s);
        }
        assertEquals(first, again);
        assertEquals(
                lines, Files.readAllLines(file), "nothing was measured again: the times are those of the first run");
        try (CudaBackend b = open(options(true, false, true))) {
            names(b, s);
        }
        assertEquals(1 + 2 * PASSES.size(), Files.readAllLines(file).size(), "other options are another problem");
        Files.writeString(file, Files.readString(file).replace("DATA", "DATE"));
        try (CudaBackend b = open(options(false, false, true))) {
            repaired = names(b, s);
        }
        assertEquals(PASSES.size(), repaired.size());
        assertEquals(1 + PASSES.size(), Files.readAllLines(file).size(), "replaced by what was measured anew");
    }

    @ParameterizedTest
    @CsvSource({
        "true,false,false,CLASSIC",
        "false,true,false,CLASSIC",
        "false,false,true,CLASSIC",
        "false,false,true,ALL",
        "true,true,true,ALL"
    })
    void casesOfConvolutionAndProductsPass(
            boolean deterministic, boolean tf32, boolean autotune, ConvolutionAlgorithms.Source convolutions) {
        passes(options(deterministic, tf32, autotune), convolutions, Precision.F32, "Linear");
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void casesOfConvolutionPassByPlansOfTheGraphInterface(Precision precision) {
        passes(options(false, false, false), ConvolutionAlgorithms.Source.GRAPH, precision, "TransposedConvolution");
    }

    @Test
    void plansAreTakenWhereTheyAreAskedForOrFaster() {
        for (ConvolutionAlgorithms.Source source : ConvolutionAlgorithms.Source.values()) {
            try (CudaBackend b = open(options(false, false, false), source)) {
                for (ConvolutionShape s : shapes()) {
                    for (String name : names(b, s)) {
                        boolean compiles = source == ConvolutionAlgorithms.Source.COMPILED;
                        boolean plans = compiles || source == ConvolutionAlgorithms.Source.GRAPH;
                        assertEquals(plans, name.contains("plan "), name);
                        assertEquals(compiles, name.contains("(compiled)"), name);
                    }
                }
            }
        }
    }

    @Test
    void plansOnTensorCoresTouchF32OnlyWhereTf32WasAskedFor() {
        try (CudaBackend b = open(options(false, false, false))) {
            for (ConvolutionShape s : shapes()) {
                for (ConvolutionPass pass : PASSES) {
                    List<ConvolutionAlgorithm> exact = plans(b.context(), pass, s, false);
                    List<ConvolutionAlgorithm> rounding = plans(b.context(), pass, s, true);
                    assertTrue(exact.stream().anyMatch(ConvolutionAlgorithm::deterministic), pass + " " + s.text());
                    assertTrue(rounding.size() > exact.size(), rounding + " and without TF32 " + exact);
                }
            }
        }
    }

    private static List<ConvolutionAlgorithm> plans(
            CudaContext c, ConvolutionPass pass, ConvolutionShape s, boolean tf32) {
        CudaLayout.Order order = CudaLayout.Order.CHANNELS_LAST;
        try (ConvolutionGraph g =
                new ConvolutionGraph(c.plans, tf32, pass, s, order, DType.F32, ConvolutionEnding.NONE)) {
            return g.algorithms();
        }
    }

    /** Checks the cases of convolutions and of one other op. */
    private void passes(
            BackendOptions options, ConvolutionAlgorithms.Source convolutions, Precision precision, String other) {
        try (CudaBackend b = open(options, convolutions);
                Backend oracle =
                        Backends.open("reference", BackendOptions.DEFAULT).backend()) {
            Conformance conformance = new Conformance(b, oracle, options);
            for (OpCases op : CaseTable.all()) {
                if (!Set.of("Convolution", other, "FusedConvolution").contains(op.op())) continue;
                for (OpCase c : op.valid()) {
                    CaseResult r = conformance.run(op.op(), c, precision);
                    assertTrue(r.passed(), () -> r.op() + ", " + r.name() + ": " + r.failure());
                }
            }
        }
    }
}
