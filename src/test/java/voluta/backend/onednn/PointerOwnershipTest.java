package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import voluta.autodiff.Differentiator;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Precision;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.Convolution;
import voluta.op.MeanSquaredError;
import voluta.op.Pooling;
import voluta.op.Reshape;
import voluta.session.CompileOptions;
import voluta.session.CompiledGraph;
import voluta.session.Session;
import voluta.tensor.TensorType;

/** What is made in native memory is freed when its owner is closed: the garbage collector does not, where programs are started as they should be. */
class PointerOwnershipTest {
    private static final TensorType Y = TensorType.f32(4, 256);

    /** In a virtual machine that collects nothing and counts pointers, which this one does not. */
    @Test
    void sessionsAndBackendsLeaveNothingBehind() throws Exception {
        Process p = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UnlockExperimentalVMOptions",
                        "-XX:+UseEpsilonGC",
                        "-Xmx512m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Sessions.class.getName())
                .redirectErrorStream(true)
                .start();
        String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(p.waitFor(60, TimeUnit.SECONDS), () -> "does not end: " + out);
        assertEquals(0, p.exitValue(), out);
        Matcher counts =
                Pattern.compile("pointers ([1-9]\\d*) (\\d+), (\\d+) (\\d+)").matcher(out);
        assertTrue(counts.find(), out);
        assertEquals(counts.group(1), counts.group(2), "a session leaves pointers behind");
        assertEquals(counts.group(3), counts.group(4), "a backend leaves pointers behind");
    }

    /** Prints how many pointers there are before and after a session on a backend that knows all layouts, and a backend. */
    static final class Sessions {
        private Sessions() {}

        public static void main(String[] arguments) {
            long session, both;
            try (Backend backend = new OnednnProvider().open(BackendOptions.DEFAULT)) {
                step(backend);
                session = Pointer.totalCount();
                step(backend);
                both = Pointer.totalCount();
            }
            long before = Pointer.totalCount();
            try (Backend backend = new OnednnProvider().open(BackendOptions.DEFAULT)) {
                step(backend);
            }
            System.out.println("pointers " + session + " " + both + ", " + before + " " + Pointer.totalCount());
        }
    }

    /** Gradients through a convolution of our own and one of oneDNN, and a view; a parameter in oneDNN's layout is read. */
    private static void step(Backend backend) {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(4, 8, 16, 16)), target = b.input("target", Y);
        Value w = b.parameter("w", TensorType.f32(32, 8, 3, 3), Initializer.constant(0.1));
        Value v = b.parameter("v", TensorType.f32(16, 32, 3, 3), Initializer.constant(0.1));
        Value y = b.add("conv1", Convolution.of2d(2, 1), x, w).output();
        y = b.add("relu", Activation.relu(), y).output();
        y = b.add("pool", Pooling.of2d(Pooling.Kind.MAX, 2, 2, 0), y).output();
        y = b.add("conv2", Convolution.of2d(1, 1), y, v).output();
        y = b.add("flatten", new Reshape(Y.shape()), y).output();
        Value loss = b.add("loss", new MeanSquaredError(), y, target).output();
        Map<Value, Value> gradients = Differentiator.gradients(b, loss, List.of(w, v));
        b.output("loss", loss);
        b.output("dw", gradients.get(w));
        b.output("dv", gradients.get(v));
        try (Session session = new Session(backend, 1);
                CompiledGraph graph = session.compile(b.build(), CompileOptions.of(Precision.F32))) {
            graph.run(0);
            graph.read("dw");
            graph.read("loss");
            session.read("w");
        }
    }
}
