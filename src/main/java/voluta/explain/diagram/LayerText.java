package voluta.explain.diagram;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import voluta.graph.Node;
import voluta.graph.Op;
import voluta.op.Activation;
import voluta.op.AdaptivePooling;
import voluta.op.Arithmetic;
import voluta.op.BatchNormalization;
import voluta.op.Broadcast;
import voluta.op.Concatenation;
import voluta.op.Convolution;
import voluta.op.Dropout;
import voluta.op.GroupNormalization;
import voluta.op.ImageToTensor;
import voluta.op.InstanceNormalization;
import voluta.op.LayerNormalization;
import voluta.op.Linear;
import voluta.op.MatMul;
import voluta.op.Pooling;
import voluta.op.Prelu;
import voluta.op.Softmax;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;

/** Ops in the words of the field. */
final class LayerText {
    /** What kind of layer a box is, shown by its colour. */
    enum Family {
        CONVOLUTION("convolution"),
        LINEAR("fully connected"),
        POOLING("pooling"),
        NORMALIZATION("normalization"),
        ACTIVATION("activation"),
        JOIN("branches join"),
        SHAPE("shape, pixels"),
        ENDS("input and output");

        private final String title;

        Family(String title) {
            this.title = title;
        }

        String title() {
            return title;
        }

        /** The class in the drawing's style sheet. */
        String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private LayerText() {}

    static Family family(Op op) {
        if (op instanceof Convolution || op instanceof TransposedConvolution) return Family.CONVOLUTION;
        if (op instanceof Linear || op instanceof MatMul) return Family.LINEAR;
        if (op instanceof Pooling || op instanceof AdaptivePooling) return Family.POOLING;
        if (op instanceof Activation || op instanceof Prelu || op instanceof Softmax) return Family.ACTIVATION;
        if (op instanceof Arithmetic || op instanceof Concatenation) return Family.JOIN;
        return isNormalization(op) ? Family.NORMALIZATION : Family.SHAPE;
    }

    private static boolean isNormalization(Op op) {
        return op instanceof BatchNormalization
                || op instanceof GroupNormalization
                || op instanceof InstanceNormalization
                || op instanceof LayerNormalization;
    }

    /** Whether a layer belongs into the box of the one before it. */
    static boolean follows(Op op) {
        Family f = family(op);
        return f == Family.NORMALIZATION || f == Family.ACTIVATION || op instanceof Dropout;
    }

    /** What a node does, in a few words. */
    static String of(Node n) {
        Op op = n.op();
        if (op instanceof Convolution c) {
            Shape w = n.input(1).type().shape();
            boolean depthwise = c.groups() > 1 && w.dim(1) == 1;
            String groups = depthwise || c.groups() == 1 ? "" : ", " + c.groups() + " groups";
            String dilation = ones(c.dilation()) ? "" : ", dilation " + brief(c.dilation());
            return (depthwise ? "depthwise conv " : "conv ") + kernel(w) + ", " + w.dim(0) + stride(c.stride())
                    + dilation + groups;
        }
        if (op instanceof TransposedConvolution t) {
            Shape w = n.input(1).type().shape();
            return "transposed conv " + kernel(w) + ", " + n.output(0).type().dim(1) + stride(t.stride());
        }
        if (op instanceof Pooling p) {
            return (p.kind() == Pooling.Kind.MAX ? "max pool " : "average pool ")
                    + sizes(p.kernel())
                    + stride(p.stride());
        }
        if (op instanceof AdaptivePooling p) {
            String kind = p.kind() == Pooling.Kind.MAX ? "max pool" : "average pool";
            return ones(p.output()) ? "global " + kind : kind + " to " + sizes(p.output());
        }
        if (op instanceof Linear) return "linear, " + n.output(0).type().dim(-1);
        return simple(n);
    }

    private static String simple(Node n) {
        Op op = n.op();
        if (op instanceof BatchNormalization) return "batch norm";
        if (op instanceof GroupNormalization g) return "group norm, " + g.groups() + " groups";
        if (op instanceof InstanceNormalization) return "instance norm";
        if (op instanceof LayerNormalization) return "layer norm";
        if (op instanceof Activation a)
            return a.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ');
        if (op instanceof Arithmetic a) return a.kind().name().toLowerCase(Locale.ROOT);
        if (op instanceof Concatenation) return "concatenate";
        if (op instanceof ImageToTensor) return "normalize pixels";
        if (op instanceof Broadcast)
            return "repeat to " + shape(n.output(0).type().shape());
        boolean flat = n.output(0).type().rank() == 2 && n.op().name().equals("Reshape");
        if (flat) return "flatten";
        return op.name().replaceAll("(?<=[a-z])(?=[A-Z])", " ").toLowerCase(Locale.ROOT);
    }

    private static String kernel(Shape w) {
        StringBuilder s = new StringBuilder();
        for (int d = 2; d < w.rank(); d++) s.append(d == 2 ? "" : "\u00d7").append(w.dim(d));
        return w.rank() == 3 ? "of " + s : s.toString();
    }

    private static String sizes(List<Integer> sizes) {
        String s = sizes.stream().map(String::valueOf).collect(Collectors.joining("\u00d7"));
        return sizes.size() == 1 ? "of " + s : s;
    }

    /** One number where all are equal. */
    private static String brief(List<Integer> sizes) {
        return sizes.stream().distinct().count() == 1 ? String.valueOf(sizes.get(0)) : sizes(sizes);
    }

    private static String stride(List<Integer> stride) {
        return ones(stride) ? "" : ", stride " + brief(stride);
    }

    private static boolean ones(List<Integer> sizes) {
        return sizes.stream().allMatch(i -> i == 1);
    }

    /** The dimensions after N, for instance 64 x 56 x 56. */
    static String shape(Shape s) {
        StringBuilder text = new StringBuilder();
        for (int d = 1; d < s.rank(); d++) text.append(d == 1 ? "" : " \u00d7 ").append(s.dim(d));
        return text.toString();
    }
}
