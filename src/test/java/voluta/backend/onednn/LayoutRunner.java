package voluta.backend.onednn;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.bytedeco.dnnl.memory.format_tag;
import voluta.backend.BackendOptions;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.Layout;
import voluta.backend.MemoryRegion;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * Runs a graph on oneDNN with its inputs in layouts of the test's choice, as they would come from other kernels: one
 * region per value, poisoned with NaN, and a reorder wherever a kernel asks for another layout than it was offered.
 */
final class LayoutRunner implements AutoCloseable {
    /** Those that oneDNN computes in here. */
    static Set<Precision> precisions() {
        return InstructionSet.effective().storesBf16()
                ? EnumSet.of(Precision.F32, Precision.BF16)
                : EnumSet.of(Precision.F32);
    }

    /** How images lie that convolutions leave here: with channels last, and in blocks of as many channels as fill a vector. */
    static List<format_tag> orders() {
        return List.of(format_tag.acdb, InstructionSet.effective().avx512() ? format_tag.aBcd16b : format_tag.aBcd8b);
    }

    private final OnednnBackend backend = new OnednnBackend(BackendOptions.DEFAULT, "test");
    private final Map<Value, Layout> layouts = new HashMap<>();
    private final Map<Value, Slice> slices = new HashMap<>();
    private final Map<Node, PreparedKernel> kernels = new LinkedHashMap<>();
    private final Map<Node, Slice> contexts = new HashMap<>();
    private final List<MemoryRegion> regions = new ArrayList<>();
    private final List<Step> steps = new ArrayList<>();
    private int reorders;

    /**
     * @param layout the layout of a source; null for row-major f32
     * @param numbers the numbers of a source
     */
    LayoutRunner(
            Graph graph, Precision precision, Function<TensorType, Layout> layout, Function<Value, double[]> numbers) {
        for (Value v : graph.sources()) {
            Layout l = layout.apply(v.type());
            place(v, l == null ? backend.plain() : l);
            backend.write(
                    slices.get(v),
                    v.type(),
                    layouts.get(v),
                    HostTensor.zeros(v.type()).fill(numbers.apply(v)));
        }
        for (Node n : graph.nodes()) add(n, precision);
        try (Executable e = backend.compile(new Program(List.of(), steps), ExecutionMode.EAGER)) {
            e.run(0);
        }
    }

    private void add(Node n, Precision precision) {
        PreparedKernel k = backend.prepare(new Preparation(
                n, n.inputs().stream().map(layouts::get).toList(), n.contextOf().map(kernels::get), precision, true));
        kernels.put(n, k);
        List<Slice> inputs = new ArrayList<>();
        for (int i = 0; i < n.inputs().size(); i++) inputs.add(k.reads(i) ? read(n.input(i), k.inputLayout(i)) : null);
        List<Slice> outputs = new ArrayList<>();
        for (int o = 0; o < n.outputs().size(); o++) {
            Value v = n.output(o);
            if (k.views(o).isPresent()) {
                layouts.put(v, k.outputLayout(o));
                slices.put(v, inputs.get(k.views(o).getAsInt()));
            } else place(v, k.outputLayout(o));
            outputs.add(slices.get(v));
        }
        if (k.contextBytes() > 0) contexts.put(n, allocate(k.contextBytes()));
        Slice context = contexts.get(n.contextOf().orElse(n));
        Slice scratch = k.scratchBytes() > 0 ? allocate(k.scratchBytes()) : null;
        if (k.views(0).isEmpty()) steps.add(new Step(n.path(), n, k, inputs, outputs, context, scratch));
    }

    private Slice read(Value v, Layout wanted) {
        Layout has = layouts.get(v);
        if (has.equals(wanted)) return slices.get(v);
        reorders++;
        PreparedKernel k = backend.reorder(v.type(), has, wanted);
        Slice target = allocate(wanted.bytes(v.type()));
        Slice scratch = k.scratchBytes() > 0 ? allocate(k.scratchBytes()) : null;
        steps.add(new Step(v.name(), null, k, List.of(slices.get(v)), List.of(target), null, scratch));
        return target;
    }

    private void place(Value v, Layout layout) {
        layouts.put(v, layout);
        slices.put(v, allocate(layout.bytes(v.type())));
    }

    private Slice allocate(long bytes) {
        MemoryRegion r = backend.allocate("test", bytes);
        r.fill((byte) 0xff);
        regions.add(r);
        return new Slice(r, 0, bytes);
    }

    double[] get(Value v) {
        HostTensor t = HostTensor.zeros(new TensorType(DType.F64, v.type().shape()));
        backend.read(slices.get(v), v.type(), layouts.get(v), t);
        return t.toDoubles();
    }

    /** Whether what the layout adds to fill its last block is zero, as kernels expect: the bytes are those of a fresh copy, but for signs. */
    boolean fillsWithZeros(Value v) {
        long bytes = layouts.get(v).bytes(v.type());
        Slice fresh = allocate(bytes);
        fresh.region().fill((byte) 0);
        backend.write(
                fresh, v.type(), layouts.get(v), HostTensor.zeros(v.type()).fill(get(v)));
        boolean bf16 = layouts.get(v).describe().startsWith("bf16");
        ByteBuffer a = NativeMemory.buffer(NativeMemory.address(fresh), bytes),
                b = NativeMemory.buffer(NativeMemory.address(slices.get(v)), bytes);
        for (int i = 0; i < bytes; i += bf16 ? 2 : 4) {
            int difference = bf16 ? a.getShort(i) ^ b.getShort(i) : a.getInt(i) ^ b.getInt(i);
            if ((difference & (bf16 ? 0x7fff : 0x7fffffff)) != 0) return false;
        }
        return true;
    }

    Layout layout(Value v) {
        return layouts.get(v);
    }

    /** How many reorders were needed. */
    int reorders() {
        return reorders;
    }

    /** What computes a node. */
    Optional<String> implementation(Node n) {
        return Optional.ofNullable(kernels.get(n)).map(PreparedKernel::implementation);
    }

    /** What computes each node, in order. */
    List<String> implementations() {
        return kernels.values().stream().map(PreparedKernel::implementation).toList();
    }

    @Override
    public void close() {
        regions.forEach(MemoryRegion::close);
        backend.close();
    }
}
