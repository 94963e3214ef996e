package voluta.conformance;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import voluta.graph.Op;
import voluta.op.Accuracy;
import voluta.op.Activation;
import voluta.op.AdagradStep;
import voluta.op.AdamStep;
import voluta.op.AdaptivePooling;
import voluta.op.Arithmetic;
import voluta.op.BatchNormalization;
import voluta.op.BinaryCrossEntropy;
import voluta.op.Broadcast;
import voluta.op.ClipByGlobalNorm;
import voluta.op.ClipByNorm;
import voluta.op.ClipByUnitNorm;
import voluta.op.ClipByValue;
import voluta.op.Concatenation;
import voluta.op.Convolution;
import voluta.op.CrossEntropy;
import voluta.op.FoldBatchNormalization;
import voluta.op.GlobalNorm;
import voluta.op.GroupNormalization;
import voluta.op.InstanceNormalization;
import voluta.op.LayerNormalization;
import voluta.op.Linear;
import voluta.op.MatMul;
import voluta.op.MeanSquaredError;
import voluta.op.Padding;
import voluta.op.Pooling;
import voluta.op.Prelu;
import voluta.op.Reduction;
import voluta.op.Reshape;
import voluta.op.RmsPropStep;
import voluta.op.SgdStep;
import voluta.op.Slice;
import voluta.op.Softmax;
import voluta.op.Transpose;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;

/** What each op of {@code scripts/traces/ops.py} and {@code updates.py} is here, by the name that it has there. */
final class TorchOps {
    private final Map<String, Op> ops = new LinkedHashMap<>();

    private TorchOps() {
        activations();
        convolutions();
        pools();
        borders();
        norms();
        arrays();
        losses();
        clips();
        optimizers();
    }

    static Map<String, Op> all() {
        return new TorchOps().ops;
    }

    private void op(String name, Op op) {
        if (ops.put(name, op) != null) throw new IllegalStateException("two ops are named " + name);
    }

    private void activations() {
        op("relu", Activation.relu());
        op("relu6", Activation.relu6());
        op("leaky_relu", Activation.of(Activation.Kind.LEAKY_RELU));
        op("leaky_relu 0.25", Activation.leakyRelu(0.25));
        op("leaky_relu -0.5", Activation.leakyRelu(-0.5));
        op("elu", Activation.of(Activation.Kind.ELU));
        op("elu 0.5", Activation.elu(0.5));
        op("gelu", Activation.gelu());
        op("gelu tanh", Activation.geluTanh());
        op("silu", Activation.silu());
        op("sigmoid", Activation.sigmoid());
        op("tanh", Activation.tanh());
        op("hardswish", Activation.hardswish());
        op("hardsigmoid", Activation.hardsigmoid());
        op("mish", Activation.mish());
        op("softplus", Activation.softplus());
        op("prelu", new Prelu());
        for (int axis : new int[] {0, 1, 3}) {
            op("softmax " + axis, new Softmax(axis, false));
            op("log_softmax " + axis, new Softmax(axis, true));
        }
    }

    private void convolutions() {
        op("conv1d", Convolution.of(1, 1, 1));
        op("conv1d strided, dilated, one-sided", new Convolution(at(2), at(3), at(4), at(0), 1));
        op("conv2d", Convolution.of2d(1, 1));
        op("conv2d strided, unlike", new Convolution(at(2, 3), at(1, 2), at(1, 0), at(0, 2), 1));
        op("conv2d two groups", Convolution.of2d(1, 1).grouped(2));
        op("conv2d depthwise", Convolution.of2d(2, 1).grouped(3));
        op("conv2d pointwise", Convolution.of2d(1, 0));
        op("conv2d wide border", new Convolution(at(1, 1), at(1, 1), at(4, 0), at(0, 5), 1));
        op("conv3d", Convolution.of(3, 1, 1));
        op("conv3d all different", new Convolution(at(2, 1, 2), at(1, 2, 1), at(1, 0, 2), at(0, 1, 1), 2));
        op("transpose1d", TransposedConvolution.of(1, 2, 1, 1));
        op("transpose2d", TransposedConvolution.of2d(1, 1, 0));
        op("transpose2d stride, output padding", transposed(at(3, 2), at(1, 2), at(1, 0), at(1, 0), at(2, 1), 1));
        op(
                "transpose2d output padding below dilation",
                transposed(at(1, 1), at(3, 2), at(2, 1), at(2, 1), at(0, 1), 1));
        op("transpose2d two groups", transposed(at(2, 2), at(1, 1), at(0, 0), at(0, 0), at(0, 0), 2));
        op("transpose2d one-sided", transposed(at(2, 2), at(1, 1), at(1, 0), at(0, 2), at(1, 0), 1));
        op("transpose3d", transposed(at(2, 1, 2), at(1, 1, 1), at(1, 0, 1), at(1, 0, 1), at(1, 0, 0), 1));
        op("linear", new Linear());
        op("matmul", new MatMul(false, false));
        op("matmul ta", new MatMul(true, false));
        op("matmul tb", new MatMul(false, true));
        op("matmul ta tb", new MatMul(true, true));
    }

