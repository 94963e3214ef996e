package voluta.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import voluta.backend.Footprint;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.Linear;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

class PassesTest {
    @Test
    void theLastPassEndsWithTheBatch() {
        Passes p = new Passes(65, 4);
        assertEquals(17, p.count());
        assertEquals(60, p.first(15));
        assertEquals(61, p.first(16));
        assertEquals(1, new Passes(64, 64).count());
        assertEquals(0, new Passes(64, 64).first(0));
        assertThrows(IllegalArgumentException.class, () -> new Passes(4, 5));
        assertThrows(IllegalArgumentException.class, () -> new Passes(4, 0));
    }

    /** x of 3 elements a row, two rectifiers, then 5 x 3 weights: x and both results are alive at once. */
    @Test
    void footprintCountsWhatDependsOnTheBatch() {
        GraphBuilder b = new GraphBuilder();
        Value x = b.input("x", TensorType.f32(8, 3));
        Value w = b.parameter("w", TensorType.f32(Shape.of(5, 3)), Initializer.constant(0));
        Value first = b.add("first", Activation.relu(), x).output();
        Value second = b.add("second", Activation.relu(), x).output();
        Value folded = b.add("folded", Activation.relu(), w).output();
        b.output("a", b.add("a", new Linear(), first, folded).output());
        b.output("b", b.add("b", new Linear(), second, folded).output());
        Graph graph = b.build();
        // At "a": second, first and its result, 3 + 3 + 5; at "b": second, its result and the output a.
        assertEquals(new Footprint(13, 6 + 6 + 8 + 8, 30, 15), Passes.footprint(graph, 8));
    }
}
