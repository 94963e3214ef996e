package voluta.session;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import voluta.backend.Backend;
import voluta.backend.Executable;
import voluta.backend.Feed;
import voluta.backend.HostBuffer;
import voluta.backend.MemoryRegion;
import voluta.backend.PreparedKernel;
import voluta.backend.Program;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.plan.ExecutionPlan;
import voluta.plan.Passes;
import voluta.plan.Placement;
import voluta.plan.PlannedStep;
import voluta.plan.PlannedValue;
import voluta.plan.RegionKind;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;
import voluta.tensor.VolutaException;

/** A graph ready to run: fill a slot's buffers, run it, read outputs. Running allocates nothing. */
public final class CompiledGraph implements AutoCloseable {
    private static final RegionKind[] OWN = {
        RegionKind.GRADIENTS, RegionKind.CONSTANTS, RegionKind.DERIVED, RegionKind.ARENA, RegionKind.EXCHANGE
    };

    private final Session session;
    private final Backend backend;
    /** Of the whole batch; the plan's is for the rows of a pass. */
    private final Graph graph;

    private final Passes passes;
    private final ExecutionPlan plan;
    private final int slots;
    private final Map<RegionKind, MemoryRegion> regions = new LinkedHashMap<>();
    private final Map<String, List<HostBuffer>> feeds = new LinkedHashMap<>();
    private final Executable prologue;
    private final Executable step;
    /** Null where there is one pass. */
    private final GatheredOutputs gathered;

    private final Set<String> prologueReads = new HashSet<>();
    private final Set<String> changes = new HashSet<>();
    private CompiledGraph[] dependents = {};
    private boolean stale = true;
    private boolean closed;

    CompiledGraph(Session session, Graph graph, Passes passes, ExecutionPlan plan, CompileOptions options) {
        this.session = session;
        this.backend = session.backend();
        this.graph = graph;
        this.passes = passes;
        this.plan = plan;
        this.slots = options.slots();
        Executable first = null, main = null;
        try {
            for (RegionKind k : OWN) {
                Long bytes = plan.regions().get(k);
                if (bytes != null) regions.put(k, backend.allocate(k.name().toLowerCase(java.util.Locale.ROOT), bytes));
            }
            if (regions.containsKey(RegionKind.ARENA))
                regions.get(RegionKind.ARENA).leaveUndefined();
            if (options.poison() && regions.containsKey(RegionKind.ARENA))
                regions.get(RegionKind.ARENA).fill((byte) 0xff);
            writeConstants();
            List<Feed> inputs = inputs(options.slots());
            first = plan.prologue().isEmpty()
                    ? null
                    : backend.compile(new Program(List.of(), bind(plan.prologue())), options.mode());
            prologue = first;
            main = backend.compile(new Program(inputs, bind(plan.steps())), options.mode());
            step = main;
            gathered = passes.count() == 1
                    ? null
                    : new GatheredOutputs(
                            backend, passes, graph, this::planned, p -> slice(p.placement()), options.mode());
        } catch (RuntimeException | Error e) {
            Closing closing = new Closing();
            if (main != null) closing.close(main::close);
            if (first != null) closing.close(first::close);
            closeMemory(closing);
            closing.endAfter(e);
            throw e;
        }
        findChanges();
    }

    private void writeConstants() {
        for (Value v : plan.graph().sources(Value.Kind.CONSTANT)) {
            PlannedValue p = plan.value(v);
            backend.write(
                    slice(p.placement()), v.type(), p.layout(), v.constant().direct());
        }
    }

    private List<Feed> inputs(int slots) {
        List<Feed> all = new ArrayList<>();
        for (Value v : plan.graph().sources(Value.Kind.INPUT)) {
            List<HostBuffer> buffers = new ArrayList<>();
            feeds.put(v.name(), buffers);
            for (int s = 0; s < slots; s++)
                buffers.add(
                        backend.allocateHost(v.name(), input(v.name()).type().plainBytes()));
            PlannedValue p = plan.value(v);
            all.add(new Feed(v.name(), v.type(), p.layout(), slice(p.placement()), windows(buffers, v.type())));
        }
        return all;
    }

    /** What each pass of each slot reads: to the executable, these are slots. */
    private List<HostBuffer> windows(List<HostBuffer> slots, TensorType type) {
        if (passes.count() == 1) return slots;
        int bytes = (int) type.plainBytes();
        List<HostBuffer> windows = new ArrayList<>();
        for (HostBuffer slot : slots) {
            for (int pass = 0; pass < passes.count(); pass++) {
                int from = passes.first(pass) * (bytes / passes.rows());
                windows.add(new Window(slot.bytes().slice(from, bytes).order(ByteOrder.nativeOrder())));
            }
        }
        return windows;
    }

    /** A part of another buffer, which owns the memory. */
    private record Window(ByteBuffer bytes) implements HostBuffer {
        @Override
        public void close() {}
    }

