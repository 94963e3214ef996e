package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.backend.BackendOptions;
import voluta.backend.DeviceException;
import voluta.backend.ExecutionMode;
import voluta.backend.MemoryRegion;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.Broadcast;
import voluta.op.Dropout;
import voluta.op.Padding;
import voluta.op.Reduction;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Loops in Java reach 2 GiB of a value: more is refused before the first step. The memory is asked for and never touched. */
class LargeValuesTest {
    private static final TensorType LARGE = TensorType.f32(2049, 1, 512, 512);

    static List<Op> ops() {
        return List.of(
                new Reduction(Reduction.Kind.SUM, List.of(0), false),
                new Broadcast(LARGE.shape()),
                new Dropout(0.5, 1),
                new Padding(Padding.Mode.REFLECT, 0, List.of(1, 1), List.of(1, 1)));
    }

    @ParameterizedTest
    @MethodSource("ops")
    void moreThanABufferIsRefused(Op op) {
        try (OnednnBackend backend = new OnednnBackend(BackendOptions.DEFAULT, "test")) {
            Node node = node(op);
            PreparedKernel k = backend.prepare(new Preparation(
                    node,
                    Collections.nCopies(node.inputs().size(), backend.plain()),
                    Optional.empty(),
                    Precision.F32,
                    true));
            List<MemoryRegion> regions = new ArrayList<>();
            try {
                List<Slice> inputs = new ArrayList<>(), outputs = new ArrayList<>();
                for (int i = 0; i < node.inputs().size(); i++)
                    inputs.add(slice(
                            backend,
                            regions,
                            k.inputLayout(i).bytes(node.input(i).type())));
                for (int o = 0; o < node.outputs().size(); o++)
                    outputs.add(slice(
                            backend,
                            regions,
                            k.outputLayout(o).bytes(node.output(o).type())));
                Slice scratch = slice(backend, regions, Math.max(64, k.scratchBytes()));
                Step step = new Step("layer", node, k, inputs, outputs, null, scratch);
                DeviceException e = assertThrows(
                        DeviceException.class,
                        () -> backend.compile(new Program(List.of(), List.of(step)), ExecutionMode.EAGER)
                                .close());
                assertEquals(Optional.of("layer"), e.path());
            } finally {
                regions.forEach(MemoryRegion::close);
                k.close();
            }
        }
    }

    private static Node node(Op op) {
        GraphBuilder b = new GraphBuilder();
        List<Value> inputs = new ArrayList<>();
        TensorType x = op instanceof Broadcast ? TensorType.f32(1, 1, 512) : LARGE;
        inputs.add(b.input("x", x));
        if (op instanceof Dropout) inputs.add(b.input("step", new TensorType(DType.I64, Shape.of())));
        Node n = b.add("layer", op, inputs);
        for (int o = 0; o < n.outputs().size(); o++) b.output("y" + o, n.output(o));
        b.build();
        return n;
    }

    private static Slice slice(OnednnBackend backend, List<MemoryRegion> regions, long bytes) {
        MemoryRegion r = backend.allocate("test", bytes);
        regions.add(r);
        return new Slice(r, 0, bytes);
    }
}
