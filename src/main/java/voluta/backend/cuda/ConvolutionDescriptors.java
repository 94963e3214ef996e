package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import jcuda.Pointer;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnActivationMode;
import jcuda.jcudnn.cudnnConvolutionBwdDataAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionBwdFilterAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnConvolutionFwdAlgoPerf;
import jcuda.jcudnn.cudnnConvolutionMode;
import jcuda.jcudnn.cudnnDataType;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnMathType;
import jcuda.jcudnn.cudnnNanPropagation;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.jcudnn.cudnnTensorFormat;
import voluta.backend.DeviceException;
import voluta.backend.cuda.binding.CudaCheck;
import voluta.tensor.DType;

/**
 * A convolution as cuDNN's classic interface wants it described, in one order and element type, and its calls; those of
 * the graph interface too, as far as somebody asks for its {@link #plans}.
 */
final class ConvolutionDescriptors implements AutoCloseable {
    /** The address of each operand of a call; 0 for what its pass does not have. */
    record Operands(long x, long w, long y, long bias, long residual, long sums, long squares, long workspace) {}

    /** cuDNN's own most, for any pass, with every math type. */
    private static final int MOST_PROPOSALS = 32;

    private static final int IMPLICIT_PRECOMP_GEMM = 1;

    final ConvolutionShape shape;
    final CudaLayout.Order order;
    final DType storage;
    private final CudaContext c;
    final ConvolutionEnding ending;
    private final cudnnTensorDescriptor x = new cudnnTensorDescriptor();
    private final cudnnFilterDescriptor w = new cudnnFilterDescriptor();
    private final cudnnTensorDescriptor y = new cudnnTensorDescriptor();
    private final cudnnTensorDescriptor bias = new cudnnTensorDescriptor();
    final cudnnConvolutionDescriptor convolution = new cudnnConvolutionDescriptor();
    private final cudnnActivationDescriptor activation = new cudnnActivationDescriptor();
    private final List<Runnable> release = new ArrayList<>();
    private final Pointer one = Pointer.to(new float[] {1});
    private final Pointer zero = Pointer.to(new float[] {0});
    /** Of the pass that is asked for; null where nobody has. */
    private ConvolutionGraph graph;

    /** @param ending of the fused pass */
    ConvolutionDescriptors(
            CudaContext c, ConvolutionShape shape, CudaLayout.Order order, DType storage, ConvolutionEnding ending) {
        this.c = c;
        this.shape = shape;
        this.order = order;
        this.storage = storage;
        this.ending = ending;
        boolean done = false;
        try {
            tensor(x, shape.x());
            tensor(y, shape.y());
            int[] perFilter = new int[shape.y().length];
            java.util.Arrays.fill(perFilter, 1);
            perFilter[1] = shape.filters();
            tensor(bias, perFilter);
            filter();
            convolution();
            activation();
            done = true;
        } finally {
            if (!done) close();
        }
    }

    /**
     * f32 products stay f32 unless TF32 was allowed; narrow ones are made for tensor cores. Algorithms are called with it
     * whatever math type the library's proposal names: JCudnn leaves that at 0, which forbids tensor cores for narrow types on
     * older chips and permits TF32 on newer ones.
     */
    private static int mathType(CudaContext c, DType storage) {
        if (CudaLayout.narrow(storage)) return cudnnMathType.CUDNN_TENSOR_OP_MATH;
        return c.options.tf32() ? cudnnMathType.CUDNN_DEFAULT_MATH : cudnnMathType.CUDNN_FMA_MATH;
    }

    private static void check(int status, String function, String about) {
        CudaCheck.cudnn(status, new CudaCheck.Call(function, null, null, about));
    }

    private void check(int status, String function) {
        check(status, function, shape.text());
    }

    /** cuDNN's number of an element type. */
    static int dataType(DType storage) {
        return switch (storage) {
            case BF16 -> cudnnDataType.CUDNN_DATA_BFLOAT16;
            case F16 -> cudnnDataType.CUDNN_DATA_HALF;
            default -> cudnnDataType.CUDNN_DATA_FLOAT;
        };
    }

