package voluta.session;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import voluta.backend.Backend;
import voluta.backend.Executable;
import voluta.backend.ExecutionMode;
import voluta.backend.Layout;
import voluta.backend.MemoryRegion;
import voluta.backend.PreparedKernel;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.plan.MemoryPlanner;
import voluta.plan.Passes;
import voluta.plan.PlannedValue;
import voluta.tensor.TensorType;

/** The outputs of a batch that runs in passes: plain, all rows of one behind each other, copied there after each pass. */
final class GatheredOutputs implements AutoCloseable {
    private final List<PreparedKernel> kernels = new ArrayList<>();
    private final Map<String, Stored> gathered = new LinkedHashMap<>();
    /** One for each pass. */
    private final List<Executable> copies = new ArrayList<>();

    private MemoryRegion region;

    /**
     * @param whole the graph for the whole batch
     * @param planned where an output of a pass lies
     * @param source its memory
     */
    GatheredOutputs(
            Backend backend,
            Passes passes,
            Graph whole,
            Function<String, PlannedValue> planned,
            Function<PlannedValue, Slice> source,
            ExecutionMode mode) {
        try {
            long scratch = 0, end = 0;
            for (String name : whole.outputs().keySet()) {
                PlannedValue p = planned.apply(name);
                PreparedKernel k = backend.reorder(p.value().type(), p.layout(), backend.plain());
                kernels.add(k);
                scratch = Math.max(scratch, k.scratchBytes());
                end += MemoryPlanner.align(
                        backend.plain().bytes(whole.output(name).type()));
            }
            region = backend.allocate("outputs", end + scratch);
            place(whole, backend.plain());
            Slice work = scratch == 0 ? null : new Slice(region, end, scratch);
            for (int pass = 0; pass < passes.count(); pass++) {
                List<Step> steps = new ArrayList<>();
                for (String name : whole.outputs().keySet()) {
                    List<Slice> from = List.of(source.apply(planned.apply(name)));
                    List<Slice> to = List.of(rows(gathered.get(name), passes, pass));
                    steps.add(new Step(name, null, kernels.get(steps.size()), from, to, null, work));
                }
                copies.add(backend.compile(new Program(List.of(), steps), mode));
            }
        } catch (RuntimeException | Error e) {
            Closing closing = new Closing();
            closing.close(this::close);
            closing.endAfter(e);
            throw e;
        }
    }

    private void place(Graph whole, Layout layout) {
        long offset = 0;
        for (Map.Entry<String, Value> output : whole.outputs().entrySet()) {
            Value v = output.getValue();
            long bytes = layout.bytes(v.type());
            gathered.put(output.getKey(), new Stored(v, layout, new Slice(region, offset, bytes)));
            offset += MemoryPlanner.align(bytes);
        }
    }

    /** The part that a pass fills. */
    private static Slice rows(Stored all, Passes passes, int pass) {
        TensorType type = all.value().type();
        long row = all.slice().bytes() / type.dim(0);
        return new Slice(all.slice().region(), all.slice().offset() + passes.first(pass) * row, passes.rows() * row);
    }

    /** To be called when a pass has run. */
    void gather(int pass) {
        copies.get(pass).run(0);
    }

    Stored output(String name) {
        return gathered.get(name);
    }

    long bytes() {
        return region.bytes();
    }

    @Override
    public void close() {
        Closing closing = new Closing();
        for (Executable e : copies) closing.close(e::close);
        for (PreparedKernel k : kernels) closing.close(k::close);
        if (region != null) closing.close(region::close);
        closing.end();
    }
}