    private List<Step> bind(List<PlannedStep> steps) {
        List<Step> bound = new ArrayList<>();
        for (PlannedStep s : steps) {
            bound.add(new Step(
                    s.path(),
                    s.node(),
                    s.kernel(),
                    slices(s.inputs()),
                    slices(s.outputs()),
                    slice(s.context()),
                    slice(s.scratch())));
        }
        return bound;
    }

    private List<Slice> slices(List<Placement> places) {
        return Arrays.asList(places.stream().map(this::slice).toArray(Slice[]::new));
    }

    private Slice slice(Placement p) {
        if (p == null) return null;
        if (p.shared() != null) return session.slice(p.shared());
        if (Session.KEPT.contains(p.region())) return persistent(p);
        return new Slice(regions.get(p.region()), p.offset(), p.bytes());
    }

    /** A placement in one of the regions that the session took over from this plan. */
    private Slice persistent(Placement p) {
        for (Value v : plan.graph().sources()) {
            Placement q = plan.value(v).placement();
            if (q.region() == p.region() && q.offset() == p.offset()) return session.slice(v.name());
        }
        throw new IllegalStateException("nothing lies at " + p);
    }

    private void findChanges() {
        for (Node n : plan.graph().nodes()) {
            for (int o = 0; o < n.outputs().size(); o++) {
                OptionalInt i = n.op().updates(o);
                if (i.isPresent())
                    changes.add(Graph.origin(n.input(i.getAsInt())).name());
            }
        }
        for (PlannedStep s : plan.prologue()) {
            if (s.node() == null) prologueReads.add(s.path());
            else for (Value v : s.node().inputs()) prologueReads.add(v.name());
        }
    }

    /** Finds the graphs whose prologue must run again after this one ran. */
    void relate() {
        dependents = session.graphs().stream()
                .filter(g -> g.prologueReads.stream().anyMatch(changes::contains))
                .toArray(CompiledGraph[]::new);
    }

    void invalidate(String name) {
        stale |= prologueReads.contains(name);
    }

    /** What a run does, or each pass of it. */
    public ExecutionPlan plan() {
        return plan;
    }

    /** The graph of what is fed and read: that of the whole batch. */
    public Graph graph() {
        return graph;
    }

    /** How many times a run goes through the plan, with how many of the batch's rows. */
    public Passes passes() {
        return passes;
    }

    /** Where the host writes an input of a slot before running it: plain row-major, native byte order. The same object each time. */
    public ByteBuffer feed(String input, int slot) {
        checkOpen();
        List<HostBuffer> b = feeds.get(input);
        if (b == null) throw new IllegalArgumentException("no input " + input + "; there are " + feeds.keySet());
        checkSlot(slot);
        return b.get(slot).bytes();
    }

    private void checkSlot(int slot) {
        if (slot >= 0 && slot < slots) return;
        throw new IllegalArgumentException(
                "the graph was compiled with " + slots + " slots, numbered from 0; there is no slot " + slot);
    }

    /** Whether the graph has an input of this name. */
    public boolean hasInput(String name) {
        return feeds.containsKey(name);
    }

    /**
     * Copies a tensor of the input's element type into a slot; for tests and single runs, not for the hot loop.
     *
     * @throws VolutaException if it has another element type or another number of elements
     */
    public void feed(String input, int slot, HostTensor tensor) {
        ByteBuffer to = feed(input, slot).duplicate();
        DType wanted = input(input).type().dtype();
        if (tensor.type().dtype() != wanted || tensor.type().plainBytes() != to.remaining()) {
            throw new VolutaException("the input " + input + " takes "
                    + input(input).type() + ", got " + tensor.type() + "; bring it to that type and size");
        }
        to.put(tensor.bytes());
    }

