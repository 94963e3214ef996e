package voluta.backend.cuda.simulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static voluta.backend.cuda.simulator.SimulatedDevice.check;
import static voluta.backend.cuda.simulator.SimulatedGraph.*;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import jcuda.Pointer;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.JCudaDriver;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnBackendDescriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import voluta.backend.cuda.binding.DevicePointer;
import voluta.backend.cuda.simulator.SimulatedGraph.Choice;
import voluta.backend.cuda.simulator.SimulatedGraph.Descriptor;
import voluta.backend.cuda.simulator.SimulatedGraph.Sizes;

/**
 * cuDNN's graph interface on the simulated device, against plain loops; and what it refuses. Numbers of descriptors,
 * attributes, types and codes are cuDNN 9's.
 */
class SimulatedGraphTest {
    private static final int NOT_INITIALIZED = 1001, BAD_PARAM = 2000, NULL_POINTER = 2002, MISALIGNED = 2003;
    private static final int NOT_FINALIZED = 2004, DUPLICATED = 2009, WRONG_TYPE = 2010, WRONG_KIND = 2012;
    private static final int NOT_SUPPORTED = 3000, EXECUTION_FAILED = 5000;
    private static final int TENSOR_CORE = 0, NONDETERMINISTIC = 4, WINOGRAD = 5, COMPILES = 0;
    private static final float CLOSE = 1e-5f;

    /** Two groups, dilation, and padding in front of the rows and behind the columns only. */
    private static final Sizes UNEVEN =
            new Sizes(new int[] {2, 4, 6, 4}, new int[] {6, 2, 3, 2}, new int[] {2, 6, 2, 2}, 2, 2, 1, 0, 0, 1);

    private static final Sizes SQUARE =
            new Sizes(new int[] {1, 2, 4, 4}, new int[] {3, 2, 3, 3}, new int[] {1, 3, 4, 4}, 1, 1, 1, 1, 1, 1);

    private final Random random = new Random(1);
    private SimulatedDevice device;
    private SimulatedGraph graphs;

    @BeforeEach
    void open() {
        device = new SimulatedDevice();
        graphs = new SimulatedGraph(device);
    }

    @AfterEach
    void close() {
        if (device == null) return;
        graphs.close();
        device.close();
    }

    @Test
    void everyEngineOfEveryPassIsAPlainLoop() {
        Sizes s = UNEVEN;
        float[] x = values(Sizes.count(s.x())), w = values(Sizes.count(s.w())), y = new float[Sizes.count(s.y())];
        float[] dy = values(y.length), dx = new float[x.length], dw = new float[w.length];
        convolve(s, (out, in, weight) -> {
            y[out] += x[in] * w[weight];
            dx[in] += dy[out] * w[weight];
            dw[weight] += dy[out] * x[in];
        });
        int[] passes = {FORWARD, DATA, FILTER};
        float[][] wanted = {y, dx, dw};
        for (int i = 0; i < passes.length; i++) {
            int pass = passes[i], ran = 0;
            DevicePointer xs = device.of(pass == DATA ? new float[x.length] : x);
            DevicePointer ws = device.of(pass == FILTER ? new float[w.length] : w);
            DevicePointer ys = device.of(pass == FORWARD ? new float[y.length] : dy);
            DevicePointer result = pass == FORWARD ? ys : pass == DATA ? xs : ws;
            Descriptor graph =
                    graphs.graph(graphs.convolution(s, pass, F32, false)).ended();
            for (int mode : new int[] {A, FALLBACK}) {
                for (Choice choice : graphs.choices(graph, mode)) {
                    Descriptor plan = graphs.plan(choice);
                    if (plan.end() != 0) continue;
                    ran++;
                    Descriptor pack = graphs.pack(plan, xs, ws, ys, X, W, Y);
                    device.driver.fill(result.address(), 4L * wanted[i].length, (byte) -1);
                    graphs.run(plan, pack);
                    float[] first = device.read(result, wanted[i].length);
                    boolean rounds = choice.notes().contains(TENSOR_CORE);
                    assertArrayEquals(wanted[i], first, rounds ? 5e-3f : CLOSE, choice.toString());
                    boolean far = false;
                    for (int j = 0; j < first.length; j++) far |= Math.abs(first[j] - wanted[i][j]) > CLOSE;
                    assertEquals(rounds, far, "TF32 shows");
                    graphs.run(plan, pack);
                    boolean again = Arrays.equals(first, device.read(result, first.length));
                    assertEquals(!choice.notes().contains(NONDETERMINISTIC), again, choice.toString());
                }
            }
            assertEquals(
                    pass == FORWARD ? 5 : 6,
                    ran,
                    "plain twice, compiled, workspace, TF32, and unordered for gradients");
        }
    }

