package voluta.session;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntFunction;
import voluta.backend.Backend;
import voluta.backend.DeviceMemoryException;
import voluta.backend.Layout;
import voluta.backend.MemoryRegion;
import voluta.backend.PreparedKernel;
import voluta.backend.Slice;
import voluta.graph.Graph;
import voluta.graph.Value;
import voluta.plan.ExecutionPlan;
import voluta.plan.Passes;
import voluta.plan.PlanOptions;
import voluta.plan.PlannedValue;
import voluta.plan.Planner;
import voluta.plan.RegionKind;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

/** Parameters, state and data sets in a backend's memory, and the graphs compiled over them. Driven by one thread. */
public final class Session implements AutoCloseable {
    /** What lies in these regions is the session's, not one graph's. */
    static final Set<RegionKind> KEPT =
            Collections.unmodifiableSet(EnumSet.of(RegionKind.PARAMETERS, RegionKind.STATE, RegionKind.DATA));

    private final Backend backend;
    private final long seed;
    private final Map<String, Stored> stored = new LinkedHashMap<>();
    private final List<MemoryRegion> regions = new ArrayList<>();
    private final List<CompiledGraph> graphs = new ArrayList<>();
    private boolean closed;

    /**
     * A session on an opened backend, which stays the caller's and must be closed after it.
     *
     * @param seed from which parameters get their first content
     */
    public Session(Backend backend, long seed) {
        this.backend = backend;
        this.seed = seed;
    }

    public Backend backend() {
        return backend;
    }

    /**
     * Plans a graph, allocates what it needs and makes it ready to run. Parameters and state that the session holds
     * already are shared by name; new ones get their initial content. What fails leaves the session as it was.
     *
     * @throws DeviceMemoryException if the memory does not suffice: with what the plan needs, and the batch that would fit
     */
    public CompiledGraph compile(Graph graph, CompileOptions options) {
        return compile(graph, Passes.ONE, graph, options);
    }

    /**
     * The same for a graph that can be built for any number of rows, images for instance, each of which it computes by itself.
     * It is fed and read in batches; where it only infers and the backend proposes it, it computes fewer rows at a time, which
     * {@link CompiledGraph#passes} tells.
     *
     * @param graphs builds the graph for so many rows
     * @param batch rows that are fed and read together
     */
    public CompiledGraph compile(IntFunction<Graph> graphs, int batch, CompileOptions options) {
        Graph whole = graphs.apply(batch);
        Passes passes = Passes.of(backend, whole, batch, options.precision());
        return compile(whole, passes, passes.count() == 1 ? whole : graphs.apply(passes.rows()), options);
    }

    /** @param graph what is planned: that for the whole batch, or the same for the rows of a pass */
    private CompiledGraph compile(Graph whole, Passes passes, Graph graph, CompileOptions options) {
        checkOpen();
        Map<String, Layout> shared = new HashMap<>();
        for (Value v : graph.sources()) {
            Stored s = stored.get(v.name());
            if (s == null || !stays(v)) continue;
            if (!s.value().type().equals(v.type())) {
                throw new VolutaException("the session holds " + s.value() + ", the graph wants " + v
                        + "; both graphs must be of the same network");
            }
            shared.put(v.name(), s.layout());
        }
        ExecutionPlan plan =
                Planner.plan(backend, graph, new PlanOptions(options.precision(), options.reuse(), shared));
        int before = regions.size();
        long live = liveBytes();
        try {
            adopt(plan);
            CompiledGraph g = new CompiledGraph(this, whole, passes, plan, options);
            graphs.add(g);
            graphs.forEach(CompiledGraph::relate);
            return g;
        } catch (RuntimeException | Error e) {
            abandon(plan, before).endAfter(e);
            if (e instanceof DeviceMemoryException shortage)
                throw MemoryShortage.explain(shortage, plan, live, passes.count() == 1);
            throw e;
        }
    }

    /** Gives back what a plan had got: its regions, which come after the first {@code before}, and its kernels. */
    private Closing abandon(ExecutionPlan plan, int before) {
        Closing closing = new Closing();
        while (regions.size() > before) closing.close(regions.remove(regions.size() - 1)::close);
        stored.values().removeIf(s -> !regions.contains(s.slice().region()));
        for (PreparedKernel k : plan.kernels()) closing.close(k::close);
        return closing;
    }

    private void checkOpen() {
        if (closed) throw new IllegalStateException("the session is closed; open another one");
    }

    /** Whether a value stays when the graph that brought it is gone, and is shared by name. */
    static boolean stays(Value v) {
        return switch (v.kind()) {
            case PARAMETER, STATE, DATA -> true;
            case INPUT, CONSTANT, COMPUTED -> false;
        };
    }

    /** Takes over the parameters, state and data that are new with this plan. */
    private void adopt(ExecutionPlan plan) {
        Map<RegionKind, MemoryRegion> kept = new EnumMap<>(RegionKind.class);
        for (RegionKind kind : KEPT) kept.put(kind, allocate(plan, kind));
        for (Value v : plan.graph().sources()) {
            PlannedValue p = plan.value(v);
            MemoryRegion r = kept.get(p.placement().region());
            if (r == null) continue;
            Slice slice = new Slice(r, p.placement().offset(), p.placement().bytes());
            stored.put(v.name(), new Stored(v, p.layout(), slice));
            if (v.kind() == Value.Kind.DATA) continue;
            backend.write(slice, v.type(), p.layout(), first(v));
        }
    }

