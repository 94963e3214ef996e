package voluta.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.DeviceException;
import voluta.backend.ExecutionMode;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.Accumulate;
import voluta.op.Activation;
import voluta.op.Arithmetic;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

/** What a session gives back, whatever fails; and tensors that do not fit, or do not lie where native code finds them. */
class SessionTest {
    private static final TensorType TYPE = TensorType.f32(2, 3);

    /** relu(p) + c + x: the first node is computed once, before the first step. */
    private static Graph graph(String parameter, Initializer first, HostTensor constant) {
        GraphBuilder b = new GraphBuilder();
        Value p = b.add("relu", Activation.relu(), b.parameter(parameter, TYPE, first))
                .output();
        Value sum = b.add("shift", new Arithmetic(Arithmetic.Kind.ADD), p, b.constant("c", constant))
                .output();
        b.output(
                "y",
                b.add("add", new Arithmetic(Arithmetic.Kind.ADD), sum, b.input("x", TYPE))
                        .output());
        return b.build();
    }

    private static Graph graph(String parameter) {
        return graph(parameter, Initializer.ONES, HostTensor.zeros(TYPE).fill(1, 2, 3, 4, 5, 6));
    }

    private static CompileOptions options() {
        return CompileOptions.of(Precision.F32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"step", "prologue", "kernel", "region constants", "region parameters", "host buffer"})
    void everythingElseIsClosedWhereSomethingCannotBe(String stuck) {
        CountingBackend backend = new CountingBackend();
        Session session = new Session(backend, 1);
        session.compile(graph("p"), options());
        session.compile(graph("q"), options());
        assertFalse(backend.open.isEmpty());
        backend.stuck = stuck;
        DeviceException e = assertThrows(DeviceException.class, session::close);
        assertEquals(List.of(), backend.open);
        assertEquals(stuck, e.getMessage().substring(0, stuck.length()));
        session.close();
    }