    /** Small integers, which bf16 and their sums hold exactly. */
    @Test
    void residualBiasAndReluFollowInChannelsLast() {
        Sizes s = UNEVEN;
        int filters = s.y()[1];
        float[] x = integers(Sizes.count(s.x())), w = integers(Sizes.count(s.w())), y = new float[Sizes.count(s.y())];
        float[] residual = integers(y.length), bias = integers(filters);
        convolve(s, (out, in, weight) -> y[out] += x[in] * w[weight]);
        for (int i = 0; i < y.length; i++) y[i] = Math.max(0, y[i] + residual[i] + bias[i / 4 % filters]);
        Descriptor graph =
                graphs.graph(graphs.fused(s, BF16, BF16, BF16, "rba")).ended();
        DevicePointer ys = device.allocate(2L * y.length), xs = narrow(s.x(), x), ws = narrow(s.w(), w);
        DevicePointer rs = narrow(s.y(), residual), bs = narrow(new int[] {1, filters, 1, 1}, bias);
        int ran = 0;
        for (Choice choice : graphs.choices(graph, A)) {
            Descriptor plan = graphs.plan(choice);
            if (plan.end() != 0) continue;
            ran++;
            Descriptor pack = graphs.pack(
                    new DevicePointer[] {xs, ws, ys, bs, rs},
                    new long[] {X, W, Y, BIAS, RESIDUAL},
                    graphs.scratch(plan));
            device.driver.fill(ys.address(), 2L * y.length, (byte) -1);
            graphs.run(plan, pack);
            assertArrayEquals(y, wide(s.y(), ys));
        }
        assertEquals(3, ran, "plain, compiled and workspace");
    }

    @Test
    void aPlanAddsUpWhatItWrites() {
        Sizes s = UNEVEN;
        int filters = s.y()[1];
        float[] x = integers(Sizes.count(s.x())), w = integers(Sizes.count(s.w())), y = new float[Sizes.count(s.y())];
        convolve(s, (out, in, weight) -> y[out] += x[in] * w[weight]);
        float[] sums = new float[filters], squares = new float[filters];
        for (int i = 0; i < y.length; i++) {
            sums[i / 4 % filters] += y[i];
            squares[i / 4 % filters] += y[i] * y[i];
        }
        Choice compiled = graphs.engines(graphs.summing(s, BF16, true)).stream()
                .filter(c -> c.behavior().contains(COMPILES))
                .findAny()
                .orElseThrow();
        Descriptor plan = graphs.plan(compiled).ended();
        DevicePointer xs = narrow(s.x(), x), ws = narrow(s.w(), w), ys = device.allocate(2L * y.length);
        DevicePointer first = device.of(new float[filters]), second = device.of(new float[filters]);
        DevicePointer[] all = {xs, ws, ys, first, second};
        long[] ids = {X, W, Y, SUMS, SQUARES};
        graphs.run(plan, graphs.pack(all, ids, graphs.scratch(plan)));
        assertArrayEquals(y, wide(s.y(), ys));
        assertArrayEquals(sums, device.read(first, filters));
        assertArrayEquals(squares, device.read(second, filters));

        DevicePointer[] same = {xs, ws, ys, first, first};
        assertEquals(BAD_PARAM, graphs.execute(plan, graphs.pack(same, ids, graphs.scratch(plan))), "they overlap");
        assertEquals(BAD_PARAM, graphs.execute(plan, graphs.pack(plan, xs, ws, ys, X, W, Y)), "nowhere for the sums");
    }

