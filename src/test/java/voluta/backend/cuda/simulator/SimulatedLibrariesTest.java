package voluta.backend.cuda.simulator;

import static jcuda.jcudnn.cudnnDataType.CUDNN_DATA_FLOAT;
import static jcuda.jcudnn.cudnnTensorFormat.CUDNN_TENSOR_NCHW;
import static jcuda.jcudnn.cudnnTensorFormat.CUDNN_TENSOR_NHWC;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static voluta.backend.cuda.simulator.SimulatedDevice.check;

import java.util.Random;
import jcuda.Pointer;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcublas.cublasHandle;
import jcuda.jcublas.cublasOperation;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnActivationDescriptor;
import jcuda.jcudnn.cudnnConvolutionDescriptor;
import jcuda.jcudnn.cudnnFilterDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.jcudnn.cudnnPoolingDescriptor;
import jcuda.jcudnn.cudnnTensorDescriptor;
import jcuda.runtime.cudaStream_t;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import voluta.backend.cuda.binding.DevicePointer;

/** JCudnn and JCublas on the simulated device, against plain loops; and what they refuse. Codes are cuDNN 9's. */
class SimulatedLibrariesTest {
    private static final int BAD_PARAM = 2000, NULL_POINTER = 2002, MISALIGNED = 2003, NOT_SUPPORTED = 3000;
    private static final int EXECUTION_FAILED = 5000;
    private static final int INVALID_VALUE = 7;
    private static final int IMPLICIT_GEMM = 0, PRECOMPUTED = 1, FFT = 4;
    private static final Pointer ONE = Pointer.to(new float[] {1}), ZERO = Pointer.to(new float[] {0});
    private static final float CLOSE = 1e-5f;

    /** Sizes of the convolution: 2 images, 4 to 6 channels in 2 groups, 5 by 4, a window of 3 by 2 with stride and padding. */
    private static final int N = 2, C = 4, K = 6, G = 2, H = 5, W = 4, R = 3, S = 2, STEP = 2, PAD = 1, P = 3, Q = 3;

    private final cudnnHandle cudnn = new cudnnHandle();
    private final cublasHandle cublas = new cublasHandle();
    private final Random random = new Random(1);
    private SimulatedDevice device;
    private CUstream stream;

    @BeforeEach
    void open() {
        device = new SimulatedDevice();
        stream = device.stream();
        check(JCudnn.cudnnCreate(cudnn));
        check(JCudnn.cudnnSetStream(cudnn, new cudaStream_t(stream)));
        check(JCublas2.cublasCreate(cublas));
        check(JCublas2.cublasSetStream(cublas, new cudaStream_t(stream)));
    }

    @AfterEach
    void close() {
        if (device == null) return;
        check(JCublas2.cublasDestroy(cublas));
        check(JCudnn.cudnnDestroy(cudnn));
        device.close();
    }

    /** The descriptors of the convolution above. */
    private record Sizes(
            cudnnTensorDescriptor x,
            cudnnFilterDescriptor w,
            cudnnConvolutionDescriptor convolution,
            cudnnTensorDescriptor y) {
        static Sizes of(int format) {
            Sizes s = new Sizes(
                    tensor(CUDNN_TENSOR_NCHW, N, C, H, W),
                    new cudnnFilterDescriptor(),
                    new cudnnConvolutionDescriptor(),
                    tensor(CUDNN_TENSOR_NCHW, N, K, P, Q));
            check(JCudnn.cudnnCreateFilterDescriptor(s.w));
            check(JCudnn.cudnnSetFilter4dDescriptor(s.w, CUDNN_DATA_FLOAT, format, K, C / G, R, S));
            check(JCudnn.cudnnCreateConvolutionDescriptor(s.convolution));
            check(JCudnn.cudnnSetConvolution2dDescriptor(
                    s.convolution, PAD, PAD, STEP, STEP, 1, 1, 1, CUDNN_DATA_FLOAT));
            check(JCudnn.cudnnSetConvolutionGroupCount(s.convolution, G));
            return s;
        }

        long workspace(cudnnHandle handle, int algorithm) {
            long[] bytes = new long[1];
            check(JCudnn.cudnnGetConvolutionForwardWorkspaceSize(handle, x, w, convolution, y, algorithm, bytes));
            return bytes[0];
        }
    }

