package voluta.op;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Pooling to a given size: window o of n covers the positions {@code floor(o * size / n)} to below {@code ceil((o + 1) *
 * size / n)}, so that windows overlap where n does not divide the size. Input x [N,C,sp...]; output y [N,C,output...].
 * To size 1 it is global pooling. Equal maxima: the first in row-major order gets the gradient.
 *
 * @param output the output's size in each spatial dimension
 */
public record AdaptivePooling(Pooling.Kind kind, List<Integer> output) implements Op {
    public AdaptivePooling {
        output = List.copyOf(output);
        for (int n : output) {
            if (n < 1) throw new ShapeException("adaptive pooling needs output sizes of at least 1, got " + output);
        }
    }

    /** Pools each channel of this many spatial dimensions to one number. */
    public static AdaptivePooling global(Pooling.Kind kind, int spatial) {
        return new AdaptivePooling(kind, Collections.nCopies(spatial, 1));
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        Pooling.requireSpatial("adaptive pooling", x, output.size());
        Shape y = x.shape();
        for (int d = 0; d < output.size(); d++) y = y.with(d + 2, output.get(d));
        return List.of(new TensorType(x.dtype(), y));
    }

    /** The positions that each window reads in spatial dimension {@code d} of this size. */
    public int[][] positions(int d, int size) {
        int n = output.get(d);
        int[][] all = new int[n][];
        for (int o = 0; o < n; o++) {
            int from = (int) ((long) o * size / n), to = (int) (((o + 1L) * size + n - 1) / n);
            all[o] = IntStream.range(from, to).toArray();
        }
        return all;
    }

    /** The pooling with windows of one size that does the same on this shape; empty unless each output size divides its dimension. */
    public Optional<Pooling> regular(Shape x) {
        List<Integer> kernel = new ArrayList<>();
        for (int d = 0; d < output.size(); d++) {
            int size = x.size(d + 2);
            if (size % output.get(d) != 0) return Optional.empty();
            kernel.add(size / output.get(d));
        }
        return Optional.of(Pooling.of(kind, kernel, kernel, Collections.nCopies(kernel.size(), 0)));
    }

    @Override
    public boolean savesContext() {
        return kind == Pooling.Kind.MAX;
    }

    @Override
    public Optional<Decomposition> decompose(List<TensorType> inputs) {
        return regular(inputs.get(0).shape())
                .map(p -> (builder, in) -> builder.add("pool", p, in).outputs());
    }

    @Override
    public void differentiate(GradientScope s) {
        s.give(0, Pooling.backward(s, new Backward(this), kind));
    }

    /** Gradient of {@link AdaptivePooling}. Inputs x, y, dy, of which backends read what they need; output dx. */
    public record Backward(AdaptivePooling forward) implements Op {
        @Override
        public List<TensorType> infer(List<TensorType> inputs) {
            return Pooling.inferBackward(forward, inputs);
        }
    }
}
