package voluta.conformance;

import static voluta.conformance.RandomCases.between;
import static voluta.conformance.RandomCases.channels;
import static voluta.conformance.RandomCases.image;
import static voluta.conformance.RandomCases.list;
import static voluta.conformance.RandomCases.one;
import static voluta.conformance.RandomCases.oneIn;
import static voluta.conformance.RandomCases.perhaps;
import static voluta.conformance.RandomCases.weights;
import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import voluta.conformance.OpCase.Fill;
import voluta.op.Activation;
import voluta.op.AdaptivePooling;
import voluta.op.BatchNormalization;
import voluta.op.Convolution;
import voluta.op.FusedBatchNormalization;
import voluta.op.FusedConvolution;
import voluta.op.Linear;
import voluta.op.MatMul;
import voluta.op.NormalizedConvolution;
import voluta.op.Padding;
import voluta.op.Pooling;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/** Valid cases by chance of ops with windows, and of matrix products. */
final class RandomWindows {
    /** Of the results of all images, with which kernels for many pixels are taken. */
    private static final long LEAST_PIXELS = 640;

    private RandomWindows() {}

    static void addTo(Map<String, BiFunction<String, Random, OpCase>> all) {
        all.put("Convolution", RandomWindows::convolution);
        all.put("FusedConvolution", RandomWindows::fusedConvolution);
        all.put("NormalizedConvolution", RandomWindows::normalizedConvolution);
        all.put("TransposedConvolution", RandomWindows::transposedConvolution);
        all.put("Linear", RandomWindows::linear);
        all.put("MatMul", RandomWindows::matMul);
        all.put("Pooling", RandomWindows::pooling);
        all.put("AdaptivePooling", RandomWindows::adaptivePooling);
        all.put("Padding", RandomWindows::padding);
    }

    /** What a convolution and its transpose have in common. */
    private record Window(int spatial, List<Integer> kernel, List<Integer> stride, List<Integer> dilation) {
        static Window random(Random r) {
            int n = oneIn(r, 4) ? 1 : oneIn(r, 4) ? 3 : 2;
            int square = between(r, 1, n == 3 ? 3 : 5), step = oneIn(r, 2) ? 1 : between(r, 1, 3);
            boolean same = oneIn(r, 2);
            return new Window(
                    n,
                    list(n, () -> same ? square : between(r, 1, square)),
                    list(n, () -> same ? step : between(r, 1, 3)),
                    list(n, () -> oneIn(r, 4) ? between(r, 1, 3) : 1));
        }

        int reach(int d) {
            return dilation.get(d) * (kernel.get(d) - 1) + 1;
        }
    }

    /** Of 1 group, of as many as there are channels, or something between. */
    private static int groups(Random r) {
        return oneIn(r, 2) ? 1 : oneIn(r, 2) ? channels(r) : between(r, 2, 4);
    }

    private static TensorType weight(long first, long second, List<Integer> kernel) {
        long[] d = new long[kernel.size() + 2];
        d[0] = first;
        d[1] = second;
        for (int i = 2; i < d.length; i++) d[i] = kernel.get(i - 2);
        return f32(d);
    }

    private static int perGroup(Random r, int groups) {
        return groups == 1 ? channels(r) : groups > 4 ? between(r, 1, 2) : one(r, new Integer[] {1, 2, 3, 5, 8, 16});
    }

    /** The inputs x, w and perhaps b of a convolution, and whether sums of whole numbers must be exact, which Winograd's are not. */
    private record Convolved(Convolution op, List<TensorType> in, boolean exact) {
        /** Windows of 3x3 at every pixel of images large enough for Winograd's algorithm, which has kernels of its own. */
        static Convolved tiles(Random r) {
            int ic = between(r, 16, 48), oc = between(r, 16, 48), high = between(r, 5, 20), wide = between(r, 5, 20);
            List<Integer> before = list(2, () -> r.nextInt(3)), after = list(2, () -> r.nextInt(3));
            Convolution op = new Convolution(List.of(1, 1), List.of(1, 1), before, after, 1);
            TensorType w = f32(oc, ic, 3, 3);
            Shape one = op.outputShape(f32(1, ic, high, wide).shape(), w.shape());
            long images = LEAST_PIXELS / one.product(2, 4) + between(r, 1, 3);
            List<TensorType> in = new ArrayList<>(List.of(f32(images, ic, high, wide), w));
            if (r.nextBoolean()) in.add(f32(oc));
            return new Convolved(op, in, false);
        }

        static Convolved random(Random r) {
            if (oneIn(r, 8)) return tiles(r);
            Window w = Window.random(r);
            int groups = groups(r), ic = perGroup(r, groups), oc = perGroup(r, groups) * groups, n = w.spatial;
            List<Integer> before = new ArrayList<>(), after = new ArrayList<>();
            long[] x = image(r, ic * groups, n, n == 3 ? 5 : 9).shape().dims();
            boolean padded = r.nextBoolean(), same = r.nextBoolean();
            for (int d = 0; d < n; d++) {
                before.add(padded ? r.nextInt(w.reach(d) + 1) : 0);
                after.add(!padded ? 0 : same ? before.get(d) : r.nextInt(w.reach(d) + 1));
                x[2 + d] = Math.max(x[2 + d], w.reach(d) - before.get(d) - after.get(d));
            }
            List<TensorType> in = new ArrayList<>(List.of(f32(x), weight(oc, ic, w.kernel)));
            if (r.nextBoolean()) in.add(f32(oc));
            return new Convolved(new Convolution(w.stride, w.dilation, before, after, groups), in, true);
        }

