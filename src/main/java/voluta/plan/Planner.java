package voluta.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import voluta.backend.Backend;
import voluta.backend.DeviceException;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.backend.PreparedKernel;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Value;
import voluta.tensor.Bytes;

/** Turns a graph into a plan for one backend: kernels, layouts and reorders here, memory in {@link Placer}. */
public final class Planner {
    /** The most bytes of one value, in plain form. */
    private static final long MOST = 1L << 42;

    private final Backend backend;
    private final Graph graph;
    private final PlanOptions options;
    private final Map<Value, Buffer> homes = new LinkedHashMap<>();
    private final Map<Value, Map<Layout, Buffer>> copies = new HashMap<>();
    private final Map<Node, Draft> draftOf = new HashMap<>();
    private final List<Draft> drafts = new ArrayList<>();
    private final List<PreparedKernel> prepared = new ArrayList<>();
    private final List<Deferred> deferred = new ArrayList<>();
    private final Set<Value> changing = new HashSet<>();
    private final Set<Buffer> fixedPerRun = new HashSet<>();

    /** An input whose storage was open when its reader was prepared. */
    private record Deferred(Draft draft, int input, Value value, Layout wanted) {}

    private Planner(Backend backend, Graph graph, PlanOptions options) {
        this.backend = backend;
        this.graph = graph;
        this.options = options;
    }

    /** Plans a graph; every op must be supported by the backend (see {@link Lowering}). */
    public static ExecutionPlan plan(Backend backend, Graph graph, PlanOptions options) {
        if (!backend.precisions().contains(options.precision())) throw unable(backend, options.precision());
        Planner p = new Planner(backend, graph, options);
        boolean done = false;
        try {
            p.refuseHugeValues();
            p.declareSources();
            for (Node n : graph.nodes()) p.prepare(n);
            p.resolveDeferred();
            List<Draft> ordered = p.order();
            p.refuseStaleReads(ordered);
            ExecutionPlan plan = new Placer(graph, options, p.homes, ordered).place();
            done = true;
            return plan;
        } finally {
            if (!done) p.prepared.forEach(PreparedKernel::close);
        }
    }

    /** Native libraries, which are asked for kernels next, do not always survive sizes that nobody has. */
    private void refuseHugeValues() {
        for (Value v : graph.sources()) refuseHuge(v);
        for (Node n : graph.nodes()) for (Value v : n.outputs()) refuseHuge(v);
    }

    private static void refuseHuge(Value v) {
        if (v.type().elements() <= MOST / v.type().dtype().bytes()) return;
        String source = v.producer() == null ? null : v.producer().source();
        throw new DeviceException(
                v.name(),
                source,
                "a value " + v.type() + " is larger than " + Bytes.text(MOST)
                        + ", the most that is planned for; make the batch, the images or the layer smaller",
                null);
    }

    private static DeviceException unable(Backend backend, Precision asked) {
        List<String> able = backend.precisions().stream().map(Precision::label).toList();
        return new DeviceException("the backend " + backend.name() + " stores activations in "
                + String.join(" or ", able) + ", not in " + asked.label()
                + "; choose one of these, or --backend cuda, which has them all");
    }

    private void declareSources() {
        for (Node n : graph.nodes()) {
            for (int o = 0; o < n.outputs().size(); o++) {
                OptionalInt i = n.op().updates(o);
                if (i.isPresent()) changing.add(Graph.origin(n.input(i.getAsInt())));
            }
        }
        boolean parametersStay = !graph.updatesParameters();
        for (Value v : graph.sources()) {
            Buffer b = source(v);
            homes.put(v, b);
            boolean stays = v.kind() == Value.Kind.CONSTANT
                    || (v.kind() != Value.Kind.INPUT && parametersStay && !changing.contains(v));
            if (stays) fixedPerRun.add(b);
        }
    }

