package voluta.conformance;

import static voluta.tensor.TensorType.f32;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.function.IntSupplier;
import java.util.stream.IntStream;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCase.Role;
import voluta.op.Activation;
import voluta.op.Arithmetic;
import voluta.op.BinaryCrossEntropy;
import voluta.op.Broadcast;
import voluta.op.Concatenation;
import voluta.op.CrossEntropy;
import voluta.op.MeanSquaredError;
import voluta.op.Prelu;
import voluta.op.Reduction;
import voluta.op.Reshape;
import voluta.op.Slice;
import voluta.op.Softmax;
import voluta.op.Transpose;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** Valid cases by chance: a pure function of the random numbers. This file has the table and the ops without windows. */
final class RandomCases {
    /** Around the widths of vectors and of blocks of channels. */
    private static final int[] CHANNELS = {1, 2, 3, 4, 5, 7, 8, 12, 15, 16, 17, 24, 31, 32, 33, 48};

    /** So few sums may all come out near 0, and errors count relative to the largest. */
    private static final int FEW = 16;

    private RandomCases() {}

    /** A generator of cases of one op, by the op's name. */
    static Map<String, BiFunction<String, Random, OpCase>> all() {
        Map<String, BiFunction<String, Random, OpCase>> all = new LinkedHashMap<>();
        RandomWindows.addTo(all);
        RandomNormalizations.addTo(all);
        all.put("Activation", RandomCases::activation);
        all.put("Prelu", RandomCases::prelu);
        all.put("Softmax", RandomCases::softmax);
        all.put("Arithmetic", RandomCases::arithmetic);
        all.put("Broadcast", RandomCases::broadcast);
        all.put("Reduction", RandomCases::reduction);
        all.put("Concatenation", RandomCases::concatenation);
        all.put("Slice", RandomCases::slice);
        all.put("Transpose", RandomCases::transpose);
        all.put("Reshape", RandomCases::reshape);
        all.put("CrossEntropy", RandomCases::crossEntropy);
        all.put("BinaryCrossEntropy", RandomCases::binaryCrossEntropy);
        all.put("MeanSquaredError", RandomCases::meanSquaredError);
        return all;
    }

    static int between(Random r, int least, int most) {
        return least + r.nextInt(most - least + 1);
    }

    static boolean oneIn(Random r, int n) {
        return r.nextInt(n) == 0;
    }

    static int channels(Random r) {
        return CHANNELS[r.nextInt(CHANNELS.length)];
    }

    static <T> T one(Random r, T[] of) {
        return of[r.nextInt(of.length)];
    }

    static List<Integer> list(int n, IntSupplier each) {
        return IntStream.range(0, n).map(i -> each.getAsInt()).boxed().toList();
    }

    /** N, C and so many spatial dimensions up to a size. */
    static TensorType image(Random r, int channels, int spatial, int largest) {
        long[] d = new long[spatial + 2];
        d[0] = between(r, 1, 3);
        d[1] = channels;
        for (int i = 2; i < d.length; i++) d[i] = between(r, 1, largest);
        return f32(d);
    }

    /** Sizes that shrink as dimensions grow more, so that the whole stays small. */
    static long[] dims(Random r, int rank) {
        int largest = rank <= 2 ? 40 : rank == 3 ? 14 : rank == 4 ? 9 : 5;
        long[] d = new long[rank];
        for (int i = 0; i < rank; i++) d[i] = i == 1 && oneIn(r, 2) ? channels(r) : between(r, 1, largest);
        return d;
    }

    private static TensorType any(Random r) {
        return f32(dims(r, between(r, 1, 5)));
    }

    static Activation activation(Random r) {
        Activation.Kind kind = one(r, Activation.Kind.values());
        return switch (kind) {
            case LEAKY_RELU -> Activation.leakyRelu(between(r, -5, 9) / 10.0);
            case ELU -> Activation.elu(between(r, -5, 20) / 10.0);
            default -> Activation.of(kind);
        };
    }

    private static OpCase activation(String name, Random r) {
        TensorType x = oneIn(r, 9) ? f32() : any(r);
        // errors count relative to the largest value, which a few numbers far from 0 may not have
        return OpCase.of(name, activation(r), x).fill(0, x.elements() < FEW ? Fill.POSITIVE : Fill.WIDE);
    }

    private static OpCase prelu(String name, Random r) {
        TensorType x = any(r);
        long slopes = x.rank() < 2 || oneIn(r, 3) ? 1 : x.dim(1);
        OpCase c = OpCase.of(name, new Prelu(), x, f32(slopes))
                .fill(0, Fill.AWAY_FROM_ZERO)
                .parametersFrom(1)
                .reducing(x.elements() / slopes);
        return slopes < FEW ? c.exactly() : c;
    }

    private static OpCase softmax(String name, Random r) {
        TensorType x = any(r);
        int axis = r.nextInt(x.rank());
        // the logarithm of the sum is as large as the inputs, and its rounding goes into the gradient; where one of a
        // few
        // takes nearly all, the gradient is what rounding leaves of its distance from 1
        return OpCase.of(name, new Softmax(axis, r.nextBoolean()), x)
                .fill(0, x.dim(axis) < FEW ? Fill.UNIFORM : Fill.WIDE)
                .reducing(x.dim(axis) < FEW ? 64 * 64 : 64 + x.dim(axis));
    }