    private void pools() {
        window("1d", at(3), at(2), at(1), at(1), false);
        window("1d ceil", at(3), at(2), at(0), at(1), true);
        window("2d", at(2, 2), at(2, 2), at(0, 0), at(1, 1), false);
        window("2d overlapping", at(3, 3), at(2, 1), at(1, 1), at(1, 1), false);
        window("2d ceil", at(3, 2), at(2, 3), at(1, 1), at(1, 1), true);
        window("2d ceil drops a window", at(2, 2), at(3, 3), at(1, 1), at(1, 1), true);
        window("3d", at(2, 3, 2), at(2, 1, 2), at(1, 1, 0), at(1, 1, 1), true);
        max("1d dilated", at(3), at(1), at(1), at(2), false);
        max("2d dilated ceil", at(2, 2), at(2, 2), at(1, 0), at(2, 3), true);
        max("3d dilated", at(2, 2, 2), at(1, 1, 1), at(0, 1, 1), at(1, 2, 2), false);
        adaptive("1d to 3", at(3));
        adaptive("2d to 1", at(1, 1));
        adaptive("2d to 3x2", at(3, 2));
        adaptive("2d enlarging", at(4, 5));
        adaptive("3d to 2x1x3", at(2, 1, 3));
    }

    private void window(
            String name,
            List<Integer> kernel,
            List<Integer> stride,
            List<Integer> pad,
            List<Integer> dilation,
            boolean ceil) {
        max(name, kernel, stride, pad, dilation, ceil);
        Pooling.Kind mean = Pooling.Kind.AVERAGE;
        op("average " + name, new Pooling(mean, kernel, stride, dilation, pad, pad, ceil, false));
        op("average " + name + ", padding counted", new Pooling(mean, kernel, stride, dilation, pad, pad, ceil, true));
    }

    private void max(
            String name,
            List<Integer> kernel,
            List<Integer> stride,
            List<Integer> pad,
            List<Integer> dilation,
            boolean ceil) {
        op("max " + name, new Pooling(Pooling.Kind.MAX, kernel, stride, dilation, pad, pad, ceil, false));
    }

    private void adaptive(String name, List<Integer> size) {
        op("adaptive average " + name, new AdaptivePooling(Pooling.Kind.AVERAGE, size));
        op("adaptive max " + name, new AdaptivePooling(Pooling.Kind.MAX, size));
    }

    private void borders() {
        Padding.Mode constant = Padding.Mode.CONSTANT, reflect = Padding.Mode.REFLECT;
        Padding.Mode replicate = Padding.Mode.REPLICATE, circular = Padding.Mode.CIRCULAR;
        op("pad constant 1d", new Padding(constant, -1.5, at(2), at(1)));
        op("pad constant 2d crops", new Padding(constant, 0.25, at(-1, 2), at(0, -2)));
        op("pad constant nan", new Padding(constant, Double.NaN, at(1, 0), at(0, 1)));
        op("pad constant 3d", Padding.zeros(at(1, 0, 2), at(0, 1, 1)));
        op("pad reflect 1d", new Padding(reflect, 0, at(4), at(3)));
        op("pad reflect 2d", new Padding(reflect, 0, at(1, 3), at(3, 0)));
        op("pad reflect 3d", new Padding(reflect, 0, at(1, 2, 0), at(2, 1, 3)));
        op("pad replicate 1d", new Padding(replicate, 0, at(1), at(5)));
        op("pad replicate 2d", new Padding(replicate, 0, at(4, 1), at(0, 2)));
        op("pad replicate 3d", new Padding(replicate, 0, at(1, 0, 3), at(2, 1, 0)));
        op("pad circular 1d", new Padding(circular, 0, at(2), at(4)));
        op("pad circular 2d", new Padding(circular, 0, at(1, 0), at(2, 3)));
        op("pad circular 3d", new Padding(circular, 0, at(1, 2, 0), at(0, 1, 3)));
    }

    private void norms() {
        BatchNormalization.Mode training = BatchNormalization.Mode.TRAINING, frozen = BatchNormalization.Mode.FROZEN;
        op("batch_norm", new BatchNormalization(1e-5, 0.125, training));
        op("batch_norm eps 0.25 momentum 1", new BatchNormalization(0.25, 1, training));
        op("batch_norm momentum 0", new BatchNormalization(1e-5, 0, training));
        op("batch_norm frozen", new BatchNormalization(1e-5, 0.125, frozen));
        op("batch_norm frozen eps 0.25", new BatchNormalization(0.25, 1, frozen));
        op("layer_norm 1 eps 1e-05", new LayerNormalization(1, 1e-5));
        op("layer_norm 2 eps 0.25", new LayerNormalization(2, 0.25));
        op("group_norm 1 eps 1e-05", new GroupNormalization(1, 1e-5));
        op("group_norm 2 eps 1e-05", new GroupNormalization(2, 1e-5));
        op("group_norm 4 eps 0.25", new GroupNormalization(4, 0.25));
        op("instance_norm", new InstanceNormalization(1e-5));
        op("fold batch_norm", new FoldBatchNormalization(0.25));
    }