    @Test
    void convolutionIsThatOfAPlainLoop() {
        Sizes s = Sizes.of(CUDNN_TENSOR_NCHW);
        float[] x = values(N * C * H * W), w = values(K * C / G * R * S), y = values(N * K * P * Q);
        DevicePointer xs = device.of(x), ws = device.of(w), ys = device.of(y);
        float[] alpha = {2}, beta = {0.5f};
        int result = JCudnn.cudnnConvolutionForward(
                cudnn,
                Pointer.to(alpha),
                s.x,
                xs,
                s.w,
                ws,
                s.convolution,
                IMPLICIT_GEMM,
                new Pointer(),
                0,
                Pointer.to(beta),
                s.y,
                ys);
        check(result);
        assertArrayEquals(y, device.read(ys, y.length), "it waits for nobody on another stream");
        check(JCudaDriver.cuStreamSynchronize(stream));

        float[] wanted = y.clone();
        convolve((out, in, weight) -> wanted[out] += 2 * x[in] * w[weight], i -> wanted[i] *= 0.5f);
        assertArrayEquals(wanted, device.read(ys, y.length), CLOSE);
    }

    @Test
    void gradientsAreThoseOfAPlainLoop() {
        Sizes s = Sizes.of(CUDNN_TENSOR_NCHW);
        float[] x = values(N * C * H * W), w = values(K * C / G * R * S), dy = values(N * K * P * Q);
        DevicePointer xs = device.of(x), ws = device.of(w), dys = device.of(dy);
        DevicePointer dxs = device.allocate(4L * x.length), dws = device.allocate(4L * w.length);
        check(JCudnn.cudnnConvolutionBackwardData(
                cudnn, ONE, s.w, ws, s.y, dys, s.convolution, 0, new Pointer(), 0, ZERO, s.x, dxs));
        check(JCudnn.cudnnConvolutionBackwardFilter(
                cudnn, ONE, s.x, xs, s.y, dys, s.convolution, 0, new Pointer(), 0, ZERO, s.w, dws));
        check(JCudaDriver.cuStreamSynchronize(stream));

        float[] dx = new float[x.length], dw = new float[w.length];
        convolve(
                (out, in, weight) -> {
                    dx[in] += dy[out] * w[weight];
                    dw[weight] += dy[out] * x[in];
                },
                i -> {});
        assertArrayEquals(dx, device.read(dxs, dx.length), CLOSE);
        assertArrayEquals(dw, device.read(dws, dw.length), CLOSE);
    }

    @Test
    void convolutionsThatCannotBeAreRefused() {
        Sizes s = Sizes.of(CUDNN_TENSOR_NCHW);
        DevicePointer xs = device.allocate(4L * N * C * H * W), ws = device.allocate(4L * K * C / G * R * S);
        DevicePointer ys = device.allocate(4L * N * K * P * Q), scratch = device.allocate(1 << 16);
        long wanted = s.workspace(cudnn, PRECOMPUTED);
        assertTrue(wanted > 0);
        assertEquals(BAD_PARAM, forward(s, xs, ws, PRECOMPUTED, scratch, wanted - 1, s.y, ys), "too little workspace");
        assertEquals(NOT_SUPPORTED, forward(s, xs, ws, FFT, scratch, 1 << 16, s.y, ys));
        cudnnTensorDescriptor other = tensor(CUDNN_TENSOR_NCHW, N, K, P, Q + 1);
        assertEquals(BAD_PARAM, forward(s, xs, ws, IMPLICIT_GEMM, scratch, 0, other, ys), "another size of y");
        assertEquals(BAD_PARAM, forward(s, xs, ws, IMPLICIT_GEMM, scratch, 0, s.y, xs), "y over x");
        assertEquals(
                MISALIGNED, forward(s, new DevicePointer(xs.address() + 4), ws, IMPLICIT_GEMM, scratch, 0, s.y, ys));
        assertEquals(EXECUTION_FAILED, forward(s, ws, xs, IMPLICIT_GEMM, scratch, 0, s.y, ys), "x is too short");
        assertEquals(NULL_POINTER, forward(s, xs, new DevicePointer(0), IMPLICIT_GEMM, scratch, 0, s.y, ys));
        assertEquals(
                NOT_SUPPORTED,
                forward(Sizes.of(CUDNN_TENSOR_NHWC), xs, ws, IMPLICIT_GEMM, scratch, 0, s.y, ys),
                "an nhwc filter and nchw tensors");
        check(JCudnn.cudnnDestroyTensorDescriptor(other));
        assertEquals(BAD_PARAM, forward(s, xs, ws, IMPLICIT_GEMM, scratch, 0, other, ys), "a destroyed descriptor");
        assertTrue(JCudnn.cudnnGetErrorString(BAD_PARAM).contains("BAD_PARAM"));
    }

