package voluta.session;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import voluta.backend.Backend;
import voluta.backend.Layout;
import voluta.backend.PreparedKernel;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.plan.ExecutionPlan;
import voluta.plan.PlanOptions;
import voluta.plan.Planner;

/**
 * What a session would take for some graphs, found by planning them: nothing is allocated.
 *
 * @param regions bytes of all regions: those that {@link Session#liveBytes} would tell
 * @param host bytes of the buffers that the graphs are fed from
 */
public record MemoryNeed(long regions, long host) {
    /** Both together. */
    public long bytes() {
        return regions + host;
    }

    /**
     * Of graphs that one session would hold together, compiled in this order.
     *
     * @param backend opened; the kernels that are prepared on it are closed again
     */
    public static MemoryNeed of(Backend backend, List<Graph> graphs, CompileOptions options) {
        Map<String, Layout> shared = new HashMap<>();
        long regions = 0, host = 0;
        for (Graph graph : graphs) {
            ExecutionPlan plan =
                    Planner.plan(backend, graph, new PlanOptions(options.precision(), options.reuse(), shared));
            plan.kernels().forEach(PreparedKernel::close);
            regions += plan.bytes();
            for (Value v : graph.sources()) {
                if (v.kind() == Value.Kind.INPUT)
                    host += options.slots() * v.type().plainBytes();
                if (Session.stays(v)) shared.putIfAbsent(v.name(), plan.value(v).layout());
            }
        }
        return new MemoryNeed(regions, host);
    }
}
