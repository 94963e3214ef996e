package voluta.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import voluta.graph.Value;

/**
 * Parameters that one node updates.
 *
 * @param name for the node's path: {@code decay} or {@code no_decay}
 * @param parameters what is trained
 * @param gradients the gradient of each, in the same order
 * @param decay whether the optimizer's weight decay applies to them
 */
public record ParameterGroup(String name, List<Value> parameters, List<Value> gradients, boolean decay) {
    public ParameterGroup {
        parameters = List.copyOf(parameters);
        gradients = List.copyOf(gradients);
        if (parameters.size() != gradients.size())
            throw new IllegalArgumentException(parameters.size() + " parameters, " + gradients.size() + " gradients");
    }

    /**
     * Groups parameters by whether they decay: those of rank 0 and 1 (biases, scales and shifts of normalizations) do
     * not. A group without parameters is left out.
     *
     * @param gradients the gradient of each parameter
     * @param decayAll whether all parameters decay, in one group
     */
    public static List<ParameterGroup> of(Map<Value, Value> gradients, boolean decayAll) {
        List<ParameterGroup> groups = new ArrayList<>();
        add(groups, "decay", gradients, true, decayAll);
        if (!decayAll) add(groups, "no_decay", gradients, false, false);
        return groups;
    }

    private static void add(
            List<ParameterGroup> groups, String name, Map<Value, Value> gradients, boolean decay, boolean decayAll) {
        List<Value> p = new ArrayList<>(), g = new ArrayList<>();
        gradients.forEach((parameter, gradient) -> {
            if (decayAll || (parameter.type().rank() > 1) == decay) {
                p.add(parameter);
                g.add(gradient);
            }
        });
        if (!p.isEmpty()) groups.add(new ParameterGroup(name, p, g, decay));
    }
}