        long terms() {
            return in.get(1).elements() / in.get(1).dim(0);
        }

        /** How many products go into one element of the weights' gradient. */
        long samples() {
            Shape y = op.outputShape(in.get(0).shape(), in.get(1).shape());
            return y.dim(0) * y.product(2, y.rank());
        }

        long reduction() {
            return Math.max(terms(), samples()) + op.groups();
        }
    }

    private static OpCase convolution(String name, Random r) {
        Convolved v = Convolved.random(r);
        OpCase c = OpCase.of(name, v.op, v.in.toArray(TensorType[]::new)).reducing(v.reduction());
        c = weights(oneIn(r, 3) && v.exact ? c.exactly() : c, r, 1, v.in.size());
        return oneIn(r, 4) ? c.forwardOnly() : c;
    }

    /** Forward only where the activation has a kink, near which rounding decides the gradient. */
    private static OpCase fusedConvolution(String name, Random r) {
        Convolved v = Convolved.random(r);
        boolean residual = r.nextBoolean();
        List<TensorType> in = new ArrayList<>(v.in);
        if (residual) in.add(f32(v.op.outputShape(in.get(0).shape(), in.get(1).shape())));
        FusedConvolution op = new FusedConvolution(v.op, residual, perhaps(r, RandomCases.activation(r)));
        OpCase c = OpCase.of(name, op, in.toArray(TensorType[]::new)).reducing(v.reduction());
        c = weights(c, r, 1, v.in.size());
        boolean smooth = op.activation().map(RandomWindows::smooth).orElse(true);
        return smooth ? c : c.forwardOnly();
    }

    /** Normalized values are kept from ReLU's kink, where rounding decides what the gradient is. */
    private static OpCase normalizedConvolution(String name, Random r) {
        Convolved v = oneIn(r, 3) ? Convolved.random(r) : Convolved.tiles(r);
        TensorType x = v.in.get(0);
        long count = BatchNormalization.count(x.shape());
        if (count < 8) return normalizedConvolution(name, r);
        BatchNormalization norm = new BatchNormalization(1e-3, r.nextDouble(), BatchNormalization.Mode.TRAINING);
        Optional<Activation> activation = perhaps(r, one(r, new Activation[] {Activation.relu(), Activation.relu6()}));
        OpCase c = RandomNormalizations.withStatistics(
                name,
                new NormalizedConvolution(new FusedBatchNormalization(norm, false, activation), v.op),
                x,
                v.in.subList(1, v.in.size()));
        for (int i = 5; i < c.inputs().size(); i++) c = c.role(i, OpCase.Role.PARAMETER);
        c = c.reducing(Math.max(count, v.reduction()));
        boolean relu6 = activation.map(Activation.relu6()::equals).orElse(false);
        return relu6 ? c.forwardOnly() : activation.isPresent() ? c.fill(2, Fill.DOMINANT) : c;
    }

    private static boolean smooth(Activation a) {
        return switch (a.kind()) {
            case GELU, GELU_TANH, SILU, SIGMOID, TANH, MISH, SOFTPLUS -> true;
            default -> false;
        };
    }

    private static OpCase transposedConvolution(String name, Random r) {
        Window w = Window.random(r);
        int groups = groups(r), n = w.spatial;
        int ic = perGroup(r, groups) * groups, oc = perGroup(r, groups);
        TensorType x = image(r, ic, n, n == 3 ? 3 : 6);
        List<Integer> before = new ArrayList<>(), after = new ArrayList<>(), more = new ArrayList<>();
        for (int d = 0; d < n; d++) {
            long full = (x.dim(2 + d) - 1) * w.stride.get(d) + w.reach(d);
            before.add(r.nextInt((int) Math.min(full, w.reach(d))));
            after.add(r.nextInt((int) Math.min(full - before.get(d), w.reach(d))));
            int limit = Math.min(Math.max(w.stride.get(d), w.dilation.get(d)), after.get(d) + w.stride.get(d));
            more.add(r.nextInt(limit));
        }
        List<TensorType> in = new ArrayList<>(List.of(x, weight(ic, oc, w.kernel)));
        if (r.nextBoolean()) in.add(f32((long) oc * groups));
        var op = new TransposedConvolution(w.stride, w.dilation, before, after, more, groups);
        Shape y = op.outputShape(x.shape(), in.get(1).shape());
        long terms = in.get(1).elements() / oc / groups;
        OpCase c = OpCase.of(name, op, in.toArray(TensorType[]::new))
                .reducing(Math.max(terms, y.dim(0) * y.product(2, y.rank())) + oc);
        return weights(oneIn(r, 3) ? c.exactly() : c, r, 1, in.size());
    }