    private HostTensor first(Value v) {
        HostTensor first;
        try {
            first = HostTensor.zeros(v.type());
        } catch (VolutaException e) {
            throw new VolutaException(v.name(), null, e.problem(), e);
        }
        v.initializer().fill(first, v.name(), seed);
        return first;
    }

    private MemoryRegion allocate(ExecutionPlan plan, RegionKind kind) {
        Long bytes = plan.regions().get(kind);
        if (bytes == null) return null;
        MemoryRegion r = backend.allocate(kind.name().toLowerCase(java.util.Locale.ROOT), bytes);
        regions.add(r);
        return r;
    }

    Slice slice(String name) {
        return stored(name).slice();
    }

    private Stored stored(String name) {
        checkOpen();
        Stored s = stored.get(name);
        if (s == null) throw new VolutaException("the session holds no parameter or state named " + name);
        return s;
    }

    List<CompiledGraph> graphs() {
        return graphs;
    }

    /** Names and types of all parameters, in the order in which they were declared. */
    public Map<String, TensorType> parameters() {
        return types(Value.Kind.PARAMETER);
    }

    /** Names and types of all other persistent state: running statistics, moments, accumulators. */
    public Map<String, TensorType> state() {
        return types(Value.Kind.STATE);
    }

    private Map<String, TensorType> types(Value.Kind kind) {
        Map<String, TensorType> types = new LinkedHashMap<>();
        stored.forEach((name, s) -> {
            if (s.value().kind() == kind) types.put(name, s.value().type());
        });
        return Collections.unmodifiableMap(types);
    }

    /** Whether the session holds a parameter or state of this name. */
    public boolean holds(String name) {
        return stored.containsKey(name);
    }

    /** Sets a parameter or state; the tensor must have its shape. */
    public void write(String name, HostTensor content) {
        Stored s = stored(name);
        checkShape(s.value(), content);
        backend.write(s.slice(), s.value().type(), s.layout(), content.direct());
        for (CompiledGraph g : graphs) g.invalidate(name);
    }

    /** Backends trust shapes: native code would write beyond a tensor that is too small. */
    static void checkShape(Value v, HostTensor tensor) {
        if (!v.type().shape().equals(tensor.shape())) {
            throw new VolutaException(v.name() + " has shape " + v.type().shape() + ", got a tensor " + tensor.shape()
                    + "; bring it to that shape");
        }
    }

    /** Reads a value into a tensor of its shape that may lie anywhere. */
    static void read(Backend backend, Value v, Layout layout, Slice from, HostTensor into) {
        checkShape(v, into);
        if (into.bytes().isReadOnly()) {
            throw new VolutaException(v.name()
                    + " cannot be read into a tensor over a buffer that is read-only; give it one that is not");
        }
        HostTensor direct = into.direct();
        backend.read(from, v.type(), layout, direct);
        if (direct != into) into.bytes().put(direct.bytes());
    }

    /**
     * Writes samples of a data set, which is too large to be written at once. Waits.
     *
     * @param first the number of the first of them
     * @param samples as many as there are, in the data's element type
     */
    public void writeSamples(String name, long first, HostTensor samples) {
        Stored s = stored(name);
        TensorType type = s.value().type();
        if (samples.type().dtype() != type.dtype()
                || !type.shape().with(0, samples.shape().dim(0)).equals(samples.shape())
                || first < 0
                || first + samples.shape().dim(0) > type.dim(0)) {
            throw new VolutaException(samples.type() + " from number " + first + " on does not fit into " + s.value());
        }
        backend.writeRows(s.slice(), type, first, samples.direct());
        for (CompiledGraph g : graphs) g.invalidate(name);
    }

    /** A copy of a parameter or state. */
    public HostTensor read(String name) {
        HostTensor t = HostTensor.zeros(stored(name).value().type());
        read(name, t);
        return t;
    }

    /** Reads a parameter or state into a tensor of its shape; F64 keeps all digits that the backend has. */
    public void read(String name, HostTensor into) {
        Stored s = stored(name);
        read(backend, s.value(), s.layout(), s.slice(), into);
    }

    /** Bytes of all regions that are live now: the session's and those of its graphs. */
    public long liveBytes() {
        long n = regions.stream().mapToLong(MemoryRegion::bytes).sum();
        for (CompiledGraph g : graphs) n += g.liveBytes();
        return n;
    }

    void forget(CompiledGraph g) {
        graphs.remove(g);
    }

    /** Closes the graphs, then gives the memory back; of all of them, even if one says that it cannot. */
    @Override
    public void close() {
        if (closed) return;
        closed = true;
        Closing closing = new Closing();
        for (int i = graphs.size() - 1; i >= 0; i--) closing.close(graphs.get(i)::close);
        for (int i = regions.size() - 1; i >= 0; i--) closing.close(regions.get(i)::close);
        graphs.clear();
        regions.clear();
        stored.clear();
        closing.end();
    }
}
