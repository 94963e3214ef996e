package voluta.optim;

import java.util.List;
import java.util.Map;
import voluta.graph.Value;

/**
 * Parameters that one node updates.
 *
 * @param name for the node's path, such as {@code decay} or {@code no_decay}
 * @param parameters what is trained
 * @param gradients the gradient of each, in the same order
 * @param rate what the step's learning rate is multiplied by
 * @param weightDecay of all of them
 */
public record ParameterGroup(
        String name, List<Value> parameters, List<Value> gradients, double rate, double weightDecay) {
    public ParameterGroup {
        parameters = List.copyOf(parameters);
        gradients = List.copyOf(gradients);
        if (parameters.size() != gradients.size())
            throw new IllegalArgumentException(parameters.size() + " parameters, " + gradients.size() + " gradients");
    }

    static ParameterGroup of(String name, Map<Value, Value> gradients, double rate, double weightDecay) {
        return new ParameterGroup(
                name, List.copyOf(gradients.keySet()), List.copyOf(gradients.values()), rate, weightDecay);
    }
}
