package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.backend.AlgorithmCache;
import voluta.backend.BackendOptions;
import voluta.backend.MemoryAccount;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.op.Convolution;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Which weights' gradients are dot products of our own. */
class WeightDotsTest {
    private static final String DOTS = "dots avx512_bf16";

    @BeforeEach
    void load() {
        Loader.load(dnnl.class);
        assumeTrue(WeightDots.serve(), "this processor has no avx512_bf16");
        assumeTrue(dnnl.dnnl_get_effective_cpu_isa() == dnnl.dnnl_cpu_isa_avx512_core_bf16, "oneDNN chooses otherwise");
    }

    private static OnednnKernel kernel(
            Optional<KernelTuning> tuning, Precision precision, Convolution op, Shape x, Shape w, boolean bias) {
        GraphBuilder g = new GraphBuilder();
        Node n = g.add(
                "conv",
                new Convolution.BackwardWeights(op, w, bias),
                g.input("x", new TensorType(DType.F32, x)),
                g.input("dy", new TensorType(DType.F32, op.outputShape(x, w))));
        try (OnednnContext c = new OnednnContext(2, false, tuning)) {
            return new OnednnTable()
                    .prepare(c, new Preparation(n, Arrays.asList(null, null), Optional.empty(), precision, true));
        }
    }

    private static boolean taken(Precision precision, Convolution op, Shape x, Shape w, boolean bias) {
        return kernel(Optional.empty(), precision, op, x, w, bias)
                .implementation()
                .equals(DOTS);
    }

    @Test
    void takesWhatWinogradDoesNot() {
        Precision bf16 = Precision.BF16;
        Convolution same = Convolution.of2d(1, 1), strided = Convolution.of2d(2, 1);
        Shape x = Shape.of(4, 64, 16, 16), w = Shape.of(32, 64, 3, 3);
        assertTrue(taken(bf16, strided, x, w, false), "strided");
        assertTrue(taken(bf16, Convolution.of2d(2, 0), x, Shape.of(32, 64, 1, 1), false), "1x1");
        assertTrue(taken(bf16, same, Shape.of(16, 512, 7, 7), Shape.of(512, 512, 3, 3), false), "512 channels");
        assertTrue(taken(bf16, same, Shape.of(8, 16, 32, 32), Shape.of(16, 16, 3, 3), false), "16 channels");
        assertTrue(taken(bf16, strided, Shape.of(4, 24, 16, 16), Shape.of(40, 24, 3, 3), false), "blocks not full");
        assertTrue(
                taken(bf16, Convolution.of2d(2, 3), Shape.of(4, 3, 32, 32), Shape.of(64, 3, 7, 7), false), "colours");
        assertFalse(taken(bf16, same, x, w, false), "Winograd's");
        assertFalse(taken(Precision.F32, strided, x, w, false), "f32");
        assertFalse(taken(bf16, strided, x, w, true), "with a bias");
        assertFalse(taken(bf16, strided.grouped(2), x, Shape.of(32, 32, 3, 3), false), "groups");
        assertFalse(taken(bf16, strided, Shape.of(1, 64, 16, 16), w, false), "half of each pair would be empty");
        assertFalse(taken(bf16, same, Shape.of(4, 3, 32, 32), Shape.of(16, 3, 3, 3), false), "few channels of both");
    }

    @Test
    void isMeasuredAgainstTheOthers(@TempDir Path folder) {
        MemoryAccount account = MemoryAccount.of(BackendOptions.DEFAULT, 1L << 34, "test");
        Optional<KernelTuning> tuning = Optional.of(new KernelTuning(new AlgorithmCache(folder), "here", account));
        Shape x = Shape.of(4, 32, 9, 9), w = Shape.of(32, 32, 3, 3);
        String strided = kernel(tuning, Precision.BF16, Convolution.of2d(2, 1), x, w, false)
                .implementation();
        assertTrue(strided.contains(DOTS) && strided.contains("jit_bf16"), strided);
        String same = kernel(tuning, Precision.BF16, Convolution.of2d(1, 1), x, w, false)
                .implementation();
        assertTrue(same.contains(DOTS) && same.contains("winograd F(4x4)") && same.contains("jit_bf16"), same);
        assertEquals(0, account.live());
    }
}
