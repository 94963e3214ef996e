package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.Accuracy;
import voluta.tensor.TensorType;

/** Cases of {@link Accuracy}. */
public final class AccuracyCases implements OpCases {
    @Override
    public String op() {
        return "Accuracy";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                sample("the largest", 1, 200, 10),
                sample("the five largest", 5, 64, 33),
                sample("more than there are classes", 5, 9, 2),
                // few different values: many ties, which the lower index wins
                OpCase.of("ties", new Accuracy(2), f32(300, 12), TensorType.i32(300))
                        .fill(0, Fill.INTEGERS)
                        .fill(1, Fill.LABELS)
                        .forwardOnly());
    }

    private static OpCase sample(String name, int k, int samples, int classes) {
        return OpCase.of(name, new Accuracy(k), f32(samples, classes), TensorType.i32(samples))
                .fill(1, Fill.LABELS)
                .forwardOnly();
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "too few labels",
                        () -> new Accuracy(1),
                        List.of(f32(4, 3), TensorType.i32(3)),
                        "needs labels i32[4], got i32[3]"),
                new InvalidCase(
                        "none of the largest",
                        () -> new Accuracy(0),
                        List.of(f32(4, 3), TensorType.i32(4)),
                        "k of at least 1, got 0"));
    }
}