    private Buffer source(Value v) {
        Layout shared = options.shared().get(v.name());
        return switch (v.kind()) {
            case INPUT -> new Buffer(v.name(), v, v.type(), backend.plain(), RegionKind.EXCHANGE);
            case CONSTANT -> new Buffer(v.name(), v, v.type(), backend.plain(), RegionKind.CONSTANTS);
            case PARAMETER ->
                new Buffer(v.name(), v, v.type(), shared, shared == null ? RegionKind.PARAMETERS : RegionKind.SHARED);
            case STATE ->
                new Buffer(v.name(), v, v.type(), shared, shared == null ? RegionKind.STATE : RegionKind.SHARED);
            case DATA ->
                new Buffer(
                        v.name(), v, v.type(), backend.plain(), shared == null ? RegionKind.DATA : RegionKind.SHARED);
            case COMPUTED -> throw new IllegalStateException(v + " is no source");
        };
    }

    private void prepare(Node n) {
        List<Layout> offered = new ArrayList<>();
        for (int o = 0; o < n.outputs().size(); o++) {
            n.op().updates(o).ifPresent(i -> settle(n.input(i)));
        }
        for (Value v : n.inputs()) offered.add(homes.get(v).layout);
        Optional<PreparedKernel> forward = n.contextOf().map(f -> draftOf.get(f).kernel);
        PreparedKernel k = backend.prepare(new Preparation(
                n,
                java.util.Collections.unmodifiableList(offered),
                forward,
                options.precision(),
                !graph.gradients().isEmpty()));
        prepared.add(k);
        Draft d = new Draft(n.path(), n, k, n.inputs().size(), n.outputs().size());
        boolean fixed = n.contextOf().map(f -> draftOf.get(f).prologue).orElse(true);
        for (int i = 0; i < d.inputs.length; i++) {
            if (!k.reads(i)) continue;
            fixed &= fixedPerRun.contains(homes.get(n.input(i)));
            connect(d, i, n.input(i), k.inputLayout(i));
        }
        context(d, n);
        for (int o = 0; o < d.outputs.length; o++) {
            d.outputs[o] = output(n, o, k);
            fixed &= n.op().updates(o).isEmpty();
        }
        d.prologue = fixed;
        if (fixed) fixedPerRun.addAll(List.of(d.outputs));
        draftOf.put(n, d);
        drafts.add(d);
    }

    /**
     * Makes storage ready for a node that is about to update it in place: decides its layout if that is still open, and
     * gives what lies in a narrower type, as the gradient of an activation does, a home in which updates are not rounded.
     */
    private void settle(Value updated) {
        Buffer b = homes.get(updated);
        if (b.layout == null) b.decide(settledLayout(updated));
        else if (!b.layout.exact(updated.type()) && updated.kind() == Value.Kind.COMPUTED) widen(updated, b);
    }

    /** The layout of the parameter that a moment mirrors; for a parameter, that in which its gradient comes. */
    private Layout settledLayout(Value v) {
        Value like = v.mirrored().orElse(v);
        if (like != v) {
            settle(like);
            return homes.get(like).layout;
        }
        Value gradient = graph.gradients().get(v);
        Buffer g = gradient == null ? null : homes.get(gradient);
        return g != null && g.layout.exact(v.type()) ? g.layout : backend.plain();
    }

    /** From here on, the value lies in a plain copy: the one that earlier nodes read, if there is one. */
    private void widen(Value v, Buffer narrow) {
        homes.put(v, copy(v, narrow, backend.plain(), drafts));
        copies.remove(v);
    }

    private void connect(Draft d, int i, Value v, Layout wanted) {
        Buffer home = homes.get(v);
        if (home.layout == null) deferred.add(new Deferred(d, i, v, wanted));
        else d.inputs[i] = inLayout(d, v, home, wanted);
    }

    private void context(Draft d, Node n) {
        if (n.op().savesContext() && d.kernel.contextBytes() > 0) {
            d.context = new Buffer(n.path() + " context", d.kernel.contextBytes());
        }
        n.contextOf().ifPresent(f -> d.context = draftOf.get(f).context);
    }

    private Buffer output(Node n, int o, PreparedKernel k) {
        Value v = n.output(o);
        OptionalInt updated = n.op().updates(o);
        if (updated.isPresent()) {
            Buffer home = homes.get(n.input(updated.getAsInt()));
            if (!k.outputLayout(o).equals(home.layout)
                    || !k.inputLayout(updated.getAsInt()).equals(home.layout)) {
                throw new IllegalStateException(n.path() + " updates " + home.name
                        + " in place and must keep its layout " + home.layout.describe() + ", got "
                        + k.outputLayout(o).describe());
            }
            homes.put(v, home);
            return home;
        }
        Buffer b = new Buffer(v.name(), v, v.type(), k.outputLayout(o), RegionKind.ARENA);
        homes.put(v, b);
        return b;
    }

