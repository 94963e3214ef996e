package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.autodiff.Differentiator;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.CpuThreads;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.backend.Program;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.Convolution;
import voluta.op.CrossEntropy;
import voluta.op.Pooling;
import voluta.op.Reduction;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** oneDNN keeps to the number of threads that is chosen. */
class OnednnThreadsTest {
    /** Each with a backend of its own, of as many threads as there are not: what one computes is what it computes alone. */
    @Test
    void sessionsInSeveralThreadsDoNotDisturbEachOther() throws Exception {
        float[] alone = train(1);
        List<FutureTask<float[]>> together = new ArrayList<>();
        for (int threads : new int[] {1, 3, 2, 1}) together.add(new FutureTask<>(() -> train(threads)));
        together.forEach(t -> new Thread(t).start());
        for (FutureTask<float[]> t : together) assertArrayEquals(alone, t.get(), 1e-5f);
        assertArrayEquals(alone, together.get(0).get(), "the same number of threads gives the same bits");
        assertArrayEquals(alone, together.get(3).get(), "the same number of threads gives the same bits");
    }

    /** Some steps through convolutions of our own and of oneDNN, pooling and Java's loops; the losses. */
    private static float[] train(int threads) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(8, 16, 16, 16)), labels = b.input("labels", TensorType.i32(8));
        Value w = b.parameter("w", TensorType.f32(32, 16, 3, 3), Initializer.constant(0.05));
        Value v = b.parameter("v", TensorType.f32(16, 32, 3, 3), Initializer.constant(0.02));
        Value y = b.add("conv1", Convolution.of2d(1, 1), x, w).output();
        y = b.add("relu", Activation.relu(), y).output();
        y = b.add("pool", Pooling.of2d(Pooling.Kind.MAX, 2, 2, 0), y).output();
        y = b.add("conv2", Convolution.of2d(2, 1), y, v).output();
        y = b.add("mean", new Reduction(Reduction.Kind.MEAN, List.of(2, 3), false), y)
                .output();
        Value loss = b.add("loss", new CrossEntropy(0.1), y, labels).output();
        Map<Value, Value> gradients = Differentiator.gradients(b, loss, List.of(w, v));
        b.output("loss", loss);
        b.output("dw", gradients.get(w));
        b.output("dv", gradients.get(v));
        try (Backend backend = new OnednnProvider().open(new BackendOptions(threads, 0, false, 0));
                Session session = new Session(backend, 1);
                CompiledGraph graph = session.compile(b.build(), CompileOptions.of(Precision.F32))) {
            ByteBuffer image = graph.feed("x", 0);
            for (int i = 0; i < image.capacity() / Float.BYTES; i++)
                image.putFloat(i * Float.BYTES, (i * 37 % 101 - 50) / 50f);
            float[] losses = new float[6];
            for (int step = 0; step < losses.length; step++) {
                graph.run(0);
                losses[step] = graph.read("loss").toFloats()[0];
                for (String name : List.of("w", "v")) {
                    float[] p = session.read(name).toFloats(),
                            g = graph.read("d" + name).toFloats();
                    for (int i = 0; i < p.length; i++) p[i] -= 0.1f * g[i];
                    session.write(
                            name, HostTensor.f32(session.parameters().get(name).shape(), p));
                }
            }
            return losses;
        }
    }

    /** OpenMP's default is another, and it keeps a number for each thread. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void oneDnnTakesAsManyInWhicheverThreadAStepRuns(int threads) throws Exception {
        assumeTrue(NativeKernels.takeThreads(2), () -> NativeKernels.problem().orElseThrow());
        try (Backend backend = new OnednnProvider().open(new BackendOptions(threads, 0, false, 0));
                Executable step = backend.compile(new Program(List.of(), List.of()), ExecutionMode.EAGER)) {
            assertEquals(threads, NativeKernels.threads());
            assertTrue(backend.device().endsWith(", " + CpuThreads.text(threads)), backend.device());
            FutureTask<Integer> elsewhere = new FutureTask<>(() -> {
                step.run(0);
                return NativeKernels.threads();
            });
            new Thread(elsewhere).start();
            assertEquals(threads, elsewhere.get());
        }
    }
}
