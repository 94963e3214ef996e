package voluta.nn;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.Supplier;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.tensor.DType;
import voluta.tensor.Philox;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/** One network being built: what layers add to, in which mode, under which scope. Not thread-safe. */
public final class Build {
    /** The name of the input that holds the number of the step, i64[]; dropout draws from it. */
    public static final String STEP = "step";

    private final GraphBuilder builder;
    private final Mode mode;
    private final long seed;
    private final Predicate<String> frozen;
    private final Deque<Map<String, Value>> outputs = new ArrayDeque<>();
    private String prefix = "";
    private Value step;

    /**
     * @param seed decides the dropout masks
     * @param frozen which layers, by path, keep their statistics in training; their batch normalizations use the running ones
     */
    public Build(GraphBuilder builder, Mode mode, long seed, Predicate<String> frozen) {
        this.builder = builder;
        this.mode = mode;
        this.seed = seed;
        this.frozen = frozen;
    }

    /** Nothing frozen. */
    public Build(GraphBuilder builder, Mode mode, long seed) {
        this(builder, mode, seed, path -> false);
    }

    public GraphBuilder builder() {
        return builder;
    }

    /** Whether the layer of this name is to behave as in training: the mode says so, and the layer is not frozen. */
    public boolean trains(String name) {
        return mode == Mode.TRAINING && !frozen.test(path(name));
    }

    /** Whether the graph is built for training. */
    public boolean training() {
        return mode == Mode.TRAINING;
    }

    /** The full path of a name in the current scope. */
    public String path(String name) {
        return prefix + name;
    }

    /** Adds a node and returns its first output. */
    public Value add(String name, Op op, Value... inputs) {
        return builder.add(name, op, inputs).output(0);
    }

    /** Adds a node with as many inputs as there are non-null values, and returns its first output. */
    Value addPresent(String name, Op op, Value... inputs) {
        List<Value> present = new ArrayList<>();
        for (Value v : inputs) if (v != null) present.add(v);
        return builder.add(name, op, present).output(0);
    }

    /** A parameter {@code <layer>.<leaf>}, F32. */
    public Value parameter(String layer, String leaf, Shape shape, Initializer initializer) {
        return builder.parameter(layer + "." + leaf, TensorType.f32(shape), initializer);
    }

    /** State {@code <layer>.<leaf>}, F32. */
    public Value state(String layer, String leaf, Shape shape, Initializer initializer) {
        return builder.state(layer + "." + leaf, TensorType.f32(shape), initializer);
    }

    /** The number of the step, an input of the graph that is added when the first layer asks for it. */
    public Value step() {
        if (step == null) step = builder.input(STEP, new TensorType(DType.I64, Shape.SCALAR));
        return step;
    }

    /** The key of a random stream that belongs to this layer alone. */
    public long randomKey(String name) {
        return Philox.key(seed, path(name));
    }

    /** Adds what {@code body} adds, under {@code name/}; an empty name adds no scope. */
    public Value scope(String name, Supplier<Value> body) {
        if (name.isEmpty()) return body.get();
        String before = prefix;
        prefix = before + name + "/";
        Value[] result = new Value[1];
        try {
            builder.scope(name, () -> result[0] = body.get());
        } finally {
            prefix = before;
        }
        return result[0];
    }

    /** Runs {@code body} with a table of names of its own; names of the surrounding tables remain visible. */
    Value withNames(Supplier<Value> body) {
        outputs.push(new HashMap<>());
        try {
            return body.get();
        } finally {
            outputs.pop();
        }
    }

    /** Lets later layers of the same list, and of lists within it, speak of this output. */
    void remember(String name, Value output) {
        outputs.element().put(name, output);
    }

    /** The output of an earlier layer, of this list or of one around it. */
    Value named(String name) {
        for (Map<String, Value> table : outputs) {
            Value v = table.get(name);
            if (v != null) return v;
        }
        List<String> known =
                outputs.stream().flatMap(t -> t.keySet().stream()).sorted().toList();
        throw new ShapeException("no earlier layer is named " + name + "; there are " + known);
    }
}