    /** The value in the layout wanted: its home, or a copy made right before its first reader. */
    private Buffer inLayout(Draft reader, Value v, Buffer home, Layout wanted) {
        return home.layout.equals(wanted) ? home : copy(v, home, wanted, reader.before);
    }

    /** A copy in another layout; where there is none yet, the reorder that makes it is added to {@code before}. */
    private Buffer copy(Value v, Buffer home, Layout wanted, List<Draft> before) {
        Map<Layout, Buffer> known = copies.computeIfAbsent(v, k -> new HashMap<>());
        Buffer copy = known.get(wanted);
        if (copy != null) return copy;
        copy = new Buffer(v.name() + " as " + wanted.describe(), v, v.type(), wanted, RegionKind.ARENA);
        PreparedKernel reorder = backend.reorder(v.type(), home.layout, wanted);
        prepared.add(reorder);
        Draft r = new Draft(v.name(), null, reorder, 1, 1);
        r.inputs[0] = home;
        r.outputs[0] = copy;
        r.prologue = fixedPerRun.contains(home);
        if (r.prologue) fixedPerRun.add(copy);
        before.add(r);
        known.put(wanted, copy);
        return copy;
    }

    /**
     * What no update settled: parameters that only forward nodes read take the layout that their first reader likes. They
     * keep their digits all the same, since the session may train or save them later; what is read in bf16 is a copy.
     */
    private void resolveDeferred() {
        for (Deferred d : deferred) {
            Buffer home = homes.get(d.value);
            boolean liked = !graph.updatesParameters() && d.wanted.exact(home.type);
            if (home.layout == null) home.decide(liked ? d.wanted : backend.plain());
        }
        for (Buffer b : homes.values()) if (b.layout == null) b.decide(backend.plain());
        for (Deferred d : deferred) d.draft.inputs[d.input] = inLayout(d.draft, d.value, homes.get(d.value), d.wanted);
    }

    /** Prologue first, then the step; each reorder right before its first reader. */
    private List<Draft> order() {
        List<Draft> prologue = new ArrayList<>(), step = new ArrayList<>();
        for (Draft d : drafts) {
            for (Draft r : d.before) (r.prologue ? prologue : step).add(r);
            (d.prologue ? prologue : step).add(d);
        }
        prologue.addAll(step);
        return prologue;
    }

    /** A node that reads what an earlier node already replaced, directly or through a view, would compute something else. */
    private void refuseStaleReads(List<Draft> ordered) {
        Map<Value, Value> latest = new HashMap<>();
        for (Draft d : ordered) {
            if (d.node == null) continue;
            for (int i = 0; i < d.inputs.length; i++) {
                if (d.inputs[i] == null) continue;
                Value read = viewed(d.node.input(i));
                Value now = latest.getOrDefault(Graph.origin(read), read);
                if (now != read) {
                    throw new IllegalStateException(d.path + " reads " + read.name() + " after " + now.name()
                            + " has taken its place; updates must come after every other use");
                }
            }
            for (int o = 0; o < d.outputs.length; o++) {
                if (d.node.op().updates(o).isPresent()) latest.put(Graph.origin(d.node.output(o)), d.node.output(o));
            }
        }
        graph.outputs().forEach((name, v) -> {
            Value read = viewed(v), now = latest.getOrDefault(Graph.origin(read), read);
            if (now != read) {
                throw new IllegalStateException("the output " + name + " is " + read.name() + ", but " + now.name()
                        + " takes its place within the step; updates must come after every other use");
            }
        });
    }

    /** Follows views back to the value whose bytes these are. */
    private Value viewed(Value v) {
        while (v.producer() != null && draftOf.get(v.producer()).view()) {
            Draft d = draftOf.get(v.producer());
            v = d.node.input(d.kernel.views(v.index()).getAsInt());
        }
        return v;
    }
}
