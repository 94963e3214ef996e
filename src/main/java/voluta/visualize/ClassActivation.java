package voluta.visualize;

import java.util.List;
import voluta.graph.GraphBuilder;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.Arithmetic;
import voluta.op.Reduction;
import voluta.tensor.HostTensor;
import voluta.tensor.TensorType;

/**
 * Class activation maps as nodes of a graph: which places of a layer's maps speak for a class. With A the maps, and g the
 * gradient of the class's score (before softmax) with respect to them:
 *
 * <ul>
 *   <li>Grad-CAM (Selvaraju and others, 2017): {@code relu(sum over k of w_k A_k)}, with w_k the mean of g over map k.
 *   <li>Grad-CAM++ (Chattopadhay and others, 2018): w_k is the sum of {@code alpha relu(g)} over map k, with {@code alpha =
 *       g^2 / (2 g^2 + g^3 sum A_k)}. Where g is above 0, which is where it counts, that is {@code 1 / (2 + g sum A_k)},
 *       and so it is computed; sums of maps below 0 count as 0, for which the paper, which has rectified maps, has no rule.
 *       The paper's factor exp(score) is the same everywhere and left out.
 * </ul>
 */
final class ClassActivation {
    private static final List<Integer> PLACES = List.of(2, 3);

    private ClassActivation() {}

    /** Grad-CAM, {@code [N,1,H,W]}. */
    static Value plain(GraphBuilder b, String name, Value maps, Value gradient) {
        Value weights = reduce(b, name + ":weights", Reduction.Kind.MEAN, PLACES, gradient);
        return weighted(b, name, maps, weights);
    }

    /** Grad-CAM++, {@code [N,1,H,W]}. */
    static Value plusPlus(GraphBuilder b, String name, Value maps, Value gradient) {
        Value g = relu(b, name + ":positive", gradient);
        Value sum = relu(b, name + ":sum", reduce(b, name + ":sum", Reduction.Kind.SUM, PLACES, maps));
        Value two = b.constant(name + ":two", HostTensor.zeros(TensorType.f32()).fill(2));
        Value below = apply(
                b,
                name + ":below",
                Arithmetic.Kind.ADD,
                apply(b, name + ":below", Arithmetic.Kind.MULTIPLY, g, sum),
                two);
        Value share = apply(b, name + ":share", Arithmetic.Kind.DIVIDE, g, below);
        return weighted(b, name, maps, reduce(b, name + ":weights", Reduction.Kind.SUM, PLACES, share));
    }

    private static Value weighted(GraphBuilder b, String name, Value maps, Value weights) {
        Value products = apply(b, name + ":products", Arithmetic.Kind.MULTIPLY, maps, weights);
        return relu(b, name, reduce(b, name + ":sum", Reduction.Kind.SUM, List.of(1), products));
    }

    private static Value reduce(GraphBuilder b, String name, Reduction.Kind kind, List<Integer> axes, Value x) {
        return b.add(name, new Reduction(kind, axes, true), x).output();
    }

    private static Value apply(GraphBuilder b, String name, Arithmetic.Kind kind, Value x, Value y) {
        return b.add(name, new Arithmetic(kind), x, y).output();
    }

    private static Value relu(GraphBuilder b, String name, Value x) {
        return b.add(name, Activation.relu(), x).output();
    }
}