    private static List<String> sorted(List<String> words) {
        return words.stream().sorted().toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"kernel add", "region parameters", "region exchange", "host buffer", "prologue", "step"})
    void whatCannotBeCompiledLeavesTheSessionAsItWas(String refused) {
        CountingBackend backend = new CountingBackend();
        try (Session session = new Session(backend, 1)) {
            session.compile(graph("p"), options());
            List<String> before = sorted(backend.open);
            long live = session.liveBytes();
            backend.refused = refused;
            backend.stuck = "region arena";
            assertThrows(DeviceException.class, () -> session.compile(graph("q"), options()));
            assertEquals(before, sorted(backend.open));
            assertEquals(live, session.liveBytes());
            assertFalse(session.holds("q"), "its content was never written");
            backend.refused = "nothing";
            session.compile(graph("q"), options());
            backend.stuck = "nothing";
        }
        assertEquals(List.of(), backend.open);
    }

    private static Graph rows(int n) {
        GraphBuilder b = new GraphBuilder();
        b.output(
                "y",
                b.add("relu", Activation.relu(), b.input("x", TensorType.f32(n, 3)))
                        .output());
        return b.build();
    }

    /** What gathers the outputs of the passes of a batch is given back like the rest. */
    @ParameterizedTest
    @ValueSource(strings = {"reorder", "region outputs", "gathering"})
    void passesGiveBackEverything(String failing) {
        CountingBackend backend = new CountingBackend();
        try (Session session = new Session(backend, 1)) {
            backend.refused = failing;
            assertThrows(DeviceException.class, () -> session.compile(SessionTest::rows, 2, options()));
            assertEquals(List.of(), backend.open);
            backend.refused = "nothing";
            CompiledGraph graph = session.compile(SessionTest::rows, 2, options());
            assertEquals(2, graph.passes().count());
            backend.stuck = failing;
            assertThrows(DeviceException.class, graph::close);
            assertEquals(List.of(), backend.open);
        }
    }

    /** A parameter that fails to get its first content is not there for the next graph, which would read whatever is there. */
    @Test
    void aParameterWithoutContentIsNotKept() {
        CountingBackend backend = new CountingBackend();
        try (Session session = new Session(backend, 1)) {
            Initializer fails = (tensor, name, seed) -> {
                throw new VolutaException("no content for " + name);
            };
            HostTensor zeros = HostTensor.zeros(TYPE);
            assertThrows(VolutaException.class, () -> session.compile(graph("p", fails, zeros), options()));
            assertEquals(List.of(), backend.open);
            assertFalse(session.holds("p"));
        }
    }

    @Test
    void valuesThatNoMachineHoldsAreRefusedBeforeKernelsAreAskedFor() {
        CountingBackend backend = new CountingBackend();
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(1L << 31, 1L << 31));
        b.source("net.yaml:7");
        b.output("y", b.add("relu", Activation.relu(), x).output());
        try (Session session = new Session(backend, 1)) {
            DeviceException e = assertThrows(DeviceException.class, () -> session.compile(b.build(), options()));
            assertEquals(
                    "x: a value f32[2147483648,2147483648] is larger than 4.00 TiB, the most that is planned for; make"
                            + " the batch, the images or the layer smaller",
                    e.getMessage());
            assertEquals(List.of(), backend.open);
        }
    }

    @Test
    void aParameterThatIsTooLargeForTheHostIsNamed() {
        GraphBuilder b = new GraphBuilder();
        Value p = b.parameter("fc.weight", TensorType.f32(1 << 15, 1 << 15), Initializer.ONES);
        b.output("y", b.add("relu", Activation.relu(), p).output());
        try (Session session = new Session(new CountingBackend(), 1)) {
            VolutaException e = assertThrows(VolutaException.class, () -> session.compile(b.build(), options()));
            assertEquals(
                    "fc.weight: a tensor in host memory holds at most 2 GiB, f32[32768,32768] needs 4.00 GiB; make the"
                            + " layer or the batch smaller",
                    e.getMessage());
        }
    }

    @Test
    void aClosedSessionSaysSo() {
        Session session = new Session(new CountingBackend(), 1);
        session.compile(graph("p"), options());
        session.close();
        String message = "the session is closed; open another one";
        assertEquals(
                message,
                assertThrows(IllegalStateException.class, () -> session.compile(graph("p"), options()))
                        .getMessage());
        assertEquals(
                message,
                assertThrows(IllegalStateException.class, () -> session.read("p"))
                        .getMessage());
    }

    @Test
    void thereIsNoSuchSlot() {
        assertThrows(
                IllegalArgumentException.class,
                () -> new CompileOptions(Precision.F32, ExecutionMode.EAGER, 0, true, false));
        try (Session session = new Session(new CountingBackend(), 1)) {
            CompiledGraph g = session.compile(graph("p"), options());
            for (int slot : new int[] {-1, CompileOptions.SLOTS}) {
                String message = "the graph was compiled with 4 slots, numbered from 0; there is no slot " + slot;
                for (var use : Stream.<Runnable>of(() -> g.run(slot), () -> g.feed("x", slot), () -> g.profile(slot))
                        .toList()) {
                    assertEquals(
                            message,
                            assertThrows(IllegalArgumentException.class, use::run)
                                    .getMessage());
                }
            }
        }
    }

    /** What a graph computes once from a state is computed anew, even if the step that changed it was left half way. */
    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void aStepThatIsLeftHalfWayCounts(String name) {
        GraphBuilder changes = new GraphBuilder();
        Value sum = changes.state("sum", TensorType.f32(), Initializer.ZEROS);
        changes.output(
                "sum",
                changes.add("add", new Accumulate(), sum, changes.input("x", TensorType.f32()))
                        .output());
        GraphBuilder reads = new GraphBuilder();
        Value same = reads.state("sum", TensorType.f32(), Initializer.ZEROS);
        reads.output("y", reads.add("relu", Activation.relu(), same).output());
        try (Backend backend = Backends.open(name, BackendOptions.DEFAULT).backend();
                Session session = new Session(backend, 1)) {
            CompiledGraph writer = session.compile(changes.build(), options());
            CompiledGraph reader = session.compile(reads.build(), options());
            reader.run(0);
            assertEquals(0, reader.read("y").scalar());
            writer.feed("x", 0, HostTensor.f32(Shape.SCALAR, 3));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> writer.watch(0, (value, content) -> {
                        throw new UnsupportedOperationException();
                    }));
            assertEquals(3, session.read("sum").scalar());
            reader.run(0);
            assertEquals(3, reader.read("y").scalar());
        }
    }

    private static HostTensor onTheHeap(float... values) {
        ByteBuffer b = ByteBuffer.allocate(4 * values.length).order(ByteOrder.nativeOrder());
        for (float v : values) b.putFloat(v);
        return HostTensor.over(TYPE, b);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void tensorsMayLieOnTheJavaHeap(String name) {
        try (Backend backend = Backends.open(name, BackendOptions.DEFAULT).backend();
                Session session = new Session(backend, 1)) {
            CompiledGraph g =
                    session.compile(graph("p", Initializer.ONES, onTheHeap(0, 10, 20, 30, 40, 50)), options());
            session.write("p", onTheHeap(1, 2, 3, 4, 5, 6));
            g.feed("x", 0, onTheHeap(.5f, .5f, .5f, .5f, .5f, .5f));
            g.run(0);
            HostTensor y = onTheHeap(0, 0, 0, 0, 0, 0), p = onTheHeap(0, 0, 0, 0, 0, 0);
            g.read("y", y);
            session.read("p", p);
            assertArrayEquals(new float[] {1.5f, 12.5f, 23.5f, 34.5f, 45.5f, 56.5f}, y.toFloats());
            assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6}, p.toFloats());
            HostTensor fixed =
                    HostTensor.over(TYPE, ByteBuffer.allocateDirect(24).asReadOnlyBuffer());
            assertThrows(VolutaException.class, () -> g.read("y", fixed));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void tensorsOfAnotherShapeAreRefused(String name) {
        try (Backend backend = Backends.open(name, BackendOptions.DEFAULT).backend();
                Session session = new Session(backend, 1)) {
            CompiledGraph g = session.compile(graph("p"), options());
            HostTensor small = HostTensor.zeros(TensorType.f32(1)), other = HostTensor.zeros(TensorType.f32(3, 2));
            String message = "p has shape [2,3], got a tensor [1]; bring it to that shape";
            assertEquals(
                    message,
                    assertThrows(VolutaException.class, () -> session.read("p", small))
                            .getMessage());
            assertThrows(VolutaException.class, () -> session.write("p", other));
            assertThrows(VolutaException.class, () -> g.read("y", small));
            assertThrows(VolutaException.class, () -> g.watch(0, (value, content) -> content.write(small)));
        }
    }

    @Test
    void samplesOfAnotherElementTypeAreRefused() {
        GraphBuilder b = new GraphBuilder();
        b.output(
                "y",
                b.add("relu", Activation.relu(), b.data("images", TensorType.f32(4, 3)))
                        .output());
        try (Backend backend = Backends.open("onednn", BackendOptions.DEFAULT).backend();
                Session session = new Session(backend, 1)) {
            session.compile(b.build(), options());
            assertThrows(
                    VolutaException.class,
                    () -> session.writeSamples("images", 2, HostTensor.f64(Shape.of(2, 3), 1, 2, 3, 4, 5, 6)));
            session.writeSamples("images", 2, HostTensor.f32(Shape.of(2, 3), 1, 2, 3, 4, 5, 6));
        }
    }
}
