package voluta.optim;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import voluta.graph.GraphBuilder;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.Arithmetic;
import voluta.op.ClipByGlobalNorm;
import voluta.op.ClipByNorm;
import voluta.op.ClipByUnitNorm;
import voluta.op.ClipByValue;
import voluta.op.Reshape;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/** What is done to gradients that are too large, before the optimizer sees them. */
public sealed interface Clipping {
    /** The modes that {@link #named} knows. */
    List<String> MODES = List.of("norm", "value", "parameter-norm", "agc");

    /**
     * Clipping by the mode users write.
     *
     * @param mode {@code norm}: the norm over all gradients; {@code value}: each element; {@code parameter-norm}: each
     *     parameter's norm; {@code agc}: each unit's norm by that of its weights
     * @param limit above 0
     */
    static Clipping named(String mode, double limit) {
        return switch (mode.toLowerCase(Locale.ROOT)) {
            case "norm" -> new ByGlobalNorm(limit);
            case "value" -> new ByValue(limit);
            case "parameter-norm" -> new ByNorm(limit);
            case "agc" -> new ByUnitNorm(limit);
            default ->
                throw new OptimizerException(
                        "there is no clipping mode " + mode + "; choose one of " + String.join(", ", MODES));
        };
    }

    /**
     * Clipped gradients.
     *
     * @param gradients of each parameter
     * @param clipped F32[]: 1 if anything was clipped in this step, else 0; missing if nothing ever is
     */
    record Result(Map<Value, Value> gradients, Optional<Value> clipped) {}

    /**
     * Adds the node that clips.
     *
     * @param gradients of each parameter; what they hold is overwritten
     * @param norm the norm over all of them, F32[]
     */
    Result apply(GraphBuilder builder, Map<Value, Value> gradients, Value norm);

    /** Leaves gradients as they are. */
    record None() implements Clipping {
        @Override
        public Result apply(GraphBuilder builder, Map<Value, Value> gradients, Value norm) {
            return new Result(gradients, Optional.empty());
        }
    }

    /** Clamps each element to [-limit, limit]; see {@link ClipByValue}. */
    record ByValue(double limit) implements Clipping {
        /** Refuses a limit that the op would refuse. */
        public ByValue {
            OptimizerException.ifRefused(() -> new ClipByValue(1, limit));
        }

        @Override
        public Result apply(GraphBuilder builder, Map<Value, Value> gradients, Value norm) {
            return add(builder, new ClipByValue(gradients.size(), limit), gradients, List.of());
        }
    }

    /** Scales each parameter's gradient to a norm of at most {@code limit}; see {@link ClipByNorm}. */
    record ByNorm(double limit) implements Clipping {
        /** Refuses a limit that the op would refuse. */
        public ByNorm {
            OptimizerException.ifRefused(() -> new ClipByNorm(1, limit));
        }

        @Override
        public Result apply(GraphBuilder builder, Map<Value, Value> gradients, Value norm) {
            return add(builder, new ClipByNorm(gradients.size(), limit), gradients, List.of());
        }
    }

    /** Scales all gradients to a common norm of at most {@code limit}; see {@link ClipByGlobalNorm}. */
    record ByGlobalNorm(double limit) implements Clipping {
        /** Refuses a limit that the op would refuse. */
        public ByGlobalNorm {
            OptimizerException.ifRefused(() -> new ClipByGlobalNorm(1, limit));
        }

        @Override
        public Result apply(GraphBuilder builder, Map<Value, Value> gradients, Value norm) {
            return add(builder, new ClipByGlobalNorm(gradients.size(), limit), gradients, List.of(norm));
        }
    }

    /**
     * Scales the gradient of each unit to a norm of at most {@code ratio} of that of its weights; see {@link
     * ClipByUnitNorm}. As in the paper, the last layer is left alone, unless it is all there is.
     */
    record ByUnitNorm(double ratio) implements Clipping {
        /** Refuses a ratio that the op would refuse. */
        public ByUnitNorm {
            OptimizerException.ifRefused(() -> new ClipByUnitNorm(1, ratio));
        }

        @Override
        public Result apply(GraphBuilder builder, Map<Value, Value> gradients, Value norm) {
            String head = "";
            for (Value v : builder.sources()) if (v.kind() == Value.Kind.PARAMETER) head = layer(v);
            Map<Value, Value> clipped = new LinkedHashMap<>();
            for (Map.Entry<Value, Value> e : gradients.entrySet()) {
                if (!layer(e.getKey()).equals(head)) clipped.put(e.getKey(), e.getValue());
            }
            if (clipped.isEmpty()) clipped.putAll(gradients);
            ClipByUnitNorm op = new ClipByUnitNorm(clipped.size(), ratio);
            Result result = add(builder, op, clipped, List.copyOf(clipped.keySet()));
            Map<Value, Value> all = new LinkedHashMap<>(gradients);
            all.putAll(result.gradients());
            return new Result(all, result.clipped());
        }

        /** A parameter's name without its last part: {@code fc} of {@code fc.weight}. */
        private static String layer(Value parameter) {
            String name = parameter.name();
            int dot = name.lastIndexOf('.');
            return dot < 0 ? name : name.substring(0, dot);
        }
    }

    private static Result add(GraphBuilder builder, Op op, Map<Value, Value> gradients, List<Value> more) {
        List<Value> inputs = new ArrayList<>(separate(builder, gradients.values()));
        inputs.addAll(more);
        Node n = builder.add("clip", op, inputs);
        Map<Value, Value> clipped = new LinkedHashMap<>();
        for (Value parameter : gradients.keySet()) clipped.put(parameter, n.output(clipped.size()));
        return new Result(clipped, Optional.of(n.output(gradients.size())));
    }

    /**
     * Gradients that may be overwritten, each once: one that shares its storage with another (two parameters that were
     * only added have one gradient), or that was neither computed in this graph nor accumulated as state, is replaced by a
     * copy.
     */
    static List<Value> separate(GraphBuilder builder, Iterable<Value> gradients) {
        Set<Value> taken = new HashSet<>();
        List<Value> all = new ArrayList<>();
        for (Value g : gradients) {
            Value storage = g;
            while (storage.kind() == Value.Kind.COMPUTED && storage.producer().op() instanceof Reshape)
                storage = storage.producer().input(0);
            boolean own =
                    (storage.kind() == Value.Kind.COMPUTED || storage.kind() == Value.Kind.STATE) && taken.add(storage);
            all.add(own ? g : copy(builder, g));
        }
        return all;
    }

    private static Value copy(GraphBuilder builder, Value v) {
        Value one = builder.constant("one", HostTensor.zeros(TensorType.f32()).fill(1));
        return builder.add("copy", new Arithmetic(Arithmetic.Kind.MULTIPLY), v, one)
                .output();
    }
}
