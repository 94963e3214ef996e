package voluta.backend.cuda;

import static jcuda.jcudnn.cudnnBackendAttributeName.*;
import static jcuda.jcudnn.cudnnBackendAttributeType.CUDNN_TYPE_BEHAVIOR_NOTE;
import static jcuda.jcudnn.cudnnBackendAttributeType.CUDNN_TYPE_CONVOLUTION_MODE;
import static jcuda.jcudnn.cudnnBackendAttributeType.CUDNN_TYPE_DATA_TYPE;
import static jcuda.jcudnn.cudnnBackendAttributeType.CUDNN_TYPE_GENSTATS_MODE;
import static jcuda.jcudnn.cudnnBackendAttributeType.CUDNN_TYPE_HEUR_MODE;
import static jcuda.jcudnn.cudnnBackendAttributeType.CUDNN_TYPE_NUMERICAL_NOTE;
import static jcuda.jcudnn.cudnnBackendAttributeType.CUDNN_TYPE_POINTWISE_MODE;
import static jcuda.jcudnn.cudnnBackendDescriptorType.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnGenStatsMode;
import jcuda.jcudnn.cudnnPointwiseMode;
import voluta.backend.cuda.binding.BackendDescriptor;
import voluta.backend.cuda.binding.BackendDescriptors;
import voluta.backend.cuda.binding.CudnnHandle;
import voluta.tensor.DType;

/**
 * One pass of a convolution in cuDNN's graph interface, where cuDNN has more engines than in its classic one: an operation
 * graph, what its heuristics propose for it, and the plans that can be made of that.
 *
 * <p>The fused pass is convolution, residual, bias, ReLU in this order, which is what the precompiled engines know; what
 * lies between is f32 and in no memory. The pass with sums is a convolution and cuDNN's statistics of its result.
 */
final class ConvolutionGraph implements AutoCloseable {
    /** What is bound to an operand's address. */
    private static final int X = 1, W = 2, Y = 3, BIAS = 4, RESIDUAL = 5, SUMS = 6, SQUARES = 7, FIRST_VIRTUAL = 10;

    /** Heuristics of cuDNN 9, unknown to JCudnn: with the device's properties, and whatever can do it. */
    private static final int HEURISTICS_A = 3, HEURISTICS_FALLBACK = 2;

    /** Numerical notes: what an engine does to the numbers. JCudnn does not know the last four. */
    private static final int TENSOR_CORE = 0,
            DOWN_CONVERT = 1,
            REDUCED_SUMS = 2,
            FFT = 3,
            NONDETERMINISTIC = 4,
            WINOGRAD = 5,
            WINOGRAD_4X4 = 6,
            WINOGRAD_13X13 = 8;

    /** Behaviour notes: that a plan is compiled, and that 8-bit weights or biases must lie in an order of their own. */
    private static final int COMPILES = 0, REORDERED_WEIGHTS = 1, REORDERED_BIAS = 2;

    private static final int MOST_NOTES = 32;

    /** Plans that are made of the proposals of a heuristic: the later ones are variants of the first. */
    private static final int MOST_PLANS = 12;

    private static final int MOST_PROPOSALS = 128, ALIGNMENT = 16;

    private final PlanTarget target;
    private final boolean tf32;
    private final ConvolutionPass pass;
    private final ConvolutionShape shape;
    private final CudaLayout.Order order;
    private final DType storage;
    private final ConvolutionEnding ending;
    private final BackendDescriptors descriptors;
    private final List<BackendDescriptor> plans = new ArrayList<>();
    private final List<ConvolutionAlgorithm> algorithms = new ArrayList<>();

