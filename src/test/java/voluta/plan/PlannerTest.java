package voluta.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import voluta.backend.Layout;
import voluta.backend.Precision;
import voluta.graph.Graph;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.TensorType;

/**
 * Plans of random graphs with random wishes of kernels, checked by playing them: memory is a list of marked ranges, each
 * step checks that what it reads is still marked with the right value in the right layout, and marks what it writes.
 */
class PlannerTest {
    /** Something that has outputs; its only attributes are what the planner sees. */
    record Any(int id, List<Long> sizes, boolean savesContext, int updated) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            return sizes.stream().map(TensorType::f32).toList();
        }

        @Override
        public OptionalInt updates(int output) {
            return output == 0 && updated >= 0 ? OptionalInt.of(updated) : OptionalInt.empty();
        }
    }

    private static Graph randomGraph(Random r, boolean training) {
        GraphBuilder b = new GraphBuilder();
        List<Value> values = new ArrayList<>();
        List<Value> parameters = new ArrayList<>();
        for (int i = 0; i < 2; i++) values.add(b.input("input" + i, TensorType.f32(50 + r.nextInt(500))));
        for (int i = 0; i < 4; i++)
            parameters.add(b.parameter("w" + i, TensorType.f32(10 + r.nextInt(900)), Initializer.ZEROS));
        List<Node> saving = new ArrayList<>();
        int nodes = 5 + r.nextInt(30);
        for (int i = 0; i < nodes; i++) {
            List<Value> in = new ArrayList<>();
            for (int k = 0; k <= r.nextInt(3); k++) {
                in.add(
                        r.nextInt(4) == 0
                                ? parameters.get(r.nextInt(4))
                                : values.get(values.size() - 1 - r.nextInt(Math.min(6, values.size()))));
            }
            List<Long> sizes = new ArrayList<>();
            for (int k = 0; k <= r.nextInt(2); k++) sizes.add(10L + r.nextInt(800));
            boolean saves = r.nextInt(4) == 0;
            Any op = new Any(i, sizes, saves, -1);
            Node n = !saving.isEmpty() && r.nextInt(3) == 0
                    ? b.addWithContext("n" + i, op, saving.get(r.nextInt(saving.size())), in)
                    : b.add("n" + i, op, in);
            if (saves && n.contextOf().isEmpty()) saving.add(n);
            values.addAll(n.outputs());
        }
        b.output("last", values.get(values.size() - 1));
        if (training) update(b, parameters, values, r);
        return b.build();
    }

    private static void update(GraphBuilder b, List<Value> parameters, List<Value> values, Random r) {
        for (Value w : parameters) {
            Node g = b.add(
                    "gradient of " + w.name(),
                    new Any(99, List.of(w.type().dim(0)), false, -1),
                    values.get(values.size() - 1 - r.nextInt(3)));
            b.gradient(w, g.output());
        }
        for (Value w : parameters) {
            Value m = b.stateBeside(w, "momentum", Initializer.ZEROS);
            Value g = b.build().gradients().get(w);
            Value moved = b.add("move " + w.name(), new Any(7, List.of(w.type().dim(0)), false, 0), m, g)
                    .output();
            b.add("step " + w.name(), new Any(8, List.of(w.type().dim(0)), false, 0), w, moved);
        }
    }

    /** A random gradient may be a view of a parameter that is updated first: refused, as it must be, and another is tried. */
    private static ExecutionPlan planOrDiscard(Graph g, long seed, boolean reuse) {
        try {
            return Planner.plan(new PlanningBackend(seed), g, new PlanOptions(Precision.F32, reuse, Map.of()));
        } catch (IllegalStateException e) {
            Assume.that(!e.getMessage().contains("updates must come after"));
            throw e;
        }
    }

    @Property(seed = "1", tries = 400)
    void everyReadSeesWhatWasWritten(@ForAll long seed, @ForAll boolean training, @ForAll boolean reuse) {
        Random r = new Random(seed);
        Graph g = randomGraph(r, training);
        ExecutionPlan plan = planOrDiscard(g, seed, reuse);
        Player player = new Player(plan);
        player.play(plan.prologue());
        for (int round = 0; round < 2; round++) {
            player.play(plan.steps());
            for (Value v : g.outputs().values())
                player.check(
                        plan.value(v).placement(), player.root(v), plan.value(v).layout(), "output " + v);
        }
    }

    @Property(seed = "1", tries = 100)
    void momentsAndGradientsMirrorParameters(@ForAll long seed) {
        Graph g = randomGraph(new Random(seed), true);
        ExecutionPlan plan = planOrDiscard(g, seed, true);
        for (Value w : g.parameters()) {
            PlannedValue p = plan.value(w), d = plan.value(g.gradients().get(w));
            assertTrue(p.layout().exact(w.type()), w.name());
            if (d.layout().exact(w.type())) assertEquals(p.layout(), d.layout(), w.name());
            if (d.placement().region() == RegionKind.GRADIENTS)
                assertEquals(p.placement().offset(), d.placement().offset(), w.name());
        }
        for (Value m : g.sources(Value.Kind.STATE)) {
            PlannedValue p = plan.value(m.mirrored().orElseThrow()), s = plan.value(m);
            assertEquals(p.layout(), s.layout(), m.name());
            assertEquals(p.placement().offset(), s.placement().offset(), m.name());
        }
    }

    /** Plays a plan on marked memory. */
    private static final class Player {
        private record Mark(Placement at, Value value, Layout layout) {}

        private final ExecutionPlan plan;
        private final List<Mark> memory = new ArrayList<>();
        private final Map<Value, Value> roots = new HashMap<>();

        Player(ExecutionPlan plan) {
            this.plan = plan;
            for (Node n : plan.graph().nodes()) {
                boolean run = java.util.stream.Stream.concat(plan.prologue().stream(), plan.steps().stream())
                        .anyMatch(s -> s.node() == n);
                if (!run) roots.put(n.output(0), root(n.input(0)));
            }
            for (Value v : plan.graph().sources())
                mark(plan.value(v).placement(), v, plan.value(v).layout());
        }

        /** A view stands for what it views. */
        Value root(Value v) {
            return roots.getOrDefault(v, v);
        }

        void play(List<PlannedStep> steps) {
            // each run is fed anew, and updated storage counts as its source again
            for (Value v : plan.graph().sources()) {
                if (plan.value(v).placement().region() != RegionKind.CONSTANTS)
                    mark(plan.value(v).placement(), v, plan.value(v).layout());
            }
            for (PlannedStep s : steps) {
                if (s.node() == null) playReorder(s);
                else playNode(s);
            }
        }

        private void playReorder(PlannedStep s) {
            Mark m = find(s.inputs().get(0));
            assertTrue(m != null, "reorder of " + s.path() + " reads nothing");
            assertEquals(s.kernel().inputLayout(0), m.layout);
            mark(s.outputs().get(0), m.value, s.kernel().outputLayout(0));
        }

        private void playNode(PlannedStep s) {
            Node n = s.node();
            for (int i = 0; i < n.inputs().size(); i++) {
                if (s.inputs().get(i) != null)
                    check(s.inputs().get(i), root(n.input(i)), s.kernel().inputLayout(i), n.path());
            }
            n.contextOf().ifPresent(f -> {
                if (s.context() != null) check(s.context(), f.output(0), null, n.path() + " context");
            });
            if (s.scratch() != null) mark(s.scratch(), null, null);
            if (n.op().savesContext() && n.contextOf().isEmpty() && s.context() != null)
                mark(s.context(), n.output(0), null);
            for (int o = 0; o < n.outputs().size(); o++)
                mark(s.outputs().get(o), n.output(o), s.kernel().outputLayout(o));
        }

        private Mark find(Placement at) {
            return memory.stream()
                    .filter(m -> m.at.region() == at.region() && m.at.offset() == at.offset())
                    .findFirst()
                    .orElse(null);
        }

        void check(Placement at, Value value, Layout layout, String reader) {
            Mark m = find(at);
            assertTrue(
                    m != null && m.value == value, () -> reader + " reads " + value + " at " + at + ", there is " + m);
            assertEquals(layout, m.layout, reader);
        }

        private void mark(Placement at, Value value, Layout layout) {
            memory.removeIf(m -> m.at.region() == at.region()
                    && m.at.offset() < at.offset() + at.bytes()
                    && at.offset() < m.at.offset() + m.at.bytes());
            memory.add(new Mark(at, value, layout));
        }
    }
}