    /** As cuDNN 9.24 has it for an A100 and an H100. */
    @Test
    void sumsAreThereInChannelsLastAndSixteenBits() {
        List<Choice> f16 = graphs.engines(graphs.summing(SQUARE, F16, true));
        assertTrue(f16.stream().noneMatch(c -> c.behavior().contains(COMPILES)) && !f16.isEmpty(), f16.toString());
        List<Choice> bf16 = graphs.engines(graphs.summing(SQUARE, BF16, true));
        assertTrue(bf16.stream().anyMatch(c -> c.behavior().contains(COMPILES)), bf16.toString());
        for (Choice c : bf16)
            if (!c.behavior().contains(COMPILES))
                assertEquals(NOT_SUPPORTED, graphs.plan(c).end(), "proposed in vain");
        assertTrue(graphs.engines(graphs.summing(SQUARE, F32, true)).isEmpty());
        assertTrue(graphs.engines(graphs.summing(SQUARE, F16, false)).isEmpty(), "row-major");
        assertEquals(BAD_PARAM, graphs.statistics(SQUARE, F16, F16, 3, true).end(), "narrow sums");
        assertEquals(BAD_PARAM, graphs.statistics(SQUARE, F16, F32, 4, true).end(), "another number of channels");
    }

    @Test
    void threeDimensions() {
        int[] x = {1, 1, 2, 2, 2}, w = {1, 1, 2, 1, 1}, y = {1, 1, 1, 2, 2};
        Descriptor c = graphs.settings(new long[] {0, 0, 0}, new long[] {0, 0, 0}, 1, 1)
                .ended();
        Descriptor o = graphs.operation(
                FORWARD,
                c,
                graphs.tensor(X, x, F32, false, false).ended(),
                graphs.tensor(W, w, F32, false, false).ended(),
                graphs.tensor(Y, y, F32, false, false).ended());
        Descriptor plan = graphs.plan(graphs.choices(graphs.graph(o.ended()).ended(), FALLBACK)
                        .get(0))
                .ended();
        DevicePointer ys = device.allocate(16);
        graphs.run(plan, graphs.pack(plan, device.of(1, 2, 3, 4, 5, 6, 7, 8), device.of(10, 1), ys, X, W, Y));
        assertArrayEquals(new float[] {15, 26, 37, 48}, device.read(ys, 4));
    }

    @Test
    void enginesAreThoseOfThePatternsThatCudnnHas() {
        for (String order : List.of("b", "ba", "rb", "rba"))
            assertFalse(
                    graphs.engines(graphs.fused(SQUARE, BF16, BF16, BF16, order))
                            .isEmpty(),
                    order);
        for (String order : List.of("a", "r", "ra", "br", "bra", "ab", "rab", "bb"))
            assertTrue(
                    graphs.engines(graphs.fused(SQUARE, BF16, BF16, BF16, order))
                            .isEmpty(),
                    order);
        for (int type : new int[] {F32, F16})
            assertFalse(graphs.engines(graphs.fused(SQUARE, type, type, type, "rba"))
                    .isEmpty());
        assertTrue(graphs.engines(graphs.fused(SQUARE, BF16, F32, BF16, "rba")).isEmpty(), "an f32 bias beside bf16");
        assertTrue(graphs.engines(graphs.fused(SQUARE, BF16, BF16, F32, "rba")).isEmpty(), "an f32 result beside bf16");
        assertTrue(
                graphs.engines(graphs.convolution(SQUARE, FILTER, BF16, F32, false))
                        .isEmpty(),
                "f32 gradients beside bf16");
        assertTrue(noted(SQUARE, F32, false, WINOGRAD));
        assertFalse(noted(SQUARE, F32, true, WINOGRAD), "channels last");
        assertFalse(noted(UNEVEN, F32, false, WINOGRAD));
    }

