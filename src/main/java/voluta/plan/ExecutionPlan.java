package voluta.plan;

import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import voluta.backend.Precision;
import voluta.backend.PreparedKernel;
import voluta.graph.Graph;
import voluta.graph.Value;

/** All decisions for one graph on one backend: what runs in which order, and where everything lies. Immutable. */
public final class ExecutionPlan {
    private final Graph graph;
    private final Precision precision;
    private final List<PlannedStep> prologue;
    private final List<PlannedStep> steps;
    private final Map<Value, PlannedValue> values;
    private final Map<RegionKind, Long> regions;
    private final long arenaBound;

    ExecutionPlan(
            Graph graph,
            Precision precision,
            List<PlannedStep> prologue,
            List<PlannedStep> steps,
            Map<Value, PlannedValue> values,
            Map<RegionKind, Long> regions,
            long arenaBound) {
        this.graph = graph;
        this.precision = precision;
        this.prologue = List.copyOf(prologue);
        this.steps = List.copyOf(steps);
        this.values = Collections.unmodifiableMap(values);
        this.regions = Collections.unmodifiableMap(new EnumMap<>(regions));
        this.arenaBound = arenaBound;
    }

    public Graph graph() {
        return graph;
    }

    public Precision precision() {
        return precision;
    }

    /** What runs once after parameters or state were set, before the first step. */
    public List<PlannedStep> prologue() {
        return prologue;
    }

    /** What runs each step. */
    public List<PlannedStep> steps() {
        return steps;
    }

    /** All kernels of the plan; whoever runs it closes them. */
    public List<PreparedKernel> kernels() {
        return Stream.concat(prologue.stream(), steps.stream())
                .map(PlannedStep::kernel)
                .toList();
    }

    /** The storage of a source or computed value. Arena contents are only valid during the step, unless the value is an output. */
    public PlannedValue value(Value v) {
        PlannedValue p = values.get(v);
        if (p == null) throw new IllegalArgumentException(v + " is not of this plan");
        return p;
    }

    /** Every value's storage. */
    public Map<Value, PlannedValue> values() {
        return values;
    }

    /** Bytes of each region that this plan needs; SHARED has none of its own. */
    public Map<RegionKind, Long> regions() {
        return regions;
    }

    /** Bytes of all regions together. */
    public long bytes() {
        return regions.values().stream().mapToLong(Long::longValue).sum();
    }

    /** The most arena bytes live at one step: no placement could be smaller. */
    public long arenaBound() {
        return arenaBound;
    }

    /** The largest values, largest first. What updates another value in place lies where that does and is not listed. */
    public List<PlannedValue> largest(int n) {
        return values.values().stream()
                .filter(p -> Graph.origin(p.value()) == p.value())
                .sorted(Comparator.comparingLong(
                                (PlannedValue p) -> p.placement().bytes())
                        .reversed())
                .limit(n)
                .toList();
    }

    /** The plan as text: regions, then a line per step with implementation, layouts and places. Stable for one machine. */
    public String text() {
        StringBuilder s = new StringBuilder();
        s.append(String.format(
                Locale.ROOT,
                "%d steps, %d before the first, precision %s%n",
                steps.size(),
                prologue.size(),
                precision.label()));
        s.append(String.format(Locale.ROOT, "memory %,d bytes:", bytes()));
        regions.forEach((k, b) ->
                s.append(String.format(Locale.ROOT, " %s %,d", k.name().toLowerCase(Locale.ROOT), b)));
        s.append(String.format(Locale.ROOT, " (arena at least %,d)%n", arenaBound));
        for (PlannedStep p : prologue) line(s, "once", p);
        for (PlannedStep p : steps) line(s, "step", p);
        return s.toString();
    }

    private static void line(StringBuilder s, String when, PlannedStep p) {
        s.append(when)
                .append(' ')
                .append(p.path())
                .append(" = ")
                .append(p.kind())
                .append(" [")
                .append(p.kernel().implementation())
                .append("] ");
        for (int i = 0; i < p.inputs().size(); i++) {
            s.append(i == 0 ? "(" : ", ");
            s.append(
                    p.inputs().get(i) == null
                            ? "-"
                            : p.kernel().inputLayout(i).describe() + " "
                                    + p.inputs().get(i));
        }
        s.append(") -> ");
        for (int i = 0; i < p.outputs().size(); i++) {
            s.append(i == 0 ? "" : ", ")
                    .append(p.kernel().outputLayout(i).describe())
                    .append(' ')
                    .append(p.outputs().get(i));
        }
        if (p.context() != null) s.append(" context ").append(p.context());
        if (p.scratch() != null) s.append(" scratch ").append(p.scratch().bytes());
        s.append('\n');
    }
}
