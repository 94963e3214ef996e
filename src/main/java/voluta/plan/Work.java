package voluta.plan;

import voluta.graph.Node;
import voluta.graph.Op;
import voluta.op.Convolution;
import voluta.op.ConvolutionBatchNormalization;
import voluta.op.FusedConvolution;
import voluta.op.Linear;
import voluta.op.MatMul;
import voluta.op.NormalizedConvolution;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * The multiplications that a node's mathematics asks for, whatever algorithm does them. A convolution takes as many for
 * each of its gradients as it takes forward: each pairs every output element with every tap of its filter once.
 */
public final class Work {
    private Work() {}

    /** Floating-point operations of a convolution, linear layer, matrix product or gradient of such; 0 for other ops. */
    public static long flops(Node node) {
        return 2 * multiplyAdds(node);
    }

    static long multiplyAdds(Node n) {
        Op op = n.op();
        if (op instanceof Convolution || op instanceof FusedConvolution || op instanceof ConvolutionBatchNormalization)
            return n.output(0).type().elements() * taps(shape(n, 1));
        if (op instanceof NormalizedConvolution) return n.output(0).type().elements() * taps(shape(n, 5));
        if (op instanceof Convolution.BackwardData) return type(n, 1).elements() * taps(shape(n, 0));
        if (op instanceof Convolution.BackwardWeights b) return type(n, 1).elements() * taps(b.w());
        if (op instanceof NormalizedConvolution.BackwardWeights b)
            return type(n, 3).elements() * taps(b.w());
        // A transposed convolution is the data gradient of the convolution from y to x.
        if (op instanceof TransposedConvolution) return type(n, 0).elements() * taps(shape(n, 1));
        if (op instanceof TransposedConvolution.BackwardData b) return b.x().elements() * taps(shape(n, 0));
        if (op instanceof TransposedConvolution.BackwardWeights b)
            return type(n, 0).elements() * taps(b.w());
        if (op instanceof Linear) return type(n, 0).elements() * type(n, 1).dim(0);
        if (op instanceof Linear.BackwardData)
            return type(n, 1).elements() * type(n, 0).dim(1);
        if (op instanceof Linear.BackwardWeights)
            return type(n, 0).elements() * type(n, 1).dim(1);
        if (op instanceof MatMul m)
            return n.output(0).type().elements() * type(n, 0).dim(m.transposeA() ? -2 : -1);
        return 0;
    }

    /** Elements of one filter. */
    private static long taps(Shape w) {
        return w.elements() / w.dim(0);
    }

    private static TensorType type(Node n, int input) {
        return n.input(input).type();
    }

    private static Shape shape(Node n, int input) {
        return type(n, input).shape();
    }
}