    private static OpCase linear(String name, Random r) {
        int batch = between(r, 1, 20), in = between(r, 1, 70), out = between(r, 1, 40);
        OpCase c = r.nextBoolean()
                ? OpCase.of(name, new Linear(), f32(batch, in), f32(out, in))
                : OpCase.of(name, new Linear(), f32(batch, in), f32(out, in), f32(out));
        c = c.reducing(Math.max(Math.max(batch, in), out));
        return weights(oneIn(r, 3) ? c.exactly() : c, r, 1, c.inputs().size());
    }

    private static OpCase matMul(String name, Random r) {
        boolean ta = r.nextBoolean(), tb = r.nextBoolean();
        int m = between(r, 1, 20), k = between(r, 1, 35), n = between(r, 1, 20);
        long[] batch = new long[r.nextInt(3)];
        for (int i = 0; i < batch.length; i++) batch[i] = between(r, 1, 3);
        TensorType a = f32(matrix(r, batch, ta ? k : m, ta ? m : k)), b = f32(matrix(r, batch, tb ? n : k, tb ? k : n));
        OpCase c = OpCase.of(name, new MatMul(ta, tb), a, b).reducing(9L * Math.max(Math.max(m, k), n));
        return weights(oneIn(r, 3) ? c.exactly() : c, r, 1, 2);
    }

    /** The whole batch, fewer leading dimensions, or some that are broadcast. */
    private static long[] matrix(Random r, long[] batch, int rows, int columns) {
        int from = oneIn(r, 4) ? r.nextInt(batch.length + 1) : 0;
        long[] d = new long[batch.length - from + 2];
        for (int i = from; i < batch.length; i++) d[i - from] = oneIn(r, 4) ? 1 : batch[i];
        d[d.length - 2] = rows;
        d[d.length - 1] = columns;
        return d;
    }

    /** A window that reads nothing is refused for reasons too many to repeat here, so attributes are drawn until one is taken. */
    private static OpCase pooling(String name, Random r) {
        while (true) {
            Window w = Window.random(r);
            int n = w.spatial;
            boolean dilated = oneIn(r, 3), padded = r.nextBoolean(), same = r.nextBoolean();
            List<Integer> before = list(n, () -> padded ? r.nextInt(3) : 0);
            Pooling op = new Pooling(
                    one(r, Pooling.Kind.values()),
                    w.kernel,
                    w.stride,
                    dilated ? w.dilation : Collections.nCopies(n, 1),
                    before,
                    same ? before : list(n, () -> padded ? r.nextInt(3) : 0),
                    r.nextBoolean(),
                    r.nextBoolean());
            TensorType x = image(r, channels(r), n, n == 3 ? 6 : 11);
            try {
                op.infer(List.of(x));
            } catch (ShapeException e) {
                continue;
            }
            int window = w.kernel.stream().reduce(1, (a, b) -> a * b);
            OpCase c = OpCase.of(name, op, x).fill(0, Fill.DISTINCT).reducing(window);
            // ties go to the first; the divisor of a mean makes it inexact
            return op.kind() == Pooling.Kind.MAX && oneIn(r, 3) ? c.exactly() : c;
        }
    }

    private static OpCase adaptivePooling(String name, Random r) {
        int n = oneIn(r, 4) ? 1 : oneIn(r, 4) ? 3 : 2;
        TensorType x = image(r, channels(r), n, n == 3 ? 5 : 9);
        boolean global = oneIn(r, 3);
        Pooling.Kind kind = one(r, Pooling.Kind.values());
        var op = global ? AdaptivePooling.global(kind, n) : new AdaptivePooling(kind, list(n, () -> between(r, 1, 6)));
        return OpCase.of(name, op, x).fill(0, Fill.DISTINCT).reducing(x.elements() / x.dim(0) / x.dim(1) + 6);
    }

    private static OpCase padding(String name, Random r) {
        int n = oneIn(r, 4) ? 1 : oneIn(r, 4) ? 3 : 2;
        TensorType x = image(r, channels(r), n, n == 3 ? 5 : 9);
        Padding.Mode mode = one(r, Padding.Mode.values());
        List<Integer> before = new ArrayList<>(), after = new ArrayList<>();
        boolean crop = mode == Padding.Mode.CONSTANT && oneIn(r, 2);
        for (int d = 0; d < n; d++) {
            int size = x.shape().size(2 + d);
            int most = mode == Padding.Mode.REFLECT ? size - 1 : mode == Padding.Mode.CIRCULAR ? size : 4;
            before.add(crop && oneIn(r, 2) ? -r.nextInt((size + 1) / 2) : r.nextInt(most + 1));
            after.add(crop && oneIn(r, 2) ? -r.nextInt((size + 1) / 2) : r.nextInt(most + 1));
        }
        double value = mode == Padding.Mode.CONSTANT && oneIn(r, 2) ? -1.5 : 0;
        return OpCase.of(name, new Padding(mode, value, before, after), x).reducing(27);
    }
}