    private void arrays() {
        op("add", new Arithmetic(Arithmetic.Kind.ADD));
        op("subtract", new Arithmetic(Arithmetic.Kind.SUBTRACT));
        op("multiply", new Arithmetic(Arithmetic.Kind.MULTIPLY));
        op("divide", new Arithmetic(Arithmetic.Kind.DIVIDE));
        for (List<Integer> axes : List.of(at(0), at(1), at(0, 2), at(2, 3), at(0, 1, 2, 3))) {
            String listed = String.join(",", axes.stream().map(String::valueOf).toList());
            op("sum " + listed, new Reduction(Reduction.Kind.SUM, axes, false));
            op("sum " + listed + " keep", new Reduction(Reduction.Kind.SUM, axes, true));
            op("mean " + listed, new Reduction(Reduction.Kind.MEAN, axes, false));
            op("mean " + listed + " keep", new Reduction(Reduction.Kind.MEAN, axes, true));
        }
        for (int axis : new int[] {0, 1, 3}) op("concatenate " + axis, new Concatenation(axis));
        op("slice", new Slice(at(0, 1, 2), at(1, 3, 5)));
        op("transpose", new Transpose(at(2, 0, 3, 1)));
        op("reshape", new Reshape(Shape.of(3, 10)));
        op("broadcast", new Broadcast(Shape.of(2, 3, 4, 5)));
    }

    private void losses() {
        op("cross_entropy 0", new CrossEntropy());
        op("cross_entropy 0.125", new CrossEntropy(0.125));
        op("cross_entropy 1", new CrossEntropy(1));
        op("bce", new BinaryCrossEntropy());
        op("mse", new MeanSquaredError());
        for (int k : new int[] {1, 2, 5, 9}) op("accuracy " + k, new Accuracy(k));
    }

    private void clips() {
        op("global_norm", new GlobalNorm(3));
        op("clip_by_global_norm 0.5", new ClipByGlobalNorm(3, 0.5));
        op("clip_by_global_norm 64", new ClipByGlobalNorm(3, 64));
        op("clip_by_norm 0.5", new ClipByNorm(3, 0.5));
        op("clip_by_norm 64", new ClipByNorm(3, 64));
        op("clip_by_value 0.5", new ClipByValue(3, 0.5));
        op("clip_by_value 64", new ClipByValue(3, 64));
        op("clip_by_unit_norm 0.0625", new ClipByUnitNorm(3, 0.0625));
        op("clip_by_unit_norm 0.5", new ClipByUnitNorm(3, 0.5));
    }

    private void optimizers() {
        op("sgd", new SgdStep(1, 0, 0, false, 0));
        op("sgd decay", new SgdStep(1, 0, 0, false, 0.125));
        op("sgd momentum", new SgdStep(1, 0.875, 0, false, 0));
        op("sgd momentum dampening", new SgdStep(1, 0.875, 0.25, false, 0));
        op("sgd nesterov decay", new SgdStep(1, 0.875, 0, true, 0.125));
        op("sgd dampening decay", new SgdStep(1, 0.5, 0.75, false, 0.125));
        op("adam", new AdamStep(1, 0.9, 0.999, 1e-8, 0, false));
        op("adam decay", new AdamStep(1, 0.9, 0.999, 1e-8, 0.125, false));
        op("adam betas", new AdamStep(1, 0.5, 0.75, 0.0625, 0, false));
        op("adam no memory", new AdamStep(1, 0, 0, 0.0625, 0, false));
        op("adamw", new AdamStep(1, 0.9, 0.999, 1e-8, 0.125, true));
        op("adamw no decay", new AdamStep(1, 0.9, 0.999, 1e-8, 0, true));
        op("rmsprop", new RmsPropStep(1, 0.99, 1e-8, 0, false, 0));
        op("rmsprop decay", new RmsPropStep(1, 0.5, 0.0625, 0, false, 0.125));
        op("rmsprop momentum", new RmsPropStep(1, 0.99, 1e-8, 0.875, false, 0));
        op("rmsprop centered", new RmsPropStep(1, 0.99, 1e-8, 0, true, 0));
        op("rmsprop centered momentum decay", new RmsPropStep(1, 0.99, 1e-8, 0.5, true, 0.125));
        op("adagrad", new AdagradStep(1, 1e-10, 0, 0));
        op("adagrad rate decay", new AdagradStep(1, 0.0625, 0.25, 0.125));
    }

    private static TransposedConvolution transposed(
            List<Integer> stride,
            List<Integer> dilation,
            List<Integer> before,
            List<Integer> after,
            List<Integer> more,
            int groups) {
        return new TransposedConvolution(stride, dilation, before, after, more, groups);
    }

    private static List<Integer> at(Integer... places) {
        return List.of(places);
    }
}