    private void tensor(cudnnTensorDescriptor d, int[] size) {
        check(JCudnn.cudnnCreateTensorDescriptor(d), "cudnnCreateTensorDescriptor");
        release.add(() -> check(JCudnn.cudnnDestroyTensorDescriptor(d), "cudnnDestroyTensorDescriptor"));
        check(
                JCudnn.cudnnSetTensorNdDescriptor(d, dataType(storage), size.length, size, strides(size, order)),
                "cudnnSetTensorNdDescriptor");
    }

    /** Distances between neighbours of a dense tensor. */
    static int[] strides(int[] size, CudaLayout.Order order) {
        int[] stride = new int[size.length];
        boolean last = order == CudaLayout.Order.CHANNELS_LAST;
        int n = last ? size[1] : 1;
        for (int d = size.length - 1; d >= 2; d--) {
            stride[d] = n;
            n *= size[d];
        }
        stride[1] = last ? 1 : n;
        stride[0] = last ? n : n * size[1];
        return stride;
    }

    private void filter() {
        check(JCudnn.cudnnCreateFilterDescriptor(w), "cudnnCreateFilterDescriptor");
        release.add(() -> check(JCudnn.cudnnDestroyFilterDescriptor(w), "cudnnDestroyFilterDescriptor"));
        int format = order == CudaLayout.Order.CHANNELS_LAST
                ? cudnnTensorFormat.CUDNN_TENSOR_NHWC
                : cudnnTensorFormat.CUDNN_TENSOR_NCHW;
        int[] size = shape.w();
        check(
                JCudnn.cudnnSetFilterNdDescriptor(w, dataType(storage), format, size.length, size),
                "cudnnSetFilterNdDescriptor");
    }

    private void convolution() {
        check(JCudnn.cudnnCreateConvolutionDescriptor(convolution), "cudnnCreateConvolutionDescriptor");
        release.add(() ->
                check(JCudnn.cudnnDestroyConvolutionDescriptor(convolution), "cudnnDestroyConvolutionDescriptor"));
        check(
                JCudnn.cudnnSetConvolutionNdDescriptor(
                        convolution,
                        shape.pad().size(),
                        ints(shape.pad()),
                        ints(shape.stride()),
                        ints(shape.dilation()),
                        cudnnConvolutionMode.CUDNN_CROSS_CORRELATION,
                        cudnnDataType.CUDNN_DATA_FLOAT),
                "cudnnSetConvolutionNdDescriptor");
        check(JCudnn.cudnnSetConvolutionGroupCount(convolution, shape.groups()), "cudnnSetConvolutionGroupCount");
        check(JCudnn.cudnnSetConvolutionMathType(convolution, mathType(c, storage)), "cudnnSetConvolutionMathType");
    }

    private void activation() {
        check(JCudnn.cudnnCreateActivationDescriptor(activation), "cudnnCreateActivationDescriptor");
        release.add(
                () -> check(JCudnn.cudnnDestroyActivationDescriptor(activation), "cudnnDestroyActivationDescriptor"));
        int mode = ending.relu()
                ? cudnnActivationMode.CUDNN_ACTIVATION_RELU
                : cudnnActivationMode.CUDNN_ACTIVATION_IDENTITY;
        // with ReLU, the coefficient is an upper bound
        check(
                JCudnn.cudnnSetActivationDescriptor(
                        activation, mode, cudnnNanPropagation.CUDNN_PROPAGATE_NAN, Double.MAX_VALUE),
                "cudnnSetActivationDescriptor");
    }

    private static int[] ints(List<Integer> list) {
        return list.stream().mapToInt(i -> i).toArray();
    }