    @Test
    void callsOfTheLibrariesAreCaptured() {
        cudnnTensorDescriptor t = tensor(CUDNN_TENSOR_NCHW, 1, 1, 1, 4);
        cudnnActivationDescriptor relu = new cudnnActivationDescriptor();
        check(JCudnn.cudnnCreateActivationDescriptor(relu));
        check(JCudnn.cudnnSetActivationDescriptor(relu, 1, 0, 0));
        DevicePointer x = device.of(-1, 2, -3, 4), y = device.of(9, 9, 9, 9), z = device.of(1, 1, 1, 1);
        check(JCudaDriver.cuStreamBeginCapture(stream, 1));
        check(JCudnn.cudnnActivationForward(cudnn, relu, ONE, t, x, ZERO, t, y));
        check(JCublas2.cublasSaxpy(cublas, 4, Pointer.to(new float[] {10}), y, 1, z, 1));
        CUgraph graph = new CUgraph();
        CUgraphExec exec = new CUgraphExec();
        check(JCudaDriver.cuStreamEndCapture(stream, graph));
        check(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
        assertEquals(9, device.read(y, 1)[0]);
        check(JCudaDriver.cuGraphLaunch(exec, stream));
        check(JCudaDriver.cuGraphLaunch(exec, stream));
        check(JCudaDriver.cuStreamSynchronize(stream));
        assertArrayEquals(new float[] {0, 2, 0, 4}, device.read(y, 4));
        assertArrayEquals(new float[] {1, 41, 1, 81}, device.read(z, 4));
    }

    @Test
    void maximaAndTheirGradient() {
        cudnnTensorDescriptor big = tensor(CUDNN_TENSOR_NCHW, 1, 1, 2, 4),
                small = tensor(CUDNN_TENSOR_NCHW, 1, 1, 1, 2);
        cudnnPoolingDescriptor pooling = new cudnnPoolingDescriptor();
        check(JCudnn.cudnnCreatePoolingDescriptor(pooling));
        check(JCudnn.cudnnSetPooling2dDescriptor(pooling, 3, 1, 2, 2, 0, 0, 2, 2));
        DevicePointer x = device.of(1, 5, 2, 2, 3, 4, 2, 1), y = device.allocate(8), dy = device.of(10, 20);
        DevicePointer dx = device.allocate(32);
        check(JCudnn.cudnnPoolingForward(cudnn, pooling, ONE, big, x, ZERO, small, y));
        check(JCudnn.cudnnPoolingBackward(cudnn, pooling, ONE, small, y, small, dy, big, x, ZERO, big, dx));
        check(JCudaDriver.cuStreamSynchronize(stream));
        assertArrayEquals(new float[] {5, 2}, device.read(y, 2));
        assertArrayEquals(new float[] {0, 10, 20, 0, 0, 0, 0, 0}, device.read(dx, 8));
    }

    @Test
    void batchNormalization() {
        cudnnTensorDescriptor t = tensor(CUDNN_TENSOR_NCHW, 2, 1, 1, 2), one = tensor(CUDNN_TENSOR_NCHW, 1, 1, 1, 1);
        DevicePointer x = device.of(1, 2, 3, 6), y = device.allocate(16), gamma = device.of(2), beta = device.of(1);
        DevicePointer mean = device.of(0),
                variance = device.of(1),
                saved = device.allocate(4),
                inverse = device.allocate(4);
        check(JCudnn.cudnnBatchNormalizationForwardTraining(
                cudnn, 1, ONE, ZERO, t, x, t, y, one, gamma, beta, 0.5, mean, variance, 0, saved, inverse));
        check(JCudaDriver.cuStreamSynchronize(stream));
        float deviation = (float) Math.sqrt(3.5);
        assertArrayEquals(
                new float[] {1 - 4 / deviation, 1 - 2 / deviation, 1, 1 + 6 / deviation}, device.read(y, 4), CLOSE);
        assertEquals(1.5f, device.read(mean, 1)[0], CLOSE);
        assertEquals(0.5f + 0.5f * 14 / 3, device.read(variance, 1)[0], CLOSE, "the running variance is unbiased");
        assertEquals(1 / deviation, device.read(inverse, 1)[0], CLOSE);
        assertEquals(
                BAD_PARAM,
                JCudnn.cudnnBatchNormalizationForwardTraining(
                        cudnn, 1, ONE, ZERO, t, x, t, y, t, gamma, beta, 0.5, mean, variance, 0, saved, inverse),
                "parameters of a wrong size");
    }

    @Test
    void matrixProducts() {
        int m = 3, n = 4, k = 5;
        float[] a = values(k * m), b = values(k * n), c = values(m * n);
        DevicePointer as = device.of(a), bs = device.of(b), cs = device.of(c);
        float[] alpha = {3}, beta = {2};
        check(JCublas2.cublasSgemm(
                cublas,
                cublasOperation.CUBLAS_OP_T,
                cublasOperation.CUBLAS_OP_N,
                m,
                n,
                k,
                Pointer.to(alpha),
                as,
                k,
                bs,
                k,
                Pointer.to(beta),
                cs,
                m));
        alpha[0] = 0; // the call has read it
        check(JCudaDriver.cuStreamSynchronize(stream));
        float[] wanted = new float[m * n];
        for (int j = 0; j < n; j++)
            for (int i = 0; i < m; i++) {
                float sum = 0;
                for (int p = 0; p < k; p++) sum += a[i * k + p] * b[j * k + p];
                wanted[j * m + i] = 3 * sum + 2 * c[j * m + i];
            }
        assertArrayEquals(wanted, device.read(cs, m * n), CLOSE);
        assertEquals(
                INVALID_VALUE,
                JCublas2.cublasSgemm(
                        cublas,
                        cublasOperation.CUBLAS_OP_N,
                        cublasOperation.CUBLAS_OP_N,
                        m,
                        n,
                        k,
                        ONE,
                        as,
                        m - 1,
                        bs,
                        k,
                        ZERO,
                        cs,
                        m));
    }

    private interface Multiply {
        void at(int output, int input, int weight);
    }

    /** Visits every product of the convolution, and before it every output once. */
    private static void convolve(Multiply body, java.util.function.IntConsumer start) {
        for (int i = 0; i < N * K * P * Q; i++) start.accept(i);
        for (int n = 0; n < N; n++)
            for (int k = 0; k < K; k++)
                for (int p = 0; p < P; p++)
                    for (int q = 0; q < Q; q++)
                        for (int c = 0; c < C / G; c++)
                            for (int r = 0; r < R; r++)
                                for (int s = 0; s < S; s++) {
                                    int h = p * STEP - PAD + r,
                                            w = q * STEP - PAD + s,
                                            channel = k / (K / G) * (C / G) + c;
                                    if (h < 0 || h >= H || w < 0 || w >= W) continue;
                                    body.at(
                                            ((n * K + k) * P + p) * Q + q,
                                            ((n * C + channel) * H + h) * W + w,
                                            ((k * (C / G) + c) * R + r) * S + s);
                                }
    }

    private int forward(
            Sizes s,
            DevicePointer x,
            DevicePointer w,
            int algorithm,
            DevicePointer scratch,
            long bytes,
            cudnnTensorDescriptor yDescriptor,
            DevicePointer y) {
        return JCudnn.cudnnConvolutionForward(
                cudnn, ONE, s.x, x, s.w, w, s.convolution, algorithm, scratch, bytes, ZERO, yDescriptor, y);
    }

    private static cudnnTensorDescriptor tensor(int format, int n, int c, int h, int w) {
        cudnnTensorDescriptor made = new cudnnTensorDescriptor();
        check(JCudnn.cudnnCreateTensorDescriptor(made));
        check(JCudnn.cudnnSetTensor4dDescriptor(made, format, CUDNN_DATA_FLOAT, n, c, h, w));
        return made;
    }

    private float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = random.nextFloat() - 0.5f;
        return values;
    }
}
