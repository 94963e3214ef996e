package voluta.optim;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import voluta.graph.Value;

/**
 * Which parameters are updated alike. Two things tell them apart: the settings that a user gives some of them, and whether
 * they decay, which those of rank 0 and 1 (biases, scales and shifts of normalizations) do not.
 *
 * @param decayAll whether weight decay is for all parameters, not only for those of rank 2 and more
 * @param settings those of a parameter, by its name
 */
public record Grouping(boolean decayAll, Function<String, Setting> settings) {
    /**
     * What some parameters are trained with.
     *
     * @param name for the path of the node that updates them; empty for {@link #USUAL}
     * @param rate what the step's learning rate is multiplied by, above 0
     * @param weightDecay instead of the optimizer's, 0 or more; empty for the optimizer's
     */
    public record Setting(String name, double rate, OptionalDouble weightDecay) {
        /** The step's learning rate and the optimizer's weight decay. */
        public static final Setting USUAL = new Setting("", 1, OptionalDouble.empty());

        /** Refuses what is no rate and no weight decay. */
        public Setting {
            if (!(rate > 0 && Double.isFinite(rate)))
                throw new OptimizerException("the factor of a learning rate is above 0, got " + rate);
            double decay = weightDecay.orElse(0);
            if (!(decay >= 0 && Double.isFinite(decay)))
                throw new OptimizerException("the weight decay is 0 or more, got " + decay);
        }

        private String path(String part) {
            return name.isEmpty() ? part : name + "/" + part;
        }
    }

    /** The same settings for all parameters. */
    public static Grouping usual(boolean decayAll) {
        return new Grouping(decayAll, name -> Setting.USUAL);
    }

    /**
     * The groups, none of them empty, in the order in which their first parameters come; of equal settings, what decays
     * first.
     *
     * @param gradients the gradient of each parameter
     * @param weightDecay the optimizer's
     */
    List<ParameterGroup> groups(Map<Value, Value> gradients, double weightDecay) {
        Map<Setting, Map<Value, Value>> alike = new LinkedHashMap<>();
        gradients.forEach((parameter, gradient) -> alike.computeIfAbsent(
                        settings.apply(parameter.name()), s -> new LinkedHashMap<>())
                .put(parameter, gradient));
        List<ParameterGroup> groups = new ArrayList<>();
        alike.forEach((setting, members) -> {
            double decay = setting.weightDecay().orElse(weightDecay);
            Map<Value, Value> decaying = new LinkedHashMap<>(members), others = new LinkedHashMap<>(members);
            if (!decayAll && decay != 0)
                decaying.keySet().removeIf(p -> p.type().rank() <= 1);
            others.keySet().removeAll(decaying.keySet());
            if (!decaying.isEmpty())
                groups.add(ParameterGroup.of(setting.path("decay"), decaying, setting.rate(), decay));
            if (!others.isEmpty()) groups.add(ParameterGroup.of(setting.path("no_decay"), others, setting.rate(), 0));
        });
        return groups;
    }
}