    /** What cuDNN proposes for a pass, best first, as far as it can do it. */
    List<ConvolutionAlgorithm> proposed(ConvolutionPass pass) {
        List<ConvolutionAlgorithm> all = new ArrayList<>();
        switch (pass) {
            case FORWARD, FUSED -> forwardProposals(pass, all);
            case DATA -> dataProposals(all);
            case WEIGHTS -> weightsProposals(all);
            case SUMS -> {} // the classic interface has none
        }
        return all;
    }

    private void forwardProposals(ConvolutionPass pass, List<ConvolutionAlgorithm> all) {
        int[] n = new int[1];
        cudnnConvolutionFwdAlgoPerf[] found = new cudnnConvolutionFwdAlgoPerf[MOST_PROPOSALS];
        java.util.Arrays.setAll(found, i -> new cudnnConvolutionFwdAlgoPerf());
        int status =
                JCudnn.cudnnGetConvolutionForwardAlgorithm_v7(c.cudnn, x, w, convolution, y, MOST_PROPOSALS, n, found);
        if (status != 0) return;
        for (int i = 0; i < n[0]; i++) add(all, pass, found[i].algo, found[i].status, found[i].determinism);
    }

    private void dataProposals(List<ConvolutionAlgorithm> all) {
        int[] n = new int[1];
        cudnnConvolutionBwdDataAlgoPerf[] found = new cudnnConvolutionBwdDataAlgoPerf[MOST_PROPOSALS];
        java.util.Arrays.setAll(found, i -> new cudnnConvolutionBwdDataAlgoPerf());
        int status = JCudnn.cudnnGetConvolutionBackwardDataAlgorithm_v7(
                c.cudnn, w, y, convolution, x, MOST_PROPOSALS, n, found);
        if (status != 0) return;
        for (int i = 0; i < n[0]; i++)
            add(all, ConvolutionPass.DATA, found[i].algo, found[i].status, found[i].determinism);
    }

    private void weightsProposals(List<ConvolutionAlgorithm> all) {
        int[] n = new int[1];
        cudnnConvolutionBwdFilterAlgoPerf[] found = new cudnnConvolutionBwdFilterAlgoPerf[MOST_PROPOSALS];
        java.util.Arrays.setAll(found, i -> new cudnnConvolutionBwdFilterAlgoPerf());
        int status = JCudnn.cudnnGetConvolutionBackwardFilterAlgorithm_v7(
                c.cudnn, x, y, convolution, w, MOST_PROPOSALS, n, found);
        if (status != 0) return;
        for (int i = 0; i < n[0]; i++)
            add(all, ConvolutionPass.WEIGHTS, found[i].algo, found[i].status, found[i].determinism);
    }

    /** Adds a proposal, unless cuDNN says that it cannot do it. */
    private void add(List<ConvolutionAlgorithm> all, ConvolutionPass pass, int number, int status, int determinism) {
        if (status != 0 || !fits(pass, number)) return;
        long bytes = workspace(pass, number);
        if (bytes >= 0)
            all.add(ConvolutionAlgorithm.classic(pass, number, bytes, determinism == 1 && pass.deterministic(number)));
    }

    /** Without activation, the fused call only takes one algorithm. */
    private boolean fits(ConvolutionPass pass, int number) {
        return pass != ConvolutionPass.FUSED || ending.relu() || number == IMPLICIT_PRECOMP_GEMM;
    }

    /** All algorithms of a pass that cuDNN can do. */
    List<ConvolutionAlgorithm> possible(ConvolutionPass pass) {
        List<ConvolutionAlgorithm> all = new ArrayList<>();
        for (int number = 0; number < pass.algorithms(); number++) {
            if (!fits(pass, number)) continue;
            long bytes = workspace(pass, number);
            if (bytes < 0) continue;
            all.add(ConvolutionAlgorithm.classic(pass, number, bytes, pass.deterministic(number)));
        }
        return all;
    }