    private Value input(String name) {
        return graph.sources(Value.Kind.INPUT).stream()
                .filter(v -> v.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    /** What a native kernel does with memory that was given back is not an exception, but the end of the process. */
    private void checkOpen() {
        if (closed) throw new IllegalStateException("the graph is closed; compile it again to run it");
    }

    /** Runs one step on what the slot holds. May return before the device is done. */
    public void run(int slot) {
        begin(slot);
        for (int pass = 0; pass < passes.count(); pass++) {
            step.run(slot * passes.count() + pass);
            if (gathered != null) gathered.gather(pass);
        }
    }

    private void begin(int slot) {
        checkOpen();
        checkSlot(slot);
        if (stale && prologue != null) prologue.run(0);
        stale = false;
        // Before the step, which may change what they read and then fail, or be left by a listener.
        for (CompiledGraph g : dependents) g.stale = true;
    }

    /** Runs one step and says how long each kernel took, in all passes together. */
    public List<StepTime> profile(int slot) {
        long[] nanos = new long[plan.steps().size()];
        run(slot, (i, n) -> nanos[i] += n);
        List<StepTime> times = new ArrayList<>();
        for (PlannedStep s : plan.steps())
            times.add(new StepTime(s.path(), s.kind(), s.kernel().implementation(), nanos[times.size()]));
        return times;
    }

    private void run(int slot, Executable.StepListener listener) {
        begin(slot);
        for (int pass = 0; pass < passes.count(); pass++) {
            step.run(slot * passes.count() + pass, listener);
            if (gathered != null) gathered.gather(pass);
        }
    }

    /**
     * Runs one step, looking at every value, and names the first that is not finite. Slow. Updates that are guarded by a
     * finite gradient norm leave parameters as they were.
     */
    public Optional<NonFinite> findNonFinite(int slot) {
        for (Value v : plan.graph().sources()) {
            if (v.kind() != Value.Kind.PARAMETER && v.kind() != Value.Kind.STATE) continue;
            Optional<String> w = v.type().dtype().floating() ? notFinite(read(v)) : Optional.empty();
            if (w.isPresent())
                return Optional.of(new NonFinite(v.name(), null, "already holds " + w.get() + " before the step"));
        }
        List<NonFinite> found = new ArrayList<>();
        watch(slot, (v, content) -> {
            Node n = v.producer();
            if (!found.isEmpty() || !v.type().dtype().floating()) return;
            notFinite(content.read()).ifPresent(w -> found.add(new NonFinite(n.path(), n.source(), firstToGive(n, w))));
        });
        return found.stream().findFirst();
    }

    /**
     * Runs one step and shows each value that it computes to the listener, as soon as it is complete: those of a pass have its
     * rows. Slow.
     */
    public void watch(int slot, ValueListener listener) {
        run(slot, (i, nanos) -> {
            Node n = plan.steps().get(i).node();
            if (n == null) return;
            for (Value v : n.outputs()) listener.computed(v, content(v));
        });
    }

    /** Nodes that the user wrote are layers; the others came with the loss, the gradients and the update. */
    private static String firstToGive(Node n, String what) {
        return "is the first " + (n.source() == null ? "op" : "layer") + " that gives " + what;
    }

    private ValueListener.Content content(Value v) {
        return new ValueListener.Content() {
            @Override
            public HostTensor read() {
                return CompiledGraph.this.read(v);
            }

            @Override
            public void write(HostTensor tensor) {
                Session.checkShape(v, tensor);
                PlannedValue p = plan.value(v);
                backend.write(slice(p.placement()), v.type(), p.layout(), tensor.direct());
            }
        };
    }

    private static Optional<String> notFinite(HostTensor t) {
        for (long i = 0; i < t.type().elements(); i++) {
            double d = t.get(i);
            if (!Double.isFinite(d)) return Optional.of(Double.isNaN(d) ? "NaN" : "infinity");
        }
        return Optional.empty();
    }

    private HostTensor read(Value v) {
        checkOpen();
        HostTensor t = HostTensor.zeros(v.type());
        PlannedValue p = plan.value(v);
        backend.read(slice(p.placement()), v.type(), p.layout(), t);
        return t;
    }

    /** A copy of an output of the last run; waits for it. */
    public HostTensor read(String output) {
        HostTensor t = HostTensor.zeros(graph.output(output).type());
        read(output, t);
        return t;
    }

    /** Reads an output of the last run into a tensor of its shape; waits for it. */
    public void read(String output, HostTensor into) {
        checkOpen();
        Stored s = output(output);
        Session.read(backend, s.value(), s.layout(), s.slice(), into);
    }

    /** A reader of one output that may be called in the hot loop. */
    public OutputReader reader(String output) {
        checkOpen();
        Stored s = output(output);
        return new OutputReader(backend, s.slice(), s.value().type(), s.layout());
    }

    private PlannedValue planned(String output) {
        return plan.value(plan.graph().output(output));
    }

    /** Where an output lies after a run. */
    private Stored output(String name) {
        PlannedValue p = planned(name);
        return gathered != null ? gathered.output(name) : new Stored(p.value(), p.layout(), slice(p.placement()));
    }

    long liveBytes() {
        return regions.values().stream().mapToLong(MemoryRegion::bytes).sum()
                + (gathered == null ? 0 : gathered.bytes());
    }

    @Override
    public void close() {
        if (closed) return;
        closed = true;
        session.forget(this);
        Closing closing = new Closing();
        if (gathered != null) closing.close(gathered::close);
        closing.close(step::close);
        if (prologue != null) closing.close(prologue::close);
        for (PreparedKernel k : plan.kernels()) closing.close(k::close);
        closeMemory(closing);
        closing.end();
    }

    private void closeMemory(Closing closing) {
        List<MemoryRegion> all = new ArrayList<>(regions.values());
        for (int i = all.size() - 1; i >= 0; i--) closing.close(all.get(i)::close);
        feeds.values().forEach(l -> l.forEach(b -> closing.close(b::close)));
    }
}
