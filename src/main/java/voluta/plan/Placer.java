package voluta.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import voluta.graph.Graph;
import voluta.graph.Value;

/** Lifetimes, sharing and places of everything that ordered steps touch. */
final class Placer {
    private final Graph graph;
    private final PlanOptions options;
    private final Map<Value, Buffer> homes;
    private final List<Draft> steps;
    private final int prologue;
    private final Set<Buffer> all = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
    private final Map<RegionKind, Long> sizes = new EnumMap<>(RegionKind.class);
    private final Map<String, Long> parameterOffsets = new HashMap<>();
    private long arenaBound;

    Placer(Graph graph, PlanOptions options, Map<Value, Buffer> homes, List<Draft> ordered) {
        this.graph = graph;
        this.options = options;
        this.homes = homes;
        this.steps = ordered;
        this.prologue = (int) ordered.stream().filter(d -> d.prologue).count();
    }

    ExecutionPlan place() {
        gradientsBesideParameters();
        lifetimes();
        share();
        placePersistent();
        placeArena();
        return plan();
    }

    /**
     * Where the step updates parameters, a gradient that its kernel writes in its parameter's layout lies in the gradient
     * region, at its parameter's offset.
     */
    private void gradientsBesideParameters() {
        // Nothing goes over all of them then: each lives until it was read.
        if (!graph.updatesParameters()) return;
        graph.gradients().forEach((parameter, gradient) -> {
            Buffer p = homes.get(parameter), g = homes.get(gradient);
            boolean own = g.region == RegionKind.ARENA && !isView(gradient);
            if (own && p.region == RegionKind.PARAMETERS && p.layout.equals(g.layout)) g.region = RegionKind.GRADIENTS;
        });
    }

    private boolean isView(Value v) {
        return steps.stream().anyMatch(d -> d.node != null && d.node == v.producer() && d.view());
    }

    private void lifetimes() {
        int end = steps.size();
        for (int s = 0; s < end; s++) {
            Draft d = steps.get(s);
            for (Buffer b : d.inputs) touch(b, s);
            for (Buffer b : d.outputs) touch(b, s);
            touch(d.context, s);
            touch(d.scratch, s);
        }
        for (Value v : graph.outputs().values()) {
            touch(homes.get(v), end);
            all.add(homes.get(v));
        }
        all.addAll(homes.values());
        for (Buffer b : all) {
            if (b.first == Integer.MAX_VALUE) b.first = b.last = 0;
        }
    }

    private void touch(Buffer b, int step) {
        if (b == null) return;
        all.add(b);
        b.first = Math.min(b.first, step);
        b.last = Math.max(b.last, step);
    }

    /** Views share the bytes of what they view; kernels that can work in place do where nobody misses the input. */
    private void share() {
        for (int s = 0; s < steps.size(); s++) {
            Draft d = steps.get(s);
            for (Buffer b : d.inputs) slot(b);
            slot(d.context);
            slot(d.scratch);
            for (int o = 0; o < d.outputs.length; o++) {
                Buffer out = d.outputs[o];
                if (out.slot != null) continue;
                if (d.view()) joinView(d, out, o);
                else if (options.reuse()) overwrite(d, out, o, s);
                slot(out);
            }
        }
        for (Buffer b : all) slot(b);
    }

    private static void slot(Buffer b) {
        if (b != null && b.slot == null) b.slot = new Buffer.Slot(b);
    }

    private static void joinView(Draft d, Buffer out, int o) {
        join(out, d.inputs[d.kernel.views(o).getAsInt()]);
    }

    private static void join(Buffer out, Buffer in) {
        out.slot = in.slot;
        out.slot.last = Math.max(out.slot.last, out.last);
        out.region = in.region;
    }

    private void overwrite(Draft d, Buffer out, int o, int step) {
        if (out.region != RegionKind.ARENA || d.kernel.mayOverwrite(o).isEmpty()) return;
        Buffer in = d.inputs[d.kernel.mayOverwrite(o).getAsInt()];
        if (in == null || in.slot.region != RegionKind.ARENA || in.slot.last != step || in.slot.bytes < out.bytes)
            return;
        // what the prologue left must still be there at the next step
        if (in.slot.first < prologue && step >= prologue) return;
        long readers = Arrays.stream(d.inputs)
                .filter(b -> b != null && b.slot == in.slot)
                .count();
        boolean taken = Arrays.stream(d.outputs).anyMatch(b -> b != out && b.slot == in.slot);
        if (readers == 1 && !taken && (d.context == null || d.context.slot != in.slot)) join(out, in);
    }