    /** A shape that broadcasts to {@code full}: leading dimensions left out, some of the others 1. */
    private static TensorType broadcastable(Random r, long[] full) {
        int from = oneIn(r, 2) ? 0 : r.nextInt(full.length + 1);
        long[] d = Arrays.copyOfRange(full, from, full.length);
        for (int i = 0; i < d.length; i++) if (oneIn(r, 3)) d[i] = 1;
        return f32(d);
    }

    private static OpCase arithmetic(String name, Random r) {
        long[] full = dims(r, between(r, 1, 5));
        TensorType a = broadcastable(r, full), b = oneIn(r, 3) ? a : broadcastable(r, full);
        if (r.nextBoolean()) a = f32(full);
        OpCase c = OpCase.of(name, new Arithmetic(one(r, Arithmetic.Kind.values())), a, b)
                .fill(1, Fill.POSITIVE)
                .reducing(f32(full).elements());
        if (Math.min(a.elements(), b.elements()) < FEW) c = c.forwardOnly();
        return oneIn(r, 3) ? c.parametersFrom(1) : c;
    }

    private static OpCase broadcast(String name, Random r) {
        long[] full = dims(r, between(r, 1, 5));
        return OpCase.of(name, new Broadcast(Shape.of(full)), broadcastable(r, full))
                .exactly();
    }

    private static OpCase reduction(String name, Random r) {
        TensorType x = any(r);
        List<Integer> axes = IntStream.range(0, x.rank())
                .filter(i -> r.nextBoolean())
                .boxed()
                .toList();
        Reduction op = new Reduction(one(r, Reduction.Kind.values()), axes, r.nextBoolean());
        return OpCase.of(name, op, x).fill(0, Fill.POSITIVE).reducing(op.count(x.shape()));
    }

    private static OpCase concatenation(String name, Random r) {
        long[] d = dims(r, between(r, 1, 5));
        int axis = d.length > 1 && oneIn(r, 2) ? 1 : r.nextInt(d.length);
        List<TensorType> in = new ArrayList<>();
        for (int i = between(r, 1, 4); i > 0; i--) {
            d[axis] = axis == 1 ? channels(r) : between(r, 1, 9);
            in.add(f32(d.clone()));
        }
        return OpCase.of(name, new Concatenation(axis), in.toArray(TensorType[]::new));
    }

    private static OpCase slice(String name, Random r) {
        long[] d = dims(r, between(r, 1, 5));
        List<Integer> begin = new ArrayList<>(), end = new ArrayList<>();
        for (long size : d) {
            boolean whole = oneIn(r, 3);
            begin.add(whole ? 0 : r.nextInt((int) size));
            end.add(whole ? (int) size : between(r, begin.get(begin.size() - 1) + 1, (int) size));
        }
        return OpCase.of(name, new Slice(begin, end), f32(d));
    }

    private static OpCase transpose(String name, Random r) {
        TensorType x = any(r);
        List<Integer> p = new ArrayList<>(IntStream.range(0, x.rank()).boxed().toList());
        java.util.Collections.shuffle(p, r);
        return OpCase.of(name, new Transpose(p), x);
    }

    private static OpCase reshape(String name, Random r) {
        TensorType x = any(r);
        long left = x.elements();
        List<Long> d = new ArrayList<>();
        while (d.size() < 5 && left > 1) {
            long rest = left;
            List<Long> divisors = java.util.stream.LongStream.rangeClosed(1, left)
                    .filter(n -> rest % n == 0)
                    .boxed()
                    .toList();
            d.add(divisors.get(r.nextInt(divisors.size())));
            left /= d.get(d.size() - 1);
        }
        if (left > 1) d.add(left);
        return OpCase.of(
                name, new Reshape(Shape.of(d.stream().mapToLong(Long::longValue).toArray())), x);
    }

    private static OpCase crossEntropy(String name, Random r) {
        TensorType x = f32(between(r, 1, 20), between(r, 2, 70));
        boolean labels = r.nextBoolean();
        CrossEntropy op = new CrossEntropy(oneIn(r, 2) ? 0 : r.nextDouble());
        return OpCase.of(name, op, x, labels ? TensorType.i32(x.dim(0)) : x)
                .fill(0, Fill.WIDE)
                .fill(1, labels ? Fill.LABELS : Fill.PROBABILITIES)
                .reducing(x.elements());
    }

    private static OpCase binaryCrossEntropy(String name, Random r) {
        TensorType x = f32(dims(r, between(r, 1, 4)));
        return OpCase.of(name, new BinaryCrossEntropy(), x, x)
                .fill(0, Fill.WIDE)
                .fill(1, Fill.PROBABILITIES)
                .reducing(x.elements());
    }

    private static OpCase meanSquaredError(String name, Random r) {
        TensorType x = any(r);
        return OpCase.of(name, new MeanSquaredError(), x, x).reducing(x.elements());
    }

    /** Weights are usually parameters; where they are computed, they are inputs. */
    static OpCase weights(OpCase c, Random r, int from, int to) {
        boolean computed = oneIn(r, 5);
        for (int i = from; i < to && !computed; i++) c = c.role(i, Role.PARAMETER);
        return c;
    }

    static Optional<Activation> perhaps(Random r, Activation a) {
        return oneIn(r, 4) ? Optional.empty() : Optional.of(a);
    }
}
