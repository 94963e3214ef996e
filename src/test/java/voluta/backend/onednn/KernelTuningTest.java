package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
import voluta.tensor.TensorType;

/** Measuring instead of the rule: which kernel is taken, what is said of it, and what a file keeps. */
class KernelTuningTest {
    @TempDir
    Path folder;

    private final MemoryAccount account = MemoryAccount.of(BackendOptions.DEFAULT, 1L << 34, "test");

    @BeforeEach
    void load() {
        Loader.load(dnnl.class);
        assumeTrue(
                NativeKernels.problem().isEmpty(), () -> NativeKernels.problem().orElse(""));
    }

    /** The kernel of a convolution of f32 images, 8 x 32 x 16 x 16, as the rule would give to Winograd with F(4x4). */
    private String chosen(MemoryAccount account, String machine) {
        GraphBuilder g = new GraphBuilder();
        Node n = g.add(
                "conv",
                Convolution.of2d(1, 1),
                g.input("x", TensorType.f32(8, 32, 16, 16)),
                g.input("w", TensorType.f32(32, 32, 3, 3)));
        KernelTuning tuning = new KernelTuning(new AlgorithmCache(folder), machine, account);
        try (OnednnContext c = new OnednnContext(2, false, Optional.of(tuning))) {
            OnednnTable table = new OnednnTable();
            return table.prepare(
                            c, new Preparation(n, Arrays.asList(null, null), Optional.empty(), Precision.F32, true))
                    .implementation();
        }
    }

    /** The problems in the file, which end with the name of the kernel. */
    private List<String> keys() throws Exception {
        return Files.readAllLines(folder.resolve("convolution-algorithms.txt")).stream()
                .skip(1)
                .map(line -> line.split("\t")[2])
                .toList();
    }

    private void pretend(double large, double small, double direct) throws Exception {
        for (String key : keys()) {
            double micros = key.contains("F(4x4)") ? large : key.contains("F(2x2)") ? small : direct;
            new AlgorithmCache(folder).put(key, new AlgorithmCache.Entry(0, micros));
        }
    }

    @Test
    void saysWhatWasMeasuredAndRemembersIt() throws Exception {
        String first = chosen(account, "here");
        assertTrue(first.matches(".+, measured [0-9.]+ ms(; .+ [0-9.]+ ms){2}"), first);
        assertEquals(3, keys().size(), () -> String.join("\n", read()));
        assertEquals(first, chosen(account, "here"), "times from the file");
        assertEquals(0, account.live());
        chosen(account, "elsewhere");
        assertEquals(6, keys().size(), "another machine measures again");
    }

    private List<String> read() {
        try {
            return keys();
        } catch (Exception e) {
            return List.of(e.toString());
        }
    }

    @Test
    void takesTheFastestUnlessChanceMayHaveDecided() throws Exception {
        chosen(account, "here");
        pretend(3000, 2000, 2500);
        assertTrue(chosen(account, "here").startsWith("winograd F(2x2)"), "fastest of three");
        pretend(3000, 2500, 2000);
        String direct = chosen(account, "here");
        assertTrue(direct.contains(", measured 2.000 ms; winograd F(4x4)"), direct);
        pretend(1030, 2000, 1000);
        assertTrue(chosen(account, "here").startsWith("winograd F(4x4)"), "3 % are not enough against the rule");
    }

    @Test
    void followsTheRuleWhereThereIsNoMemoryToTry() {
        MemoryAccount none = MemoryAccount.of(new BackendOptions(0, 0, false, 1000), 1L << 34, "test");
        String rule = chosen(none, "here");
        assertTrue(rule.startsWith("winograd F(4x4)"), rule);
        assertTrue(rule.contains("measured not tried"), rule);
        assertEquals(0, none.live());
    }
}
