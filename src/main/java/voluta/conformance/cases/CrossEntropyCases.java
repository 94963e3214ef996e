package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.CrossEntropy;
import voluta.tensor.TensorType;

/** Cases of {@link CrossEntropy}. */
public final class CrossEntropyCases implements OpCases {
    @Override
    public String op() {
        return "CrossEntropy";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (double smoothing : new double[] {0, 0.1, 0.9}) {
            String k = " with smoothing " + smoothing;
            all.add(labels("labels, some ignored," + k, new CrossEntropy(smoothing), 13, 10));
            all.add(OpCase.of("target probabilities" + k, new CrossEntropy(smoothing), f32(5, 7), f32(5, 7))
                    .fill(0, Fill.WIDE)
                    .fill(1, Fill.PROBABILITIES)
                    .reducing(35));
        }
        all.add(labels("a thousand classes, several threads", new CrossEntropy(0.1), 70, 1000));
        all.add(labels("two classes", new CrossEntropy(), 3, 2));
        all.add(OpCase.of("targets that do not sum to 1", new CrossEntropy(0.2), f32(3, 4), f32(3, 4))
                .fill(1, Fill.POSITIVE)
                .reducing(12));
        return all;
    }

    private static OpCase labels(String name, CrossEntropy op, int samples, int classes) {
        return OpCase.of(name, op, f32(samples, classes), TensorType.i32(samples))
                .fill(0, Fill.WIDE)
                .fill(1, Fill.LABELS)
                .reducing((long) samples * classes);
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "logits that are images",
                        CrossEntropy::new,
                        List.of(f32(2, 3, 4, 4), TensorType.i32(2)),
                        "float logits [N,C], got f32[2,3,4,4]"),
                new InvalidCase(
                        "too few labels",
                        CrossEntropy::new,
                        List.of(f32(4, 3), TensorType.i32(3)),
                        "needs labels i32[4] or target probabilities f32[4,3], got i32[3]"),
                new InvalidCase(
                        "too much smoothing",
                        () -> new CrossEntropy(1.5),
                        List.of(f32(4, 3), TensorType.i32(4)),
                        "between 0 and 1, got 1.5"));
    }
}