    private void placePersistent() {
        for (Value v : graph.parameters()) {
            Buffer b = homes.get(v);
            if (b.region != RegionKind.PARAMETERS) continue;
            append(b);
            parameterOffsets.put(v.name(), b.slot.offset);
        }
        long parameters = sizes.getOrDefault(RegionKind.PARAMETERS, 0L);
        graph.gradients().forEach((p, g) -> {
            Buffer b = homes.get(g);
            if (b.region != RegionKind.GRADIENTS) return;
            b.slot.offset = parameterOffsets.get(p.name());
            sizes.put(RegionKind.GRADIENTS, parameters);
        });
        placeState(parameters);
        for (Value v : graph.sources()) {
            Buffer b = homes.get(v);
            boolean follows =
                    b.region == RegionKind.CONSTANTS || b.region == RegionKind.EXCHANGE || b.region == RegionKind.DATA;
            if (follows) append(b);
        }
    }

    /** Moments mirror the parameter region, one copy of it per suffix; other state follows. */
    private void placeState(long parameters) {
        Map<String, Long> bases = new LinkedHashMap<>();
        for (Value v : graph.sources(Value.Kind.STATE)) {
            Buffer b = homes.get(v);
            if (b.region != RegionKind.STATE) continue;
            Value p = v.mirrored().orElse(null);
            if (p == null || !parameterOffsets.containsKey(p.name())) continue;
            String suffix = v.name().substring(p.name().length());
            long base = bases.computeIfAbsent(suffix, k -> sizes.getOrDefault(RegionKind.STATE, 0L));
            sizes.put(RegionKind.STATE, Math.max(sizes.getOrDefault(RegionKind.STATE, 0L), base + parameters));
            b.slot.offset = base + parameterOffsets.get(p.name());
        }
        for (Value v : graph.sources(Value.Kind.STATE)) {
            Buffer b = homes.get(v);
            boolean mirrored = v.mirrored()
                    .map(p -> parameterOffsets.containsKey(p.name()))
                    .orElse(false);
            if (b.region == RegionKind.STATE && !mirrored) append(b);
        }
    }

    private void append(Buffer b) {
        long end = sizes.getOrDefault(b.region, 0L);
        b.slot.offset = end;
        sizes.put(b.region, end + MemoryPlanner.align(b.bytes));
    }

    private void placeArena() {
        Set<Buffer.Slot> seen = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
        List<Buffer.Slot> arena = new ArrayList<>();
        for (Draft d : steps) {
            for (Buffer b : d.outputs) collect(b, seen, arena);
            collect(d.context, seen, arena);
            collect(d.scratch, seen, arena);
        }
        List<MemoryPlanner.Piece> pieces = arena.stream()
                .map(s -> new MemoryPlanner.Piece(Math.max(1, s.bytes), s.first, s.last))
                .toList();
        MemoryPlanner.Result r = MemoryPlanner.place(pieces, options.reuse());
        for (int i = 0; i < arena.size(); i++) arena.get(i).offset = r.offsets()[i];
        if (r.bytes() > 0) sizes.put(RegionKind.ARENA, r.bytes());
        arenaBound = r.bound();
    }

    /** What the prologue leaves for the step is kept apart; everything else of this kind goes into the arena. */
    private void collect(Buffer b, Set<Buffer.Slot> seen, List<Buffer.Slot> arena) {
        if (b == null || b.slot.region != RegionKind.ARENA || !seen.add(b.slot)) return;
        if (b.slot.first < prologue && b.slot.last >= prologue) {
            b.slot.region = RegionKind.DERIVED;
            long end = sizes.getOrDefault(RegionKind.DERIVED, 0L);
            b.slot.offset = end;
            sizes.put(RegionKind.DERIVED, end + MemoryPlanner.align(b.slot.bytes));
        } else {
            arena.add(b.slot);
        }
    }

    private Placement placement(Buffer b) {
        if (b == null) return null;
        if (b.placement == null) {
            boolean shared = b.slot.region == RegionKind.SHARED;
            b.placement =
                    new Placement(b.slot.region, shared ? b.slot.name : null, shared ? 0 : b.slot.offset, b.bytes);
        }
        return b.placement;
    }

    private ExecutionPlan plan() {
        List<PlannedStep> planned = new ArrayList<>();
        int before = 0;
        for (int s = 0; s < steps.size(); s++) {
            Draft d = steps.get(s);
            if (d.view()) continue;
            if (s < prologue) before++;
            planned.add(new PlannedStep(
                    d.path,
                    d.node,
                    d.kernel,
                    places(d.inputs),
                    places(d.outputs),
                    placement(d.context),
                    placement(d.scratch)));
        }
        Map<Value, PlannedValue> values = new LinkedHashMap<>();
        homes.forEach((v, b) -> values.put(v, new PlannedValue(v, b.layout, placement(b), b.first, b.last)));
        return new ExecutionPlan(
                graph,
                options.precision(),
                planned.subList(0, before),
                planned.subList(before, planned.size()),
                values,
                sizes,
                arenaBound);
    }

    private List<Placement> places(Buffer[] buffers) {
        List<Placement> p = new ArrayList<>();
        for (Buffer b : buffers) p.add(placement(b));
        return java.util.Collections.unmodifiableList(p);
    }
}