    private boolean noted(Sizes s, int type, boolean last, int note) {
        return graphs.engines(graphs.convolution(s, FORWARD, type, last)).stream()
                .anyMatch(c -> c.notes().contains(note));
    }

    @Test
    void someEnginesMakeNoPlan() {
        List<Choice> choices = graphs.choices(
                graphs.graph(graphs.convolution(SQUARE, FORWARD, F32, false)).ended(), A);
        List<Integer> states = new ArrayList<>();
        int compiled = 0;
        for (Choice choice : choices) {
            int state = graphs.plan(choice).end();
            states.add(state);
            if (choice.behavior().contains(COMPILES)) compiled++;
        }
        assertTrue(states.contains(NOT_SUPPORTED), states.toString());
        assertEquals(1, compiled);
    }

    @Test
    void plansAreCapturedAndOutliveWhatTheyAreMadeOf() {
        Descriptor plan = graphs.plain(SQUARE);
        graphs.destroyAllBut(plan);
        int n = Sizes.count(SQUARE.y());
        DevicePointer xs = device.of(values(Sizes.count(SQUARE.x()))), ws = device.of(values(Sizes.count(SQUARE.w())));
        DevicePointer ys = device.of(new float[n]);
        Descriptor pack = graphs.pack(plan, xs, ws, ys, X, W, Y);
        check(JCudaDriver.cuStreamBeginCapture(graphs.stream, 1));
        check(graphs.execute(plan, pack));
        CUgraph graph = new CUgraph();
        CUgraphExec exec = new CUgraphExec();
        check(JCudaDriver.cuStreamEndCapture(graphs.stream, graph));
        check(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
        assertArrayEquals(new float[n], device.read(ys, n), "nothing ran");
        graphs.destroy(plan);
        check(JCudaDriver.cuGraphLaunch(exec, graphs.stream));
        check(JCudaDriver.cuStreamSynchronize(graphs.stream));
        assertFalse(Arrays.equals(new float[n], device.read(ys, n)));
    }

    @Test
    void attributesThatCannotBeAreRefused() {
        Descriptor t = graphs.tensor(X, SQUARE.x(), F32, false, false);
        assertEquals(BAD_PARAM, t.status(700, REAL, 0), "an operation's attribute");
        assertEquals(WRONG_TYPE, t.status(902, DATA_TYPE, 1, 2, 3, 4));
        assertEquals(BAD_PARAM, t.status(906, INT64, 1, 2), "two ids");
        assertEquals(BAD_PARAM, t.status(902, INT64), "no dimensions");
        assertEquals(
                BAD_PARAM,
                JCudnn.cudnnBackendSetAttribute(t, 906, INT64, 1, Pointer.to(new long[] {1})),
                "JCudnn hands a Java array on as null");
        long[] count = new long[1];
        Pointer to = graphs.elements();
        assertEquals(NOT_INITIALIZED, JCudnn.cudnnBackendGetAttribute(t, 906, INT64, 1, count, to), "too early");
        t.ended();
        assertEquals(BAD_PARAM, t.status(906, INT64, 7), "too late");
        assertEquals(BAD_PARAM, t.end(), "twice");
        assertEquals(X, t.number(906));

        assertEquals(BAD_PARAM, graphs.descriptor(17).end(), "nothing set");
        assertEquals(
                BAD_PARAM,
                graphs.tensor(X, SQUARE.x(), F32, false, false)
                        .set(903, INT64, 1, 2, 3)
                        .end(),
                "three strides");
        assertEquals(
                BAD_PARAM,
                graphs.settings(new long[] {1, 1}, new long[] {-1, 0}, 1, 1).end(),
                "negative padding");
        assertEquals(NOT_SUPPORTED, JCudnn.cudnnBackendCreateDescriptor(999, new cudnnBackendDescriptor()));
        assertEquals(NULL_POINTER, JCudnn.cudnnBackendFinalize(new cudnnBackendDescriptor()));
    }

    @Test
    void operationsThatCannotBeAreRefused() {
        Descriptor c =
                graphs.settings(new long[] {1, 1}, new long[] {1, 1}, 1, 1).ended();
        Descriptor x = graphs.tensor(X, SQUARE.x(), F32, false, false).ended(),
                w = graphs.tensor(W, SQUARE.w(), F32, false, false).ended();
        Descriptor y = graphs.tensor(Y, SQUARE.y(), F32, false, false).ended(),
                open = graphs.tensor(Y, SQUARE.y(), F32, false, false);
        Descriptor small =
                graphs.tensor(Y, new int[] {1, 3, 4, 3}, F32, false, false).ended();
        assertEquals(BAD_PARAM, graphs.operation(FORWARD, c, x, w, small).end(), "a result of another size");
        assertEquals(NOT_FINALIZED, graphs.descriptor(FORWARD).status(705, DESCRIPTOR, open.address()));
        assertEquals(WRONG_KIND, graphs.descriptor(FORWARD).status(705, DESCRIPTOR, c.address()));
        assertEquals(BAD_PARAM, graphs.descriptor(FORWARD).status(705, DESCRIPTOR, 4096), "no descriptor");
        assertEquals(BAD_PARAM, graphs.descriptor(FORWARD).set(705, y).end(), "no x");

        Descriptor twice = graphs.tensor(X, SQUARE.w(), F32, false, false).ended();
        assertEquals(
                DUPLICATED,
                graphs.graph(graphs.operation(FORWARD, c, x, twice, y).ended()).end());
        Descriptor virtual = graphs.tensor(X, SQUARE.x(), F32, false, true).ended();
        assertEquals(
                BAD_PARAM,
                graphs.graph(graphs.operation(FORWARD, c, virtual, w, y).ended())
                        .end(),
                "nobody writes x");
        assertEquals(
                BAD_PARAM,
                graphs.descriptor(15)
                        .set(801, graphs.operation(FORWARD, c, x, w, y).ended())
                        .end(),
                "no handle");
    }

    @Test
    void callsThatCannotBeAreRefused() {
        Choice choice =
                graphs
                        .choices(
                                graphs.graph(graphs.convolution(SQUARE, FORWARD, F32, false))
                                        .ended(),
                                A)
                        .stream()
                        .filter(c -> c.engine() == 46)
                        .findAny()
                        .orElseThrow();
        assertEquals(BAD_PARAM, graphs.descriptor(5).set(401, choice.config()).end(), "no handle");
        Descriptor plan = graphs.plan(choice);
        check(JCudaDriver.cuStreamBeginCapture(graphs.stream, 0));
        assertEquals(EXECUTION_FAILED, plan.end(), "in a capture");
        JCudaDriver.cuStreamEndCapture(graphs.stream, new CUgraph());
        plan.ended();
        long wanted = plan.number(402);
        assertTrue(wanted > 0);

        DevicePointer x = device.of(values(32)), w = device.of(values(54)), y = device.allocate(4 * 48);
        DevicePointer scratch = device.allocate(wanted), little = device.allocate(wanted - 1);
        DevicePointer[] right = {x, w, y};
        long[] ids = {X, W, Y};
        assertEquals(0, graphs.execute(plan, graphs.pack(right, ids, scratch)));
        assertEquals(EXECUTION_FAILED, graphs.execute(plan, graphs.pack(right, ids, little)), "too little workspace");
        assertEquals(NULL_POINTER, graphs.execute(plan, graphs.pack(right, ids, new DevicePointer(0))));
        DevicePointer crooked = new DevicePointer(x.address() + 4), none = new DevicePointer(0);
        assertEquals(MISALIGNED, graphs.execute(plan, graphs.pack(new DevicePointer[] {crooked, w, y}, ids, scratch)));
        assertEquals(NULL_POINTER, graphs.execute(plan, graphs.pack(new DevicePointer[] {x, w, none}, ids, scratch)));
        assertEquals(
                BAD_PARAM, graphs.execute(plan, graphs.pack(new DevicePointer[] {x, w, x}, ids, scratch)), "y over x");
        assertEquals(
                BAD_PARAM,
                graphs.execute(plan, graphs.pack(new DevicePointer[] {x, w}, new long[] {X, W}, scratch)),
                "no y");
        assertEquals(
                BAD_PARAM,
                graphs.execute(plan, graphs.pack(new DevicePointer[] {x, w, y, x}, new long[] {X, W, Y, 10}, scratch)),
                "a tensor that the graph does not have");
        Descriptor twice = graphs.descriptor(16).set(1000, INT64, X, X).set(1001, ADDRESS, x.address(), w.address());
        assertEquals(DUPLICATED, twice.end());
        assertEquals(NOT_FINALIZED, graphs.execute(plan, twice));
        assertEquals(WRONG_KIND, graphs.execute(twice, plan));

        Descriptor pack = graphs.pack(right, ids, scratch);
        SimulatedDevice other = new SimulatedDevice();
        assertEquals(BAD_PARAM, graphs.execute(plan, pack), "another context");
        other.close();
    }

    private interface Multiply {
        void at(int output, int input, int weight);
    }

    /** Visits every product of a convolution; indices are those of row-major tensors. */
    private static void convolve(Sizes s, Multiply body) {
        int filters = s.w()[0], channels = s.w()[1], perGroup = filters / s.groups();
        for (int out = 0; out < Sizes.count(s.y()); out++) {
            int q = out % s.y()[3], p = out / s.y()[3] % s.y()[2], k = out / s.y()[3] / s.y()[2] % filters;
            int n = out / s.y()[3] / s.y()[2] / filters;
            for (int weight = 0; weight < channels * s.w()[2] * s.w()[3]; weight++) {
                int column = weight % s.w()[3], row = weight / s.w()[3] % s.w()[2], c = weight / s.w()[3] / s.w()[2];
                int h = p * s.stride() - s.above() + row * s.dilation(),
                        v = q * s.stride() - s.left() + column * s.dilation();
                if (h < 0 || h >= s.x()[2] || v < 0 || v >= s.x()[3]) continue;
                int in = ((n * s.x()[1] + k / perGroup * channels + c) * s.x()[2] + h) * s.x()[3] + v;
                body.at(out, in, k * channels * s.w()[2] * s.w()[3] + weight);
            }
        }
    }

    /** New device memory with a row-major tensor in bf16, channels last. */
    private DevicePointer narrow(int[] size, float[] values) {
        short[] bits = new short[values.length];
        for (int i = 0; i < values.length; i++)
            bits[place(size, i)] = (short) (Float.floatToRawIntBits(values[i]) >>> 16);
        DevicePointer made = device.allocate(2L * bits.length);
        check(JCudaDriver.cuMemcpyHtoD(made, Pointer.to(bits), 2L * bits.length));
        return made;
    }

    private float[] wide(int[] size, DevicePointer from) {
        short[] bits = new short[Sizes.count(size)];
        check(JCudaDriver.cuMemcpyDtoH(Pointer.to(bits), from, 2L * bits.length));
        float[] values = new float[bits.length];
        for (int i = 0; i < values.length; i++) values[i] = Float.intBitsToFloat(bits[place(size, i)] << 16);
        return values;
    }

    /** Where an element of a row-major tensor lies in channels last. */
    private static int place(int[] size, int i) {
        int pixels = size[2] * size[3], pixel = i % pixels, c = i / pixels % size[1], n = i / pixels / size[1];
        return (n * pixels + pixel) * size[1] + c;
    }

    private float[] values(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = random.nextFloat() - 0.5f;
        return values;
    }

    private float[] integers(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) values[i] = random.nextInt(5) - 2;
        return values;
    }
}
