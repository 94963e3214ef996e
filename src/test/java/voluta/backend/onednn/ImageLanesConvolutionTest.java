package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static voluta.backend.onednn.Winograd.Pass.BACKWARD_DATA;
import static voluta.backend.onednn.Winograd.Pass.BACKWARD_WEIGHTS;
import static voluta.backend.onednn.Winograd.Pass.FORWARD;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.backend.AlgorithmCache;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Layouts;
import voluta.backend.MemoryAccount;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.op.Convolution;
import voluta.plan.ExecutionPlan;
import voluta.plan.PlanOptions;
import voluta.plan.Planner;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Which passes of which convolutions are computed with one image in each lane, and how the plan says so. */
class ImageLanesConvolutionTest {
    private static final Convolution CONV1 = Convolution.of2d(1, 2), CONV2 = Convolution.of2d(1, 0);

    @BeforeEach
    void load() {
        Loader.load(dnnl.class);
        assumeTrue(
                NativeKernels.problem().isEmpty(), () -> NativeKernels.problem().orElse(""));
    }

    /** The passes that the rule gives to it. */
    private static Set<Winograd.Pass> taken(Precision precision, Convolution op, Shape x, Shape w) {
        Preparation p = new Preparation(null, List.of(), Optional.empty(), precision, true);
        try (OnednnContext c = new OnednnContext(2, false)) {
            return ImageLanesConvolution.possible(NativeConvolution.Layer.of(c, p, op, x, w)).stream()
                    .flatMap(k ->
                            Stream.of(Winograd.Pass.values()).filter(k::has).filter(k::pays))
                    .collect(Collectors.toCollection(() -> EnumSet.noneOf(Winograd.Pass.class)));
        }
    }

    @Test
    void takesThePassesOfLenet5ThatLeaveVectorsEmpty() {
        Shape images = Shape.of(128, 1, 28, 28), weights = Shape.of(6, 1, 5, 5);
        assertEquals(EnumSet.allOf(Winograd.Pass.class), taken(Precision.F32, CONV1, images, weights));
        Shape second = Shape.of(128, 6, 14, 14), secondWeights = Shape.of(16, 6, 5, 5);
        boolean avx512 = NativeKernels.instructions().equals("avx512");
        // 16 filters fill one vector with AVX-512, two with AVX2, of which oneDNN would want four
        Set<Winograd.Pass> ofSecond = avx512 ? EnumSet.of(BACKWARD_DATA) : EnumSet.allOf(Winograd.Pass.class);
        assertEquals(ofSecond, taken(Precision.F32, CONV2, second, secondWeights));
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        assumeTrue(isa == dnnl.dnnl_cpu_isa_avx512_core_bf16, "the rule is for processors with avx512_bf16");
        assertEquals(EnumSet.allOf(Winograd.Pass.class), taken(Precision.BF16, CONV1, images, weights));
        assertEquals(EnumSet.of(BACKWARD_DATA), taken(Precision.BF16, CONV2, second, secondWeights));
    }

    @Test
    void leavesTheOthers() {
        Shape weights = Shape.of(6, 1, 5, 5), images = Shape.of(128, 1, 28, 28);
        Set<Winograd.Pass> none = EnumSet.noneOf(Winograd.Pass.class);
        assertEquals(none, taken(Precision.F32, CONV1, Shape.of(1, 1, 28, 28), weights), "one image, one lane");
        assertEquals(none, taken(Precision.F32, CONV1.dilated(2), images, weights));
        Shape grouped = Shape.of(128, 6, 28, 28);
        assertEquals(none, taken(Precision.F32, CONV1.grouped(6), grouped, weights));
        assertEquals(none, taken(Precision.F32, CONV1, images, Shape.of(6, 1, 9, 9)), "large windows");
        Set<Winograd.Pass> strided = taken(Precision.F32, Convolution.of2d(2, 2), images, weights);
        assertEquals(EnumSet.of(FORWARD, BACKWARD_WEIGHTS), strided);
        Shape full = Shape.of(16, 3, 32, 32), fullWeights = Shape.of(32, 3, 3, 3);
        Set<Winograd.Pass> first = taken(Precision.F32, Convolution.of2d(1, 1), full, fullWeights);
        assertEquals(EnumSet.of(BACKWARD_DATA), first, "32 filters fill vectors, 3 channels do not");
    }

    @Test
    void takesWeightsGradientsThatReadMoreThanTheCacheHolds() {
        Shape several = Shape.of(32, 3, 3, 3), one = Shape.of(NativeKernels.lanes(), 3, 3, 3);
        Convolution same = Convolution.of2d(1, 1);
        assertTrue(taken(Precision.F32, same, Shape.of(128, 3, 32, 32), several).contains(BACKWARD_WEIGHTS));
        assertFalse(taken(Precision.F32, same, Shape.of(96, 3, 32, 32), several).contains(BACKWARD_WEIGHTS), "12 MiB");
        Shape many = Shape.of(1024, 3, 32, 32);
        assertFalse(taken(Precision.F32, same, many, one).contains(BACKWARD_WEIGHTS), "one vector of filters");
    }

    @Test
    void thePlanNamesItAndWeightsStayAsTheyAre() {
        try (Backend backend = Backends.open("onednn", BackendOptions.DEFAULT).backend()) {
            GraphBuilder g = new GraphBuilder();
            Value x = g.input("x", TensorType.f32(64, 1, 28, 28));
            Value w = g.parameter("w", TensorType.f32(6, 1, 5, 5), Initializer.constant(0));
            Node conv = g.add("conv", CONV1, x, w);
            g.output("y", conv.output());
            ExecutionPlan plan = Planner.plan(backend, g.build(), PlanOptions.of(Precision.F32));
            assertTrue(plan.text().contains("image_lanes " + NativeKernels.instructions()), plan::text);
            assertFalse(plan.text().contains("reorder"), plan::text);
            assertEquals(Layouts.PLAIN, plan.steps().get(0).kernel().inputLayout(1));
        }
    }

    @Test
    void isMeasuredBesideTheOthers(@TempDir Path folder) {
        GraphBuilder g = new GraphBuilder();
        Node conv = g.add(
                "conv",
                Convolution.of2d(1, 1),
                g.input("x", TensorType.f32(16, 20, 6, 6)),
                g.input("w", TensorType.f32(20, 20, 3, 3)));
        MemoryAccount account = MemoryAccount.of(BackendOptions.DEFAULT, 1L << 30, "test");
        KernelTuning tuning = new KernelTuning(new AlgorithmCache(folder), "here", account);
        try (OnednnContext c = new OnednnContext(1, false, Optional.of(tuning))) {
            OnednnTable table = new OnednnTable();
            Preparation p = new Preparation(conv, Arrays.asList(null, null), Optional.empty(), Precision.F32, true);
            String all = table.prepare(c, p).implementation();
            for (String name : List.of("image_lanes", "F(4x4)", "F(2x2)")) assertTrue(all.contains(name), all);
            assertEquals(3, all.split(";").length - 1, all);
        }
    }
}
