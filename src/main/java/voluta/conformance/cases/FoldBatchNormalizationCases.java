package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.FoldBatchNormalization;
import voluta.tensor.TensorType;

/** Cases of {@link FoldBatchNormalization}. */
public final class FoldBatchNormalizationCases implements OpCases {
    @Override
    public String op() {
        return "FoldBatchNormalization";
    }

    private static OpCase of(String name, TensorType... inputs) {
        OpCase c = OpCase.of(name, new FoldBatchNormalization(1e-5), inputs).parametersFrom(0);
        return c.fill(inputs.length - 1, Fill.POSITIVE).reducing(4).forwardOnly();
    }

    @Override
    public List<OpCase> valid() {
        TensorType v = f32(17);
        return List.of(
                of("with bias", f32(17, 3, 3, 3), v, v, v, v, v),
                of("without bias", f32(17, 5, 3, 3), v, v, v, v),
                of("of a linear layer", f32(17, 33), v, v, v, v, v),
                of("of a 1d convolution", f32(17, 1, 5), v, v, v, v));
    }

    @Override
    public List<InvalidCase> invalid() {
        TensorType v = f32(16);
        return List.of(new InvalidCase(
                "statistics of another size",
                () -> new FoldBatchNormalization(1e-5),
                List.of(f32(16, 3, 3, 3), v, v, f32(32), v),
                "expects vectors [16], got [32]"));
    }
}