    /** Bytes that an algorithm needs, or -1 if it cannot do this. */
    private long workspace(ConvolutionPass pass, int number) {
        long[] bytes = new long[1];
        int status = switch (pass) {
            case FORWARD, FUSED, SUMS ->
                JCudnn.cudnnGetConvolutionForwardWorkspaceSize(c.cudnn, x, w, convolution, y, number, bytes);
            case DATA ->
                JCudnn.cudnnGetConvolutionBackwardDataWorkspaceSize(c.cudnn, w, y, convolution, x, number, bytes);
            case WEIGHTS ->
                JCudnn.cudnnGetConvolutionBackwardFilterWorkspaceSize(c.cudnn, x, y, convolution, w, number, bytes);
        };
        return status == 0 ? bytes[0] : -1;
    }

    /** All that the graph interface can do of a pass, best first by its own reckoning. */
    List<ConvolutionAlgorithm> plans(ConvolutionPass pass) {
        if (graph == null) graph = new ConvolutionGraph(c.plans, c.options.tf32(), pass, shape, order, storage, ending);
        return graph.algorithms();
    }

    /** Gives back what the others need. */
    void keepOnly(ConvolutionAlgorithm a) {
        if (a.graph()) {
            // what was chosen for the same convolution elsewhere in the network
            if (!plans(a.pass()).contains(a)) {
                throw new DeviceException("cuDNN proposed " + a.name() + " for a convolution of " + shape.text()
                        + ", and does not when asked again; use VOLUTA_CUDA_CONVOLUTIONS=classic");
            }
            graph.keepOnly(a);
        } else if (graph != null) {
            graph.close();
            graph = null;
        }
    }

    /** The name of the function that runs an algorithm. */
    static String function(ConvolutionAlgorithm a) {
        if (a.graph()) return "cudnnBackendExecute";
        return switch (a.pass()) {
            case FORWARD, SUMS -> "cudnnConvolutionForward";
            case FUSED -> "cudnnConvolutionBiasActivationForward";
            case DATA -> "cudnnConvolutionBackwardData";
            case WEIGHTS -> "cudnnConvolutionBackwardFilter";
        };
    }

    /**
     * The call of a pass; {@code x}, {@code w} or {@code y} is what it writes. The residual is added where its address is
     * not 0.
     */
    IntSupplier call(ConvolutionAlgorithm a, Operands at) {
        if (a.graph()) return graph.call(c.cudnn, a, at);
        Pointer px = Binding.pointer(at.x), pw = Binding.pointer(at.w), py = Binding.pointer(at.y);
        Pointer space = Binding.pointer(a.workspace() == 0 ? 0 : at.workspace);
        int number = a.number();
        long bytes = a.workspace();
        return switch (a.pass()) {
            case SUMS -> throw new IllegalArgumentException("the classic interface has no sums");
            case FORWARD ->
                () -> JCudnn.cudnnConvolutionForward(
                        c.cudnn, one, x, px, w, pw, convolution, number, space, bytes, zero, y, py);
            case DATA ->
                () -> JCudnn.cudnnConvolutionBackwardData(
                        c.cudnn, one, w, pw, y, py, convolution, number, space, bytes, zero, x, px);
            case WEIGHTS ->
                () -> JCudnn.cudnnConvolutionBackwardFilter(
                        c.cudnn, one, x, px, y, py, convolution, number, space, bytes, zero, w, pw);
            case FUSED -> {
                Pointer pb = Binding.pointer(at.bias);
                boolean adds = at.residual != 0;
                Pointer pr = adds ? Binding.pointer(at.residual) : py;
                Pointer factor = adds ? one : zero;
                yield () -> JCudnn.cudnnConvolutionBiasActivationForward(
                        c.cudnn,
                        one,
                        x,
                        px,
                        w,
                        pw,
                        convolution,
                        number,
                        space,
                        bytes,
                        factor,
                        y,
                        pr,
                        bias,
                        pb,
                        activation,
                        y,
                        py);
            }
        };
    }

    @Override
    public void close() {
        if (graph != null) graph.close();
        for (int i = release.size() - 1; i >= 0; i--) release.get(i).run();
        release.clear();
    }
}
