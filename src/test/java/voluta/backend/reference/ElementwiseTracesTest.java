package voluta.backend.reference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import voluta.TraceReader;
import voluta.graph.Op;
import voluta.op.Activation;
import voluta.op.BinaryCrossEntropy;
import voluta.op.CrossEntropy;
import voluta.op.MeanSquaredError;
import voluta.op.Prelu;
import voluta.op.Softmax;

/** Activations and losses of the reference against PyTorch's, forward and backward. */
class ElementwiseTracesTest {
    /** What there is no op for: softplus of another sharpness. */
    static Stream<TraceReader.Case> activations() {
        return TraceReader.cases("activation").stream()
                .filter(c -> !c.op().equals("softplus") || c.number("beta") == 1);
    }

    @ParameterizedTest
    @MethodSource("activations")
    void activation(TraceReader.Case c) {
        // PyTorch's hardsigmoid has 1/6 in single precision; its softplus is the identity above 20
        double tolerance = Set.of("hardsigmoid", "softplus").contains(c.op()) ? 1e-7 : 1e-10;
        ReferenceEvaluator.checkTrace(c, tolerance, (b, v) -> {
            Op op = activationOf(c);
            return (op instanceof Prelu ? b.add("y", op, v.get("x"), v.get("weight")) : b.add("y", op, v.get("x")))
                    .output();
        });
    }

    private static Op activationOf(TraceReader.Case c) {
        return switch (c.op()) {
            case "relu" -> Activation.relu();
            case "relu6" -> Activation.relu6();
            case "leaky_relu" -> Activation.leakyRelu(c.number("negative_slope"));
            case "elu" -> Activation.elu(c.number("alpha"));
            case "gelu" -> c.text("approximate").equals("tanh") ? Activation.geluTanh() : Activation.gelu();
            case "silu" -> Activation.silu();
            case "sigmoid" -> Activation.sigmoid();
            case "tanh" -> Activation.tanh();
            case "hardswish" -> Activation.hardswish();
            case "hardsigmoid" -> Activation.hardsigmoid();
            case "mish" -> Activation.mish();
            case "softplus" -> Activation.softplus();
            case "prelu" -> new Prelu();
            case "softmax" -> new Softmax(c.integer("axis"), false);
            case "log_softmax" -> new Softmax(c.integer("axis"), true);
            default -> throw new IllegalArgumentException("unknown op " + c.op());
        };
    }

    @Test
    void everyKindOfActivationIsAmongTheTraces() {
        Set<Activation.Kind> kinds = new HashSet<>();
        activations().forEach(c -> {
            if (activationOf(c) instanceof Activation a) kinds.add(a.kind());
        });
        assertEquals(Set.of(Activation.Kind.values()), kinds);
    }

    /** Means over one row per sample, without weights: what the ops compute. */
    static List<TraceReader.Case> losses() {
        return TraceReader.cases("loss").stream()
                .filter(c -> Set.of("cross_entropy", "mse", "bce_with_logits").contains(c.op()))
                .filter(c -> c.text("reduction").equals("mean"))
                .filter(c -> c.constants().keySet().stream().allMatch("target"::equals))
                .filter(c -> !c.op().equals("cross_entropy")
                        || c.inputs().get("x").shape().rank() == 2)
                .toList();
    }

    @ParameterizedTest
    @MethodSource("losses")
    void loss(TraceReader.Case c) {
        Op op = switch (c.op()) {
            case "cross_entropy" -> new CrossEntropy(c.number("label_smoothing"));
            case "mse" -> new MeanSquaredError();
            default -> new BinaryCrossEntropy();
        };
        ReferenceEvaluator.checkTrace(
                c, (b, v) -> b.add("loss", op, v.get("x"), v.get("target")).output());
    }

    @Test
    void lossesWithSmoothingAndIgnoredSamplesAreAmongTheTraces() {
        assertTrue(losses().stream().anyMatch(c -> c.name().equals("cross entropy ignored smoothing")));
        assertTrue(losses().stream().anyMatch(c -> c.name().equals("cross entropy probabilities smoothing")));
        assertTrue(losses().size() >= 12, () -> losses().size() + " losses");
    }

    /** Values of the error function to twelve digits (Abramowitz and Stegun, table 7.1, and the limits). */
    @ParameterizedTest
    @CsvSource({"0,0", "0.5,0.520499877813", "-1,-0.842700792950", "2,0.995322265019", "7,1"})
    void errorFunction(double x, double expected) {
        assertEquals(expected, Erf.erf(x), 1e-12);
    }
}
