package voluta.conformance.cases;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCase.Role;
import voluta.conformance.OpCases;
import voluta.graph.Op;
import voluta.op.BatchNormalization;
import voluta.op.BatchNormalization.Mode;
import voluta.tensor.TensorType;

/** Cases of {@link BatchNormalization}. */
public final class BatchNormalizationCases implements OpCases {
    @Override
    public String op() {
        return "BatchNormalization";
    }

    @Override
    public List<OpCase> valid() {
        List<OpCase> all = new ArrayList<>();
        for (Mode mode : Mode.values()) {
            String m = mode.name().toLowerCase(java.util.Locale.ROOT) + ", ";
            BatchNormalization op = new BatchNormalization(1e-5, 0.1, mode);
            all.add(of(m + "16 channels, one block", op, f32(3, 16, 5, 7)));
            all.add(of(m + "17 channels, a block and one", op, f32(2, 17, 5, 3)));
            all.add(of(m + "33 channels, batch of one", op, f32(1, 33, 6, 5)));
            all.add(of(m + "3 channels, images", op, f32(2, 3, 9, 11)));
            all.add(of(m + "one channel", op, f32(3, 1, 4, 4)));
            all.add(of(m + "many channels, few values", op, f32(2, 130, 2, 1)));
            all.add(of(m + "vectors, as after a linear layer", op, f32(9, 17)));
            all.add(of(m + "one dimension", op, f32(3, 24, 7)));
            all.add(of(m + "three dimensions", op, f32(2, 9, 3, 4, 5)));
            all.add(of(m + "large epsilon and momentum", new BatchNormalization(0.5, 0.75, mode), f32(2, 8, 4, 4)));
            all.add(of(m + "more than the threads' share", op, f32(8, 32, 16, 16)));
        }
        BatchNormalization training = new BatchNormalization(1e-5, 0.1, Mode.TRAINING);
        all.add(of(
                "momentum 1 replaces the statistics", new BatchNormalization(1e-5, 1, Mode.TRAINING), f32(4, 5, 3, 3)));
        // a variance found as mean square less squared mean would keep three digits of it here; the forward pass alone,
        // since
        // in bf16 the input itself keeps only a few steps of 0.5
        all.add(of("mean 100, deviation below 1", training, f32(4, 16, 6, 6))
                .fill(0, Fill.OFFSET)
                .reducing(10_000)
                .forwardOnly());
        return all;
    }

    /** A case with parameters, statistics and the reduction as they belong to x. */
    static OpCase of(String name, Op op, TensorType x) {
        return with(name, op, x, List.of());
    }

    static OpCase with(String name, Op op, TensorType x, List<TensorType> more) {
        TensorType vector = f32(x.dim(1));
        List<TensorType> types = new ArrayList<>(List.of(x, vector, vector, vector, vector));
        types.addAll(more);
        return OpCase.of(name, op, types.toArray(TensorType[]::new))
                .role(1, Role.PARAMETER)
                .role(2, Role.PARAMETER)
                .role(3, Role.STATE)
                .role(4, Role.STATE)
                .fill(1, Fill.AWAY_FROM_ZERO)
                .fill(4, Fill.POSITIVE)
                .reducing(BatchNormalization.count(x.shape()));
    }

    @Override
    public List<InvalidCase> invalid() {
        TensorType v = f32(16);
        return List.of(
                new InvalidCase(
                        "one value per channel in training",
                        () -> new BatchNormalization(1e-5, 0.1, Mode.TRAINING),
                        List.of(f32(1, 16, 1, 1), v, v, v, v),
                        "needs more than one value per channel, got f32[1,16,1,1]"),
                new InvalidCase(
                        "a scale of another length",
                        () -> new BatchNormalization(1e-5, 0.1, Mode.TRAINING),
                        List.of(f32(2, 16, 3, 3), f32(8), v, v, v),
                        "of f32[16], got scale f32[8]"),
                new InvalidCase(
                        "a running variance of another length",
                        () -> new BatchNormalization(1e-5, 0.1, Mode.FROZEN),
                        List.of(f32(2, 16, 3, 3), v, v, v, f32(17)),
                        "got running variance f32[17]"),
                new InvalidCase(
                        "integers",
                        () -> new BatchNormalization(1e-5, 0.1, Mode.FROZEN),
                        List.of(TensorType.i32(2, 16), v, v, v, v),
                        "float input"),
                new InvalidCase(
                        "an epsilon of zero",
                        () -> new BatchNormalization(0, 0.1, Mode.TRAINING),
                        List.of(f32(2, 16), v, v, v, v),
                        "positive epsilon such as 1e-5, got 0.0"),
                new InvalidCase(
                        "a momentum above one",
                        () -> new BatchNormalization(1e-5, 1.5, Mode.TRAINING),
                        List.of(f32(2, 16), v, v, v, v),
                        "momentum from 0 to 1, got 1.5"));
    }
}
