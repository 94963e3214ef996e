package voluta.optim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import voluta.graph.GraphBuilder;
import voluta.graph.Initializer;
import voluta.graph.Value;
import voluta.op.AdagradStep;
import voluta.op.AdamStep;
import voluta.op.Arithmetic;
import voluta.op.OptimizerStep;
import voluta.op.RmsPropStep;
import voluta.op.SgdStep;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * How parameters follow their gradients. Constants named {@code DEFAULT} hold PyTorch's defaults; the {@code with}
 * methods change single settings. The learning rate is no setting here: it is fed with each step.
 */
public sealed interface Optimizer {
    /** The names that {@link #named} knows. */
    List<String> NAMES = List.of("sgd", "momentum", "nesterov", "adam", "adamw", "rmsprop", "adagrad");

    /**
     * An optimizer by the name users write, with its default settings: {@code sgd} without momentum, {@code momentum} and
     * {@code nesterov} with 0.9.
     */
    static Optimizer named(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "sgd" -> Sgd.DEFAULT;
            case "momentum" -> Sgd.DEFAULT.withMomentum(0.9);
            case "nesterov" -> Sgd.DEFAULT.withMomentum(0.9).withNesterov(true);
            case "adam" -> Adam.DEFAULT;
            case "adamw" -> AdamW.DEFAULT;
            case "rmsprop" -> RmsProp.DEFAULT;
            case "adagrad" -> Adagrad.DEFAULT;
            default ->
                throw new OptimizerException(
                        "there is no optimizer " + name + "; choose one of " + String.join(", ", NAMES));
        };
    }

    /** The name of the family, for instance {@code sgd}. */
    String label();

    /** The weight decay of parameters that decay. */
    double weightDecay();

    /** The same with this weight decay. */
    Optimizer withWeightDecay(double weightDecay);

    /** The same with this momentum; an error for optimizers that have none. */
    default Optimizer withMomentum(double momentum) {
        throw new OptimizerException(
                label() + " has no momentum, got " + momentum + "; leave it out, or choose sgd, nesterov or rmsprop");
    }

    /** The same with this epsilon; an error for optimizers that have none. */
    default Optimizer withEpsilon(double epsilon) {
        throw new OptimizerException(
                label() + " has no epsilon, got " + epsilon + "; leave it out, or choose adam, rmsprop or adagrad");
    }

    /** The suffixes under which each kind of state is kept beside its parameter, in the order of the op. */
    List<String> states();

    /** The op for this many parameters. */
    OptimizerStep step(int count, double weightDecay);

    /**
     * Adds a node per group that updates its parameters and their state, and declares that state, zeros at first. A group's
     * own learning rate is computed in the graph, so that what is fed is one number whatever groups there are.
     *
     * @param learningRate F32[]
     * @param step I64[], 1 for the first step
     * @param guard F32[]: where it is NaN or infinite, nothing changes
     */
    default void apply(GraphBuilder builder, List<ParameterGroup> groups, Value learningRate, Value step, Value guard) {
        Map<Double, Value> rates = new HashMap<>(Map.of(1.0, learningRate));
        for (ParameterGroup group : groups) {
            Value rate = rates.computeIfAbsent(group.rate(), factor -> scaled(builder, learningRate, factor));
            List<Value> inputs = new ArrayList<>(group.parameters());
            inputs.addAll(group.gradients());
            for (String suffix : states())
                for (Value p : group.parameters()) inputs.add(builder.stateBeside(p, suffix, Initializer.ZEROS));
            inputs.addAll(List.of(rate, step, guard));
            OptimizerStep op = step(group.parameters().size(), group.weightDecay());
            builder.add(label() + "/" + group.name(), op, inputs);
        }
    }

    private static Value scaled(GraphBuilder builder, Value rate, double factor) {
        Value by = builder.constant(
                "learning_rate/factor", HostTensor.zeros(TensorType.f32()).fill(factor));
        return builder.add("learning_rate/scaled", new Arithmetic(Arithmetic.Kind.MULTIPLY), rate, by)
                .output();
    }

    /** Stochastic gradient descent; see {@link SgdStep}. */
    record Sgd(double momentum, double dampening, boolean nesterov, double weightDecay) implements Optimizer {
        public static final Sgd DEFAULT = new Sgd(0, 0, false, 0);

        /** Refuses settings that the op would refuse. */
        public Sgd {
            OptimizerException.ifRefused(() -> new SgdStep(1, momentum, dampening, nesterov, weightDecay));
        }

        @Override
        public String label() {
            return "sgd";
        }

        @Override
        public Sgd withWeightDecay(double weightDecay) {
            return new Sgd(momentum, dampening, nesterov, weightDecay);
        }

        @Override
        public Sgd withMomentum(double momentum) {
            return new Sgd(momentum, dampening, nesterov, weightDecay);
        }

        public Sgd withNesterov(boolean nesterov) {
            return new Sgd(momentum, dampening, nesterov, weightDecay);
        }

        public Sgd withDampening(double dampening) {
            return new Sgd(momentum, dampening, nesterov, weightDecay);
        }

        @Override
        public List<String> states() {
            return momentum > 0 ? List.of("momentum") : List.of();
        }

        @Override
        public OptimizerStep step(int count, double weightDecay) {
            return new SgdStep(count, momentum, dampening, nesterov, weightDecay);
        }
    }

    /** Adam with weight decay as a part of the gradient; see {@link AdamStep}. */
    record Adam(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
        public static final Adam DEFAULT = new Adam(0.9, 0.999, 1e-8, 0);

        /** Refuses settings that the op would refuse. */
        public Adam {
            OptimizerException.ifRefused(() -> new AdamStep(1, beta1, beta2, epsilon, weightDecay, false));
        }

        @Override
        public String label() {
            return "adam";
        }

        @Override
        public Adam withWeightDecay(double weightDecay) {
            return new Adam(beta1, beta2, epsilon, weightDecay);
        }

        @Override
        public Adam withEpsilon(double epsilon) {
            return new Adam(beta1, beta2, epsilon, weightDecay);
        }

        public Adam withBetas(double beta1, double beta2) {
            return new Adam(beta1, beta2, epsilon, weightDecay);
        }

        @Override
        public List<String> states() {
            return List.of("exp_avg", "exp_avg_sq");
        }

        @Override
        public OptimizerStep step(int count, double weightDecay) {
            return new AdamStep(count, beta1, beta2, epsilon, weightDecay, false);
        }
    }

    /** Adam with weight decay apart from the gradient; see {@link AdamStep}. */
    record AdamW(double beta1, double beta2, double epsilon, double weightDecay) implements Optimizer {
        public static final AdamW DEFAULT = new AdamW(0.9, 0.999, 1e-8, 0.01);

        /** Refuses settings that the op would refuse. */
        public AdamW {
            OptimizerException.ifRefused(() -> new AdamStep(1, beta1, beta2, epsilon, weightDecay, true));
        }

        @Override
        public String label() {
            return "adamw";
        }

        @Override
        public AdamW withWeightDecay(double weightDecay) {
            return new AdamW(beta1, beta2, epsilon, weightDecay);
        }

        @Override
        public AdamW withEpsilon(double epsilon) {
            return new AdamW(beta1, beta2, epsilon, weightDecay);
        }

        public AdamW withBetas(double beta1, double beta2) {
            return new AdamW(beta1, beta2, epsilon, weightDecay);
        }

        @Override
        public List<String> states() {
            return List.of("exp_avg", "exp_avg_sq");
        }

        @Override
        public OptimizerStep step(int count, double weightDecay) {
            return new AdamStep(count, beta1, beta2, epsilon, weightDecay, true);
        }
    }

    /** RMSprop; see {@link RmsPropStep}. */
    record RmsProp(double alpha, double epsilon, double momentum, boolean centered, double weightDecay)
            implements Optimizer {
        public static final RmsProp DEFAULT = new RmsProp(0.99, 1e-8, 0, false, 0);

        /** Refuses settings that the op would refuse. */
        public RmsProp {
            OptimizerException.ifRefused(() -> new RmsPropStep(1, alpha, epsilon, momentum, centered, weightDecay));
        }

        @Override
        public String label() {
            return "rmsprop";
        }

        @Override
        public RmsProp withWeightDecay(double weightDecay) {
            return new RmsProp(alpha, epsilon, momentum, centered, weightDecay);
        }

        @Override
        public RmsProp withMomentum(double momentum) {
            return new RmsProp(alpha, epsilon, momentum, centered, weightDecay);
        }

        @Override
        public RmsProp withEpsilon(double epsilon) {
            return new RmsProp(alpha, epsilon, momentum, centered, weightDecay);
        }

        public RmsProp withAlpha(double alpha) {
            return new RmsProp(alpha, epsilon, momentum, centered, weightDecay);
        }

        public RmsProp withCentered(boolean centered) {
            return new RmsProp(alpha, epsilon, momentum, centered, weightDecay);
        }

        @Override
        public List<String> states() {
            List<String> s = new ArrayList<>(List.of("square_avg"));
            if (centered) s.add("grad_avg");
            if (momentum > 0) s.add("momentum");
            return s;
        }

        @Override
        public OptimizerStep step(int count, double weightDecay) {
            return new RmsPropStep(count, alpha, epsilon, momentum, centered, weightDecay);
        }
    }

    /** Adagrad; see {@link AdagradStep}. */
    record Adagrad(double epsilon, double learningRateDecay, double weightDecay) implements Optimizer {
        public static final Adagrad DEFAULT = new Adagrad(1e-10, 0, 0);

        /** Refuses settings that the op would refuse. */
        public Adagrad {
            OptimizerException.ifRefused(() -> new AdagradStep(1, epsilon, learningRateDecay, weightDecay));
        }

        @Override
        public String label() {
            return "adagrad";
        }

        @Override
        public Adagrad withWeightDecay(double weightDecay) {
            return new Adagrad(epsilon, learningRateDecay, weightDecay);
        }

        @Override
        public Adagrad withEpsilon(double epsilon) {
            return new Adagrad(epsilon, learningRateDecay, weightDecay);
        }

        public Adagrad withLearningRateDecay(double learningRateDecay) {
            return new Adagrad(epsilon, learningRateDecay, weightDecay);
        }

        @Override
        public List<String> states() {
            return List.of("sum");
        }

        @Override
        public OptimizerStep step(int count, double weightDecay) {
            return new AdagradStep(count, epsilon, learningRateDecay, weightDecay);
        }
    }
}
