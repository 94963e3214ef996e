package voluta.conformance;

import static voluta.conformance.RandomCases.between;
import static voluta.conformance.RandomCases.channels;
import static voluta.conformance.RandomCases.one;
import static voluta.conformance.RandomCases.oneIn;
import static voluta.conformance.RandomCases.perhaps;
import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCase.Role;
import voluta.graph.Op;
import voluta.op.Activation;
import voluta.op.BatchNormalization;
import voluta.op.FusedBatchNormalization;
import voluta.op.GroupNormalization;
import voluta.op.InstanceNormalization;
import voluta.op.LayerNormalization;
import voluta.tensor.TensorType;

/**
 * Valid cases by chance of the normalizations. Each has at least eight values to normalize: of two or three, the variance
 * may be next to nothing, and the gradient then says more about rounding than about the kernel.
 */
final class RandomNormalizations {
    private static final int LEAST = 8;

    private RandomNormalizations() {}

    static void addTo(Map<String, BiFunction<String, Random, OpCase>> all) {
        all.put("BatchNormalization", RandomNormalizations::batch);
        all.put("FusedBatchNormalization", RandomNormalizations::fused);
        all.put("LayerNormalization", RandomNormalizations::layer);
        all.put("GroupNormalization", RandomNormalizations::group);
        all.put("InstanceNormalization", RandomNormalizations::instance);
    }

    private static double epsilon(Random r) {
        return one(r, new Double[] {1e-5, 1e-3, 0.1});
    }

    private static BatchNormalization norm(Random r) {
        return new BatchNormalization(epsilon(r), r.nextDouble(), one(r, BatchNormalization.Mode.values()));
    }

    /** N, C and up to three spatial dimensions, with at least {@link #LEAST} values per channel. */
    private static TensorType image(Random r) {
        TensorType x = RandomCases.image(r, channels(r), between(r, 0, 3), 6);
        return BatchNormalization.count(x.shape()) >= LEAST ? x : f32(x.shape().with(0, LEAST));
    }

    /** The same, with that many values in each plane. */
    private static TensorType plane(Random r) {
        TensorType x = RandomCases.image(r, channels(r), between(r, 1, 3), 6);
        return x.shape().product(2, x.rank()) >= LEAST ? x : f32(x.shape().with(2, LEAST));
    }

    private static OpCase batch(String name, Random r) {
        return withStatistics(name, norm(r), image(r), false);
    }

    private static OpCase fused(String name, Random r) {
        BatchNormalization norm = norm(r);
        Activation a =
                one(r, new Activation[] {Activation.relu(), Activation.relu6(), Activation.silu(), Activation.tanh()});
        Optional<Activation> activation = perhaps(r, a);
        boolean residual = r.nextBoolean();
        OpCase c = withStatistics(name, new FusedBatchNormalization(norm, residual, activation), image(r), residual);
        if (activation.map(Activation.relu6()::equals).orElse(false)) return c.forwardOnly();
        boolean kink = activation.map(Activation.relu()::equals).orElse(false);
        // in bf16 the sum is rounded before the activation sees it: it must not be near the kink
        if (kink && residual) return c.fill(5, Fill.DOMINANT);
        return kink ? c.forwardOnly() : c;
    }

    private static OpCase withStatistics(String name, Op op, TensorType x, boolean residual) {
        return withStatistics(name, op, x, residual ? List.of(x) : List.of());
    }

    /** Of an op with x, scale, shift and running statistics as its first inputs. */
    static OpCase withStatistics(String name, Op op, TensorType x, List<TensorType> more) {
        TensorType v = f32(x.dim(1));
        List<TensorType> in = new ArrayList<>(List.of(x, v, v, v, v));
        in.addAll(more);
        return OpCase.of(name, op, in.toArray(TensorType[]::new))
                .role(1, Role.PARAMETER)
                .role(2, Role.PARAMETER)
                .role(3, Role.STATE)
                .role(4, Role.STATE)
                .fill(1, Fill.AWAY_FROM_ZERO)
                .fill(4, Fill.POSITIVE)
                .reducing(BatchNormalization.count(x.shape()));
    }

    private static OpCase layer(String name, Random r) {
        TensorType x = f32(RandomCases.dims(r, between(r, 2, 5)));
        int axis = between(r, 1, x.rank() - 1);
        if (x.shape().product(axis, x.rank()) < LEAST) x = f32(x.shape().with(axis, LEAST));
        long[] d = x.shape().dims();
        TensorType row = f32(Arrays.copyOfRange(d, axis, d.length));
        return OpCase.of(name, new LayerNormalization(axis, epsilon(r)), x, row, row)
                .parametersFrom(1)
                .fill(1, Fill.AWAY_FROM_ZERO)
                .reducing(row.elements() + x.dim(0));
    }

    private static OpCase group(String name, Random r) {
        TensorType x = plane(r);
        int channels = x.shape().size(1);
        Integer[] divisors = IntStream.rangeClosed(1, channels)
                .filter(i -> channels % i == 0)
                .boxed()
                .toArray(Integer[]::new);
        int groups = one(r, divisors);
        return affine(name, r, new GroupNormalization(groups, epsilon(r)), x, x.elements() / x.dim(0) / groups);
    }

    private static OpCase instance(String name, Random r) {
        TensorType x = plane(r);
        return affine(name, r, new InstanceNormalization(epsilon(r)), x, 0);
    }

    private static OpCase affine(String name, Random r, Op op, TensorType x, long more) {
        TensorType v = f32(x.dim(1));
        OpCase c = OpCase.of(name, op, x, v, v)
                .parametersFrom(1)
                .fill(1, Fill.AWAY_FROM_ZERO)
                .reducing(x.elements() / x.dim(1) + more);
        return oneIn(r, 5) ? c.forwardOnly() : c;
    }
}
