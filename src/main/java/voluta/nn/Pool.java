package voluta.nn;

import java.util.ArrayList;
import java.util.List;
import voluta.graph.Value;
import voluta.op.Pooling;

/**
 * Maximum or average over windows. Input {@code [N,C,spatial...]}, output the same with smaller spatial sizes.
 *
 * @param stride distance between windows; empty means the kernel, so that windows do not overlap
 * @param ceilMode whether a last window that reaches over the end counts
 * @param countPadding whether an average divides by the whole window also at the border
 */
public record Pool(
        Pooling.Kind kind,
        List<Integer> kernel,
        List<Integer> stride,
        List<Integer> dilation,
        Border padding,
        boolean ceilMode,
        boolean countPadding)
        implements Layer {

    public Pool {
        kernel = List.copyOf(kernel);
        stride = List.copyOf(stride);
        dilation = List.copyOf(dilation);
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        int dims = Spatial.dimensions("pooling", x);
        List<Integer> k = Spatial.each("kernel", kernel, dims);
        List<Integer> s = stride.isEmpty() ? k : Spatial.each("stride", stride, dims);
        List<Integer> d = Spatial.each("dilation", dilation, dims);
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < dims; i++) sizes.add(x.type().shape().size(i + 2));
        Border border = padding.resolve(sizes, k, s, d);
        return build.add(name, new Pooling(kind, k, s, d, border.before(), border.after(), ceilMode, countPadding), x);
    }
}
