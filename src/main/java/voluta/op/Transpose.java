package voluta.op;

import java.util.Arrays;
import java.util.List;
import voluta.graph.GradientScope;
import voluta.graph.Op;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/** Reorders dimensions. Input x; output y whose dimension i is x's dimension {@code permutation[i]}. */
public record Transpose(List<Integer> permutation) implements Op {
    public Transpose {
        permutation = List.copyOf(permutation);
        boolean[] seen = new boolean[permutation.size()];
        for (int p : permutation) {
            if (p < 0 || p >= seen.length || seen[p]) {
                throw new ShapeException("a permutation of " + seen.length + " dimensions names each of 0 to "
                        + (seen.length - 1) + " once, got " + permutation);
            }
            seen[p] = true;
        }
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        if (x.rank() != permutation.size()) {
            throw new ShapeException("the permutation " + permutation + " expects an input with " + permutation.size()
                    + " dimensions, got " + x + "; name every dimension");
        }
        return List.of(new TensorType(
                x.dtype(), Shape.of(permutation.stream().mapToLong(x::dim).toArray())));
    }

    /** The permutation that undoes this one. */
    public Transpose inverse() {
        Integer[] p = new Integer[permutation.size()];
        for (int i = 0; i < p.length; i++) p[permutation.get(i)] = i;
        return new Transpose(Arrays.asList(p));
    }

    @Override
    public void differentiate(GradientScope s) {
        s.give(0, s.add(inverse(), s.gradient(0)).output());
    }
}
