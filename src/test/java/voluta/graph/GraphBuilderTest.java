package voluta.graph;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import voluta.op.Activation;
import voluta.op.Arithmetic;
import voluta.tensor.TensorType;

class GraphBuilderTest {
    private static final TensorType TYPE = TensorType.f32(2, 3);

    /** Computed values too: their graph's nodes are not among those of this one. */
    @Test
    void valuesOfAnotherGraphAreRefused() {
        GraphBuilder one = new GraphBuilder(), other = new GraphBuilder();
        Value x = other.input("x", TYPE);
        Value y = other.add("relu", Activation.relu(), x).output();
        for (Value foreign : new Value[] {x, y}) {
            IllegalArgumentException e =
                    assertThrows(IllegalArgumentException.class, () -> one.add("tanh", Activation.relu(), foreign));
            assertEquals("reads " + foreign + ", which is not of this graph", after(e, "tanh"));
            assertThrows(IllegalArgumentException.class, () -> one.output("y", foreign));
        }
    }

    /** The message without the path, which gets a number at the second trial. */
    private static String after(Exception e, String path) {
        return e.getMessage().replaceFirst(path + "(_\\d)? ", "");
    }

    @Test
    void aGraphGoesOnWithItsOwnValues() {
        GraphBuilder first = new GraphBuilder();
        Value x = first.input("x", TYPE);
        first.output("y", first.add("relu", Activation.relu(), x).output());
        Graph graph = first.build();
        GraphBuilder on = GraphBuilder.continuing(graph);
        Value y = graph.output("y");
        on.output("z", on.add("add", new Arithmetic(Arithmetic.Kind.ADD), x, y).output());
        assertEquals(2, on.build().nodes().size());
    }
}
