package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.Activation;
import voluta.op.BatchNormalization;
import voluta.op.BatchNormalization.Mode;
import voluta.op.FusedBatchNormalization;
import voluta.tensor.TensorType;

/** Cases of {@link FusedBatchNormalization}: what backends fuse, and what they leave in pieces. */
public final class FusedBatchNormalizationCases implements OpCases {
    @Override
    public String op() {
        return "FusedBatchNormalization";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            String m = mode.name().toLowerCase(java.util.Locale.ROOT) + ", ";
            BatchNormalization norm = new BatchNormalization(1e-5, 0.1, mode);
            for (boolean residual : new boolean[] {false, true}) {
                String r = m + (residual ? "residual, " : "");
                all.add(of(r + "relu, 16 channels", norm, residual, Activation.relu(), f32(3, 16, 5, 7)));
                all.add(of(r + "relu, 17 channels", norm, residual, Activation.relu(), f32(2, 17, 3, 5)));
                all.add(of(r + "relu, 33 channels, batch of one", norm, residual, Activation.relu(), f32(1, 33, 4, 5)));
                all.add(of(r + "relu, 3 channels", norm, residual, Activation.relu(), f32(2, 3, 7, 5)));
                all.add(of(r + "relu, vectors", norm, residual, Activation.relu(), f32(9, 20)));
                all.add(of(r + "relu, one dimension", norm, residual, Activation.relu(), f32(3, 24, 7)));
                all.add(of(r + "relu, three dimensions", norm, residual, Activation.relu(), f32(2, 9, 3, 4, 5)));
                all.add(of(r + "relu6", norm, residual, Activation.relu6(), f32(3, 24, 5, 7)));
                all.add(of(r + "relu6, 33 channels", norm, residual, Activation.relu6(), f32(2, 33, 4, 5)));
                all.add(of(r + "relu6, vectors", norm, residual, Activation.relu6(), f32(9, 20)));
                // of the others hardly a sum is above 6
                all.add(of(r + "relu6, large sums", norm, residual, Activation.relu6(), f32(3, 8, 5, 7))
                        .fill(0, Fill.INTEGERS)
                        .fill(1, Fill.WIDE)
                        .fill(2, Fill.WIDE));
                all.add(of(r + "silu", norm, residual, Activation.silu(), f32(2, 17, 3, 5)));
                all.add(of(r + "tanh", norm, residual, Activation.tanh(), f32(2, 8, 3, 5)));
                all.add(of(r + "no activation", norm, residual, null, f32(2, 17, 3, 5)));
                all.add(of(r + "no activation, 32 channels", norm, residual, null, f32(3, 32, 5, 3)));
            }
        }
        return all;
    }

    private static OpCase of(
            String name, BatchNormalization norm, boolean residual, Activation activation, TensorType x) {
        FusedBatchNormalization op = new FusedBatchNormalization(norm, residual, Optional.ofNullable(activation));
        OpCase c = BatchNormalizationCases.with(name, op, x, residual ? List.of(x) : List.of());
        // no residual keeps sums away from both kinks
        if (residual && activation != null && activation.kind() == Activation.Kind.RELU6) return c.forwardOnly();
        // in bf16 the sum is rounded before the activation sees it: it must not be near the kink
        boolean kink = activation != null && activation.kind() == Activation.Kind.RELU;
        return residual && kink ? c.fill(5, Fill.DOMINANT) : c;
    }

    @Override
    public List<InvalidCase> invalid() {
        TensorType v = f32(16);
        return List.of(new InvalidCase(
                "a residual of another shape",
                () -> new FusedBatchNormalization(
                        new BatchNormalization(1e-5, 0.1, Mode.TRAINING), true, Optional.of(Activation.relu())),
                List.of(f32(2, 16, 4, 4), v, v, v, v, f32(2, 16, 2, 2)),
                "expects a residual of the same type, got f32[2,16,2,2]"));
    }
}
