package voluta.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import voluta.graph.Graph;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.graph.Value;
import voluta.op.AdaptivePooling;
import voluta.op.Convolution;
import voluta.op.ImageToTensor;
import voluta.op.MatMul;
import voluta.op.Padding;
import voluta.op.Pooling;
import voluta.op.Reduction;
import voluta.op.Reshape;
import voluta.op.Slice;
import voluta.op.Softmax;
import voluta.op.Transpose;
import voluta.op.TransposedConvolution;
import voluta.tensor.DType;
import voluta.tensor.Shape;

/** Computes receptive fields along a graph: one rule per op that looks beyond one position; all others look at one. */
final class ReceptiveFields {
    private final Map<Value, ReceptiveField> fields = new HashMap<>();

    private ReceptiveFields() {}

    /** The field of each value that depends on an input. */
    static Map<Value, ReceptiveField> of(Graph graph) {
        ReceptiveFields r = new ReceptiveFields();
        for (Value v : graph.sources(Value.Kind.INPUT)) {
            int rank = v.type().rank();
            // Bytes are images [N,H,W,C]; features [N,F] have one dimension to look along.
            if (v.type().dtype() == DType.U8) r.fields.put(v, ReceptiveField.identity(1, rank - 1));
            else if (v.type().dtype().floating() && rank >= 2)
                r.fields.put(v, ReceptiveField.identity(rank == 2 ? 1 : 2, rank));
        }
        for (Node n : graph.nodes()) r.visit(n);
        return r.fields;
    }

    private void visit(Node n) {
        ReceptiveField in = null;
        for (Value v : n.inputs()) {
            ReceptiveField f = fields.get(v);
            if (f != null) in = in == null ? f : in.union(f);
        }
        if (in == null) return;
        ReceptiveField out = through(n, in);
        for (Value v : n.outputs()) fields.put(v, out);
    }

    private static ReceptiveField through(Node n, ReceptiveField f) {
        Op op = n.op();
        Shape x = n.input(0).type().shape();
        if (op instanceof ImageToTensor) return f.map(a -> a.along(a.dimension() + 1));
        if (op instanceof Convolution c) {
            Shape w = n.input(1).type().shape();
            return windows(f, w.dims(), 2, c.stride(), c.dilation(), c.padBefore());
        }
        if (op instanceof Pooling p) {
            long[] k = p.kernel().stream().mapToLong(Integer::longValue).toArray();
            return windows(f, k, 0, p.stride(), p.dilation(), p.padBefore());
        }
        if (op instanceof AdaptivePooling p) return f.map(a -> adaptive(a, x, p.output()));
        if (op instanceof TransposedConvolution t) {
            Shape w = n.input(1).type().shape();
            return f.map(a -> a.dimension() < 2 ? a : stamps(a, w.size(a.dimension()), t));
        }
        if (op instanceof Padding p) {
            return f.map(a -> a.dimension() < 2 ? a : a.shifted(-p.before().get(a.dimension() - 2)));
        }
        if (op instanceof Slice s) {
            return f.map(a -> a.dimension() < 0 ? a : a.shifted(s.begin().get(a.dimension())));
        }
        if (op instanceof Transpose t) {
            return f.map(a -> a.along(t.permutation().indexOf(a.dimension())));
        }
        if (op instanceof Reduction r) return f.map(a -> reduced(a, x, r));
        if (op instanceof Softmax s) return f.map(a -> a.dimension() == s.axis() ? whole(a, x) : a);
        boolean mixes = op instanceof voluta.op.Linear || op instanceof MatMul;
        boolean rearranges =
                op instanceof Reshape r && !r.shape().equals(n.input(0).type().shape());
        return mixes || rearranges ? f.map(a -> whole(a, x)) : f;
    }

    private static ReceptiveField windows(
            ReceptiveField f,
            long[] kernel,
            int first,
            List<Integer> stride,
            List<Integer> dilation,
            List<Integer> pad) {
        return f.map(a -> {
            int d = a.dimension() - 2;
            if (d < 0) return a;
            int reach = Math.toIntExact((kernel[first + d] - 1) * dilation.get(d) + 1);
            return a.window(reach, stride.get(d), pad.get(d));
        });
    }

    /** The widest of the windows; where sizes do not divide, their distance is a fraction. */
    private static ReceptiveField.Axis adaptive(ReceptiveField.Axis a, Shape x, List<Integer> output) {
        int d = a.dimension() - 2;
        if (d < 0) return a;
        int n = x.size(d + 2), m = output.get(d), widest = 0;
        if (m == 1) return a.whole(n);
        for (int o = 0; o < m; o++) {
            int from = (int) ((long) o * n / m), to = (int) (((long) (o + 1) * n + m - 1) / m);
            widest = Math.max(widest, to - from);
        }
        return a.window(widest, n / (double) m, 0);
    }

    /** Output o gets a stamp from each input i with {@code o = i*stride - pad + k*dilation}. */
    private static ReceptiveField.Axis stamps(ReceptiveField.Axis a, int kernel, TransposedConvolution t) {
        int d = a.dimension() - 2;
        double s = t.stride().get(d), pad = t.padBefore().get(d);
        double reach = (kernel - 1) * (double) t.dilation().get(d);
        double first = Math.ceil((pad - reach) / s), last = Math.floor((pad + s - 1) / s);
        return new ReceptiveField.Axis(
                a.low() + first * a.jump(), a.high() + last * a.jump(), a.jump() / s, a.dimension());
    }

    private static ReceptiveField.Axis reduced(ReceptiveField.Axis a, Shape x, Reduction r) {
        if (a.dimension() < 0) return a;
        if (r.axes().contains(a.dimension())) return whole(a, x);
        if (r.keep()) return a;
        int gone = (int) r.axes().stream().filter(i -> i < a.dimension()).count();
        return a.along(a.dimension() - gone);
    }

    private static ReceptiveField.Axis whole(ReceptiveField.Axis a, Shape x) {
        return a.dimension() < 0 ? a : a.whole(x.dim(a.dimension()));
    }
}
