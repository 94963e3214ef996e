package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.Softmax;

/** Cases of {@link Softmax}. */
public final class SoftmaxCases implements OpCases {
    @Override
    public String op() {
        return "Softmax";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (boolean log : new boolean[] {false, true}) {
            String k = log ? "log of softmax" : "softmax";
            all.add(OpCase.of(k + " of rows", new Softmax(1, log), f32(3, 33))
                    .fill(0, Fill.WIDE)
                    .reducing(33));
            all.add(OpCase.of(k + " over channels", new Softmax(1, log), f32(2, 17, 3, 5))
                    .fill(0, Fill.WIDE)
                    .reducing(17));
            all.add(OpCase.of(k + " along the outermost", new Softmax(0, log), f32(7, 5))
                    .reducing(7));
            all.add(OpCase.of(k + " along the innermost", new Softmax(3, log), f32(1, 3, 4, 9))
                    .reducing(9));
        }
        all.add(OpCase.of("softmax of one dimension", new Softmax(0, false), f32(10))
                .reducing(10));
        return all;
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(new InvalidCase(
                "an axis that is not there", () -> new Softmax(2, false), List.of(f32(2, 3)), "axis from 0 to 1"));
    }
}
