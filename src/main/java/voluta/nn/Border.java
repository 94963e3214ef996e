package voluta.nn;

import java.util.ArrayList;
import java.util.List;
import voluta.tensor.ShapeException;

/**
 * How many elements are added around the spatial dimensions.
 *
 * @param same whether the output is to be as large as the input divided by the stride, rounded up; the lists are empty then
 * @param before elements added before each dimension; a single number stands for all
 * @param after elements added after each dimension
 */
public record Border(boolean same, List<Integer> before, List<Integer> after) {
    /** Nothing is added. */
    public static final Border NONE = of(0);

    /** The size is kept (at stride 1); where an odd number is needed, the larger half goes to the end. */
    public static final Border SAME = new Border(true, List.of(), List.of());

    public Border {
        before = List.copyOf(before);
        after = List.copyOf(after);
        if (before.size() != after.size()) {
            throw new ShapeException("padding needs as many numbers before as after, got " + before + " and " + after);
        }
    }

    /** The same number on all sides. */
    public static Border of(int n) {
        return new Border(false, List.of(n), List.of(n));
    }

    /** Per dimension the same number on both sides. */
    public static Border of(List<Integer> each) {
        return new Border(false, each, each);
    }

    /** The numbers for windows over an input of these spatial sizes. */
    public Border resolve(List<Integer> size, List<Integer> kernel, List<Integer> stride, List<Integer> dilation) {
        int n = size.size();
        if (!same) return new Border(false, Spatial.each("padding", before, n), Spatial.each("padding", after, n));
        List<Integer> first = new ArrayList<>(), last = new ArrayList<>();
        for (int d = 0; d < n; d++) {
            int s = stride.get(d), out = (size.get(d) + s - 1) / s;
            int reach = (kernel.get(d) - 1) * dilation.get(d) + 1;
            int total = Math.max(0, (out - 1) * s + reach - size.get(d));
            first.add(total / 2);
            last.add(total - total / 2);
        }
        return new Border(false, first, last);
    }

    boolean isNone() {
        return !same && before.stream().allMatch(n -> n == 0) && after.stream().allMatch(n -> n == 0);
    }
}
