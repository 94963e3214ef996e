package voluta.session;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.Backends;
import voluta.backend.Precision;
import voluta.graph.GraphBuilder;
import voluta.op.Activation;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

/** What a graph says to whoever uses it wrongly: a native kernel would not say it, but end the process. */
class CompiledGraphTest {
    private static void with(String backendName, BiConsumer<Session, CompiledGraph> use) {
        GraphBuilder b = new GraphBuilder();
        b.output(
                "y",
                b.add("relu", Activation.relu(), b.input("x", TensorType.f32(2, 3)))
                        .output());
        try (Backend backend =
                        Backends.open(backendName, BackendOptions.DEFAULT).backend();
                Session session = new Session(backend, 1)) {
            use.accept(session, session.compile(b.build(), CompileOptions.of(Precision.F32)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void aClosedGraphIsNotRun(String backend) {
        with(backend, (session, graph) -> {
            graph.close();
            String message = "the graph is closed; compile it again to run it";
            assertEquals(
                    message,
                    assertThrows(IllegalStateException.class, () -> graph.run(0))
                            .getMessage());
            assertThrows(IllegalStateException.class, () -> graph.feed("x", 0));
            assertThrows(IllegalStateException.class, () -> graph.profile(0));
            assertThrows(IllegalStateException.class, () -> graph.watch(0, (value, content) -> {}));
            assertThrows(IllegalStateException.class, () -> graph.read("y"));
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "onednn"})
    void aTensorOfAnotherSizeOrTypeIsNotFed(String backend) {
        with(backend, (session, graph) -> {
            graph.feed("x", 0, HostTensor.f32(Shape.of(2, 3), -1, 2, -3, 4, -5, 6));
            VolutaException few = assertThrows(
                    VolutaException.class, () -> graph.feed("x", 0, HostTensor.f32(Shape.of(1, 3), 7, 8, 9)));
            assertEquals("the input x takes f32[2,3], got f32[1,3]; bring it to that type and size", few.getMessage());
            HostTensor more = HostTensor.zeros(TensorType.f32(3, 3));
            assertThrows(VolutaException.class, () -> graph.feed("x", 0, more));
            HostTensor doubles = HostTensor.f64(Shape.of(1, 3), 7, 8, 9);
            assertThrows(VolutaException.class, () -> graph.feed("x", 0, doubles));
            graph.run(0);
            assertArrayEquals(new double[] {0, 2, 0, 4, 0, 6}, graph.read("y").toDoubles(), "nothing was changed");
        });
    }
}