    /** @param tf32 whether products of f32 may round their factors */
    ConvolutionGraph(
            PlanTarget target,
            boolean tf32,
            ConvolutionPass pass,
            ConvolutionShape shape,
            CudaLayout.Order order,
            DType storage,
            ConvolutionEnding ending) {
        this.target = target;
        this.tf32 = tf32;
        this.pass = pass;
        this.shape = shape;
        this.order = order;
        this.storage = storage;
        this.ending = ending;
        descriptors = target.descriptors(shape.text());
        boolean done = false;
        try {
            BackendDescriptor graph = graph();
            if (graph.finish()) {
                for (int mode : new int[] {HEURISTICS_A, HEURISTICS_FALLBACK}) proposals(graph, mode);
            }
            done = true;
        } finally {
            if (!done) close();
        }
    }

    /** The plans that can be made, in the order of the heuristics. */
    List<ConvolutionAlgorithm> algorithms() {
        return algorithms;
    }

    private BackendDescriptor graph() {
        List<BackendDescriptor> operations = new ArrayList<>();
        boolean fused = pass == ConvolutionPass.FUSED;
        BackendDescriptor x = tensor(X, shape.x(), storage, false), w = tensor(W, shape.w(), storage, false);
        BackendDescriptor y =
                fused ? tensor(FIRST_VIRTUAL, shape.y(), DType.F32, true) : tensor(Y, shape.y(), storage, false);
        operations.add(convolution(x, w, y));
        if (fused) end(operations, y);
        if (pass == ConvolutionPass.SUMS) operations.add(statistics(y));
        BackendDescriptor graph = descriptors.make(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
        target.graph(graph);
        return graph.descriptors(CUDNN_ATTR_OPERATIONGRAPH_OPS, operations.toArray(BackendDescriptor[]::new));
    }

    private BackendDescriptor tensor(long id, int[] size, DType type, boolean virtual) {
        BackendDescriptor d = descriptors
                .make(CUDNN_BACKEND_TENSOR_DESCRIPTOR)
                .words(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, ConvolutionDescriptors.dataType(type))
                .longs(CUDNN_ATTR_TENSOR_DIMENSIONS, longs(size))
                .longs(CUDNN_ATTR_TENSOR_STRIDES, longs(ConvolutionDescriptors.strides(size, order)))
                .longs(CUDNN_ATTR_TENSOR_UNIQUE_ID, id)
                .longs(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, ALIGNMENT);
        if (virtual) d.flag(CUDNN_ATTR_TENSOR_IS_VIRTUAL, true);
        return d.finished();
    }

    private static long[] longs(int[] values) {
        return Arrays.stream(values).asLongStream().toArray();
    }

    private static long[] longs(List<Integer> values) {
        return values.stream().mapToLong(i -> i).toArray();
    }

    private BackendDescriptor convolution(BackendDescriptor x, BackendDescriptor w, BackendDescriptor y) {
        BackendDescriptor sizes = descriptors
                .make(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR)
                .words(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, cudnnDataType.CUDNN_DATA_FLOAT)
                .words(
                        CUDNN_ATTR_CONVOLUTION_CONV_MODE,
                        CUDNN_TYPE_CONVOLUTION_MODE,
                        cudnnConvolutionMode.CUDNN_CROSS_CORRELATION)
                .longs(CUDNN_ATTR_CONVOLUTION_DILATIONS, longs(shape.dilation()))
                .longs(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, longs(shape.stride()))
                .longs(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, longs(shape.pad()))
                .longs(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, longs(shape.pad()))
                .longs(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, shape.pad().size())
                .finished();
        return switch (pass) {
            case FORWARD, FUSED, SUMS ->
                descriptors
                        .make(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, 1)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, 0)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, sizes)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, x)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, w)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, y)
                        .finished();
            case DATA ->
                descriptors
                        .make(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, 1)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, 0)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, sizes)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, x)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, w)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, y)
                        .finished();
            case WEIGHTS ->
                descriptors
                        .make(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, 1)
                        .number(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, 0)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, sizes)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, x)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, w)
                        .descriptors(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, y)
                        .finished();
        };
    }

    /** Residual, bias and ReLU behind the convolution; the last of them writes y. */
    private void end(List<BackendDescriptor> operations, BackendDescriptor result) {
        BackendDescriptor from = result;
        int virtual = FIRST_VIRTUAL + 1;
        if (ending.residual()) {
            BackendDescriptor to = tensor(virtual++, shape.y(), DType.F32, true);
            BackendDescriptor residual = tensor(RESIDUAL, shape.y(), storage, false);
            operations.add(pointwise(cudnnPointwiseMode.CUDNN_POINTWISE_ADD, from, residual, to));
            from = to;
        }
        BackendDescriptor bias = tensor(BIAS, perFilter(), storage, false);
        BackendDescriptor to =
                ending.relu() ? tensor(virtual, shape.y(), DType.F32, true) : tensor(Y, shape.y(), storage, false);
        operations.add(pointwise(cudnnPointwiseMode.CUDNN_POINTWISE_ADD, from, bias, to));
        if (!ending.relu()) return;
        BackendDescriptor y = tensor(Y, shape.y(), storage, false);
        operations.add(pointwise(cudnnPointwiseMode.CUDNN_POINTWISE_RELU_FWD, to, null, y));
    }

    private int[] perFilter() {
        int[] size = new int[shape.y().length];
        Arrays.fill(size, 1);
        size[1] = shape.filters();
        return size;
    }

    /** Sums of y and of its squares per channel. */
    private BackendDescriptor statistics(BackendDescriptor y) {
        return descriptors
                .make(CUDNN_BACKEND_OPERATION_GEN_STATS_DESCRIPTOR)
                .words(
                        CUDNN_ATTR_OPERATION_GENSTATS_MODE,
                        CUDNN_TYPE_GENSTATS_MODE,
                        cudnnGenStatsMode.CUDNN_GENSTATS_SUM_SQSUM)
                .words(CUDNN_ATTR_OPERATION_GENSTATS_MATH_PREC, CUDNN_TYPE_DATA_TYPE, cudnnDataType.CUDNN_DATA_FLOAT)
                .descriptors(CUDNN_ATTR_OPERATION_GENSTATS_XDESC, y)
                .descriptors(CUDNN_ATTR_OPERATION_GENSTATS_SUMDESC, tensor(SUMS, perFilter(), DType.F32, false))
                .descriptors(CUDNN_ATTR_OPERATION_GENSTATS_SQSUMDESC, tensor(SQUARES, perFilter(), DType.F32, false))
                .finished();
    }

    private BackendDescriptor pointwise(int mode, BackendDescriptor x, BackendDescriptor bOrNull, BackendDescriptor y) {
        BackendDescriptor what = descriptors
                .make(CUDNN_BACKEND_POINTWISE_DESCRIPTOR)
                .words(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, mode)
                .words(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, cudnnDataType.CUDNN_DATA_FLOAT)
                .finished();
        BackendDescriptor operation = descriptors
                .make(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR)
                .descriptors(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, what)
                .descriptors(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, x)
                .descriptors(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, y);
        if (bOrNull != null) operation.descriptors(CUDNN_ATTR_OPERATION_POINTWISE_BDESC, bOrNull);
        return operation.finished();
    }

    /** Makes plans of what a heuristic proposes, as far as they may be used. */
    private void proposals(BackendDescriptor graph, int mode) {
        BackendDescriptor heuristics = descriptors
                .make(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR)
                .descriptors(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph)
                .words(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
        target.heuristics(heuristics);
        if (!heuristics.finish()) return;
        int there = Math.min(MOST_PROPOSALS, heuristics.descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, "proposed engines"));
        BackendDescriptor[] configurations = IntStream.range(0, there)
                .mapToObj(i -> descriptors.make(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR))
                .toArray(BackendDescriptor[]::new);
        int n = there == 0
                ? 0
                : heuristics.descriptors(CUDNN_ATTR_ENGINEHEUR_RESULTS, "proposed engines", configurations);
        int made = 0;
        for (int i = 0; i < n && made < MOST_PLANS; i++) {
            if (plan(configurations[i])) made++;
        }
    }

    private boolean plan(BackendDescriptor configuration) {
        BackendDescriptor engine = configuration.descriptor(
                CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_BACKEND_ENGINE_DESCRIPTOR, "an engine configuration's engine");
        Set<Integer> notes = notes(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE);
        Set<Integer> behavior = notes(engine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE);
        boolean compiled = behavior.contains(COMPILES);
        if (!allowed(notes) || compiled && !target.compiles()) return false;
        if (behavior.contains(REORDERED_WEIGHTS) || behavior.contains(REORDERED_BIAS)) return false;
        BackendDescriptor plan = descriptors
                .make(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR)
                .descriptors(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, configuration);
        target.plan(plan);
        if (!plan.finish()) return false;
        long engineNumber = engine.number(CUDNN_ATTR_ENGINE_GLOBAL_INDEX, "an engine's number");
        long workspace = plan.number(CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, "a plan's workspace");
        boolean rounds = notes.contains(FFT)
                || notes.stream().anyMatch(note -> note == WINOGRAD || note >= WINOGRAD_4X4 && note <= WINOGRAD_13X13);
        algorithms.add(new ConvolutionAlgorithm(
                pass,
                ConvolutionAlgorithm.GRAPH + plans.size(),
                workspace,
                !notes.contains(NONDETERMINISTIC),
                !rounds,
                "plan " + plans.size() + " of engine " + engineNumber + (compiled ? " (compiled)" : "")));
        plans.add(plan);
        return true;
    }

    private Set<Integer> notes(BackendDescriptor engine, int attribute, int type) {
        return Arrays.stream(engine.words(attribute, type, MOST_NOTES, "an engine's notes"))
                .boxed()
                .collect(Collectors.toSet());
    }

    /** Whether an engine keeps to what the options promise of f32, and to sums in f32. */
    private boolean allowed(Set<Integer> notes) {
        if (notes.contains(DOWN_CONVERT) || notes.contains(REDUCED_SUMS)) return false;
        return storage != DType.F32 || tf32 || !notes.contains(TENSOR_CORE);
    }

    /** The call of a plan with its operands. */
    IntSupplier call(CudnnHandle handle, ConvolutionAlgorithm a, ConvolutionDescriptors.Operands at) {
        Map<Integer, Long> operandsById = new TreeMap<>(Map.of(X, at.x(), W, at.w(), Y, at.y()));
        if (pass == ConvolutionPass.FUSED) {
            operandsById.put(BIAS, at.bias());
            if (ending.residual()) operandsById.put(RESIDUAL, at.residual());
        }
        if (pass == ConvolutionPass.SUMS) operandsById.putAll(Map.of(SUMS, at.sums(), SQUARES, at.squares()));
        BackendDescriptor operands = descriptors
                .make(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR)
                .longs(
                        CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS,
                        operandsById.keySet().stream().mapToLong(i -> i).toArray())
                .pointers(
                        CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS,
                        operandsById.values().stream().mapToLong(i -> i).toArray())
                .pointers(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, a.workspace() == 0 ? 0 : at.workspace())
                .finished();
        BackendDescriptor plan = plans.get(a.number() - ConvolutionAlgorithm.GRAPH);
        return () -> JCudnn.cudnnBackendExecute(handle, plan, operands);
    }

    /** Gives the plans back but for one: they may hold code on the device. */
    void keepOnly(ConvolutionAlgorithm a) {
        List<BackendDescriptor> others = new ArrayList<>(plans);
        others.remove(a.number() - ConvolutionAlgorithm.GRAPH);
        descriptors.destroy(others);
    }

    @Override
    public void close() {
        descriptors.close();
    }
}
