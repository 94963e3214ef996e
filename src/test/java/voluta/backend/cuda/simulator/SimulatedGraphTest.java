package voluta.backend.cuda.simulator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static voluta.backend.cuda.simulator.SimulatedDevice.check;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import jcuda.Pointer;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnBackendDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.runtime.cudaStream_t;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import voluta.backend.cuda.binding.DevicePointer;

/**
 * cuDNN's graph interface on the simulated device, against plain loops; and what it refuses. Numbers of descriptors,
 * attributes, types and codes are cuDNN 9's.
 */
class SimulatedGraphTest {
    private static final int NOT_INITIALIZED = 1001, BAD_PARAM = 2000, NULL_POINTER = 2002, MISALIGNED = 2003;
    private static final int NOT_FINALIZED = 2004, DUPLICATED = 2009, WRONG_TYPE = 2010, WRONG_KIND = 2012;
    private static final int NOT_SUPPORTED = 3000, EXECUTION_FAILED = 5000;
    private static final int HANDLE = 0, DATA_TYPE = 1, FLAG = 2, INT64 = 3, REAL = 4, ADDRESS = 6, DESCRIPTOR = 15;
    private static final int F32 = 0, BF16 = 9;
    private static final int FORWARD = 10, FILTER = 11, DATA = 12;
    private static final int X = 1, W = 2, Y = 3, BIAS = 4, RESIDUAL = 5;
    private static final int A = 3, FALLBACK = 2;
    private static final int TENSOR_CORE = 0, NONDETERMINISTIC = 4, WINOGRAD = 5;
    private static final float CLOSE = 1e-5f;

    /** Two groups, and padding in front of the rows and behind the columns only. */
    private static final Sizes UNEVEN =
            new Sizes(new int[] {2, 4, 5, 4}, new int[] {6, 2, 3, 2}, new int[] {2, 6, 2, 2}, 2, 1, 0, 0, 1);

    private static final Sizes SQUARE =
            new Sizes(new int[] {1, 2, 4, 4}, new int[] {3, 2, 3, 3}, new int[] {1, 3, 4, 4}, 1, 1, 1, 1, 1);

    private final Handle cudnn = new Handle();
    private final Random random = new Random(1);
    private final List<Descriptor> all = new ArrayList<>();
    private SimulatedDevice device;
    private CUstream stream;
    private long words;
    private ByteBuffer bytes;

    /** The sizes of a convolution in two dimensions, with padding above, left, below and right. */
    private record Sizes(int[] x, int[] w, int[] y, int stride, int above, int left, int below, int right) {
        static int count(int[] size) {
            return Arrays.stream(size).reduce(1, (a, b) -> a * b);
        }

        int groups() {
            return x[1] / w[1];
        }
    }

    private static final class Handle extends cudnnHandle {
        long address() {
            return getNativePointer();
        }
    }

    private final class Descriptor extends cudnnBackendDescriptor {
        Descriptor(int kind) {
            check(JCudnn.cudnnBackendCreateDescriptor(kind, this));
            all.add(this);
        }

        long address() {
            return getNativePointer();
        }

        int status(int attribute, int type, long... values) {
            bytes.clear();
            for (long v : values) {
                if (type == FLAG) bytes.put((byte) v);
                else if (type == HANDLE || type == INT64 || type == ADDRESS || type == DESCRIPTOR) bytes.putLong(v);
                else bytes.putInt((int) v);
            }
            return JCudnn.cudnnBackendSetAttribute(this, attribute, type, values.length, new DevicePointer(words));
        }

        Descriptor set(int attribute, int type, long... values) {
            check(status(attribute, type, values));
            return this;
        }

        Descriptor set(int attribute, Descriptor... values) {
            return set(
                    attribute,
                    DESCRIPTOR,
                    Arrays.stream(values).mapToLong(Descriptor::address).toArray());
        }

        int end() {
            return JCudnn.cudnnBackendFinalize(this);
        }

        Descriptor ended() {
            check(end());
            return this;
        }

        int read(int attribute, int type, int most) {
            long[] count = new long[1];
            check(JCudnn.cudnnBackendGetAttribute(this, attribute, type, most, count, new DevicePointer(words)));
            return (int) count[0];
        }

        long number(int attribute) {
            assertEquals(1, read(attribute, INT64, 1));
            return bytes.getLong(0);
        }

        Set<Integer> notes(int attribute, int type) {
            int n = read(attribute, type, 16);
            Set<Integer> notes = new TreeSet<>();
            for (int i = 0; i < n; i++) notes.add(bytes.getInt(4 * i));
            return notes;
        }
    }

    /** A configuration with what its engine says of itself. */
    private record Choice(Descriptor config, long engine, Set<Integer> notes, Set<Integer> behavior) {}

    @BeforeEach
    void open() {
        device = new SimulatedDevice();
        stream = device.stream();
        check(JCudnn.cudnnCreate(cudnn));
        check(JCudnn.cudnnSetStream(cudnn, new cudaStream_t(stream)));
        words = device.driver.allocatePinned(1024);
        bytes = device.driver.pinnedBytes(words, 1024);
    }

    @AfterEach
    void close() {
        if (device == null) return;
        for (Descriptor d : all) check(JCudnn.cudnnBackendDestroyDescriptor(d));
        device.driver.freePinned(words);
        check(JCudnn.cudnnDestroy(cudnn));
        device.close();
    }

    @Test
    void everyEngineOfEveryPassIsAPlainLoop() {
        Sizes s = UNEVEN;
        float[] x = values(Sizes.count(s.x)), w = values(Sizes.count(s.w)), y = new float[Sizes.count(s.y)];
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
            Descriptor graph = graph(convolution(s, pass, F32, false)).ended();
            for (int mode : new int[] {A, FALLBACK}) {
                for (Choice choice : choices(graph, mode)) {
                    Descriptor plan = plan(choice);
                    if (plan.end() != 0) continue;
                    ran++;
                    Descriptor pack = pack(plan, xs, ws, ys, X, W, Y);
                    run(plan, pack);
                    float[] first = device.read(result, wanted[i].length);
                    boolean rounds = choice.notes.contains(TENSOR_CORE);
                    assertArrayEquals(wanted[i], first, rounds ? 5e-3f : CLOSE, choice.toString());
                    boolean far = false;
                    for (int j = 0; j < first.length; j++) far |= Math.abs(first[j] - wanted[i][j]) > CLOSE;
                    assertEquals(rounds, far, "TF32 shows");
                    run(plan, pack);
                    boolean again = Arrays.equals(first, device.read(result, first.length));
                    assertEquals(!choice.notes.contains(NONDETERMINISTIC), again, choice.toString());
                }
            }
            assertEquals(pass == FORWARD ? 4 : 5, ran, "plain twice, workspace, TF32, and unordered for gradients");
        }
    }

    /** Small integers, which bf16 and their sums hold exactly. */
    @Test
    void residualBiasAndReluFollowInChannelsLast() {
        Sizes s = UNEVEN;
        int filters = s.y[1];
        float[] x = integers(Sizes.count(s.x)), w = integers(Sizes.count(s.w)), y = new float[Sizes.count(s.y)];
        float[] residual = integers(y.length), bias = integers(filters);
        convolve(s, (out, in, weight) -> y[out] += x[in] * w[weight]);
        for (int i = 0; i < y.length; i++) y[i] = Math.max(0, y[i] + residual[i] + bias[i / 4 % filters]);
        Descriptor graph = graph(fused(s, BF16, BF16, BF16, "rba")).ended();
        DevicePointer ys = device.allocate(2L * y.length), xs = narrow(s.x, x), ws = narrow(s.w, w);
        DevicePointer rs = narrow(s.y, residual), bs = narrow(new int[] {1, filters, 1, 1}, bias);
        int ran = 0;
        for (Choice choice : choices(graph, A)) {
            Descriptor plan = plan(choice);
            if (plan.end() != 0) continue;
            ran++;
            Descriptor pack = pack(
                    plan,
                    new DevicePointer[] {xs, ws, ys, bs, rs},
                    new long[] {X, W, Y, BIAS, RESIDUAL},
                    scratch(plan));
            run(plan, pack);
            assertArrayEquals(y, wide(s.y, ys));
        }
        assertEquals(2, ran, "plain and workspace");
    }

    @Test
    void threeDimensions() {
        int[] x = {1, 1, 2, 2, 2}, w = {1, 1, 2, 1, 1}, y = {1, 1, 1, 2, 2};
        Descriptor c = settings(new long[] {0, 0, 0}, new long[] {0, 0, 0}, 1).ended();
        Descriptor o = operation(
                FORWARD,
                c,
                tensor(X, x, F32, false, false).ended(),
                tensor(W, w, F32, false, false).ended(),
                tensor(Y, y, F32, false, false).ended());
        Descriptor plan =
                plan(choices(graph(o.ended()).ended(), FALLBACK).get(0)).ended();
        DevicePointer ys = device.allocate(16);
        run(plan, pack(plan, device.of(1, 2, 3, 4, 5, 6, 7, 8), device.of(10, 1), ys, X, W, Y));
        assertArrayEquals(new float[] {15, 26, 37, 48}, device.read(ys, 4));
    }

    @Test
    void enginesAreThoseOfThePatternsThatCudnnHas() {
        for (String order : List.of("b", "ba", "rb", "rba"))
            assertFalse(engines(fused(SQUARE, BF16, BF16, BF16, order)).isEmpty(), order);
        for (String order : List.of("a", "r", "ra", "br", "bra", "ab", "rab", "bb"))
            assertTrue(engines(fused(SQUARE, BF16, BF16, BF16, order)).isEmpty(), order);
        assertTrue(engines(fused(SQUARE, BF16, F32, BF16, "rba")).isEmpty(), "an f32 bias beside bf16");
        assertTrue(engines(fused(SQUARE, BF16, BF16, F32, "rba")).isEmpty(), "an f32 result beside bf16");
        assertTrue(engines(convolution(SQUARE, FILTER, BF16, F32, false)).isEmpty(), "f32 gradients beside bf16");
        assertTrue(noted(SQUARE, F32, false, WINOGRAD));
        assertFalse(noted(SQUARE, F32, true, WINOGRAD), "channels last");
        assertFalse(noted(UNEVEN, F32, false, WINOGRAD));
    }

    private boolean noted(Sizes s, int type, boolean last, int note) {
        return engines(convolution(s, FORWARD, type, last)).stream().anyMatch(c -> c.notes.contains(note));
    }

    @Test
    void someEnginesMakeNoPlan() {
        List<Choice> choices =
                choices(graph(convolution(SQUARE, FORWARD, F32, false)).ended(), A);
        List<Integer> states = new ArrayList<>();
        for (Choice choice : choices) {
            int state = plan(choice).end();
            states.add(state);
            if (!choice.behavior.isEmpty()) assertEquals(3008, state, "nothing compiles");
        }
        assertTrue(states.contains(NOT_SUPPORTED) && states.contains(3008), states.toString());
    }

    @Test
    void plansAreCapturedAndOutliveWhatTheyAreMadeOf() {
        Descriptor plan = plain(SQUARE);
        for (Descriptor d : List.copyOf(all)) {
            if (d == plan) continue;
            check(JCudnn.cudnnBackendDestroyDescriptor(d));
            all.remove(d);
        }
        int n = Sizes.count(SQUARE.y);
        DevicePointer xs = device.of(values(Sizes.count(SQUARE.x))), ws = device.of(values(Sizes.count(SQUARE.w)));
        DevicePointer ys = device.of(new float[n]);
        Descriptor pack = pack(plan, xs, ws, ys, X, W, Y);
        check(JCudaDriver.cuStreamBeginCapture(stream, 1));
        check(JCudnn.cudnnBackendExecute(cudnn, plan, pack));
        CUgraph graph = new CUgraph();
        CUgraphExec exec = new CUgraphExec();
        check(JCudaDriver.cuStreamEndCapture(stream, graph));
        check(JCudaDriver.cuGraphInstantiate(exec, graph, 0));
        assertArrayEquals(new float[n], device.read(ys, n), "nothing ran");
        check(JCudnn.cudnnBackendDestroyDescriptor(plan));
        all.remove(plan);
        check(JCudaDriver.cuGraphLaunch(exec, stream));
        check(JCudaDriver.cuStreamSynchronize(stream));
        assertFalse(Arrays.equals(new float[n], device.read(ys, n)));
    }

    @Test
    void attributesThatCannotBeAreRefused() {
        Descriptor t = tensor(X, SQUARE.x, F32, false, false);
        assertEquals(BAD_PARAM, t.status(700, REAL, 0), "an operation's attribute");
        assertEquals(WRONG_TYPE, t.status(902, DATA_TYPE, 1, 2, 3, 4));
        assertEquals(BAD_PARAM, t.status(906, INT64, 1, 2), "two ids");
        assertEquals(BAD_PARAM, t.status(902, INT64), "no dimensions");
        assertEquals(
                BAD_PARAM,
                JCudnn.cudnnBackendSetAttribute(t, 906, INT64, 1, Pointer.to(new long[] {1})),
                "JCudnn hands a Java array on as null");
        long[] count = new long[1];
        Pointer to = new DevicePointer(words);
        assertEquals(NOT_INITIALIZED, JCudnn.cudnnBackendGetAttribute(t, 906, INT64, 1, count, to), "too early");
        t.ended();
        assertEquals(BAD_PARAM, t.status(906, INT64, 7), "too late");
        assertEquals(BAD_PARAM, t.end(), "twice");
        assertEquals(X, t.number(906));

        assertEquals(BAD_PARAM, new Descriptor(17).end(), "nothing set");
        assertEquals(
                BAD_PARAM,
                tensor(X, SQUARE.x, F32, false, false).set(903, INT64, 1, 2, 3).end(),
                "three strides");
        assertEquals(
                BAD_PARAM, settings(new long[] {1, 1}, new long[] {-1, 0}, 1).end(), "negative padding");
        assertEquals(NOT_SUPPORTED, JCudnn.cudnnBackendCreateDescriptor(999, new cudnnBackendDescriptor()));
        assertEquals(NULL_POINTER, JCudnn.cudnnBackendFinalize(new cudnnBackendDescriptor()));
    }

    @Test
    void operationsThatCannotBeAreRefused() {
        Descriptor c = settings(new long[] {1, 1}, new long[] {1, 1}, 1).ended();
        Descriptor x = tensor(X, SQUARE.x, F32, false, false).ended(),
                w = tensor(W, SQUARE.w, F32, false, false).ended();
        Descriptor y = tensor(Y, SQUARE.y, F32, false, false).ended(), open = tensor(Y, SQUARE.y, F32, false, false);
        Descriptor small = tensor(Y, new int[] {1, 3, 4, 3}, F32, false, false).ended();
        assertEquals(BAD_PARAM, operation(FORWARD, c, x, w, small).end(), "a result of another size");
        assertEquals(NOT_FINALIZED, new Descriptor(FORWARD).status(705, DESCRIPTOR, open.address()));
        assertEquals(WRONG_KIND, new Descriptor(FORWARD).status(705, DESCRIPTOR, c.address()));
        assertEquals(BAD_PARAM, new Descriptor(FORWARD).status(705, DESCRIPTOR, 4096), "no descriptor");
        assertEquals(BAD_PARAM, new Descriptor(FORWARD).set(705, y).end(), "no x");

        Descriptor twice = tensor(X, SQUARE.w, F32, false, false).ended();
        assertEquals(
                DUPLICATED, graph(operation(FORWARD, c, x, twice, y).ended()).end());
        Descriptor virtual = tensor(X, SQUARE.x, F32, false, true).ended();
        assertEquals(
                BAD_PARAM, graph(operation(FORWARD, c, virtual, w, y).ended()).end(), "nobody writes x");
        assertEquals(
                BAD_PARAM,
                new Descriptor(15)
                        .set(801, operation(FORWARD, c, x, w, y).ended())
                        .end(),
                "no handle");
    }

    @Test
    void callsThatCannotBeAreRefused() {
        Choice choice = choices(graph(convolution(SQUARE, FORWARD, F32, false)).ended(), A).stream()
                .filter(c -> c.engine == 46)
                .findAny()
                .orElseThrow();
        assertEquals(BAD_PARAM, new Descriptor(5).set(401, choice.config).end(), "no handle");
        Descriptor plan = plan(choice);
        check(JCudaDriver.cuStreamBeginCapture(stream, 0));
        assertEquals(EXECUTION_FAILED, plan.end(), "in a capture");
        JCudaDriver.cuStreamEndCapture(stream, new CUgraph());
        plan.ended();
        long wanted = plan.number(402);
        assertTrue(wanted > 0);

        DevicePointer x = device.of(values(32)), w = device.of(values(54)), y = device.allocate(4 * 48);
        DevicePointer scratch = device.allocate(wanted), little = device.allocate(wanted - 1);
        DevicePointer[] right = {x, w, y};
        long[] ids = {X, W, Y};
        assertEquals(0, execute(plan, pack(plan, right, ids, scratch)));
        assertEquals(EXECUTION_FAILED, execute(plan, pack(plan, right, ids, little)), "too little workspace");
        assertEquals(NULL_POINTER, execute(plan, pack(plan, right, ids, new DevicePointer(0))));
        DevicePointer crooked = new DevicePointer(x.address() + 4), none = new DevicePointer(0);
        assertEquals(MISALIGNED, execute(plan, pack(plan, new DevicePointer[] {crooked, w, y}, ids, scratch)));
        assertEquals(NULL_POINTER, execute(plan, pack(plan, new DevicePointer[] {x, w, none}, ids, scratch)));
        assertEquals(BAD_PARAM, execute(plan, pack(plan, new DevicePointer[] {x, w, x}, ids, scratch)), "y over x");
        assertEquals(
                BAD_PARAM, execute(plan, pack(plan, new DevicePointer[] {x, w}, new long[] {X, W}, scratch)), "no y");
        assertEquals(
                BAD_PARAM,
                execute(plan, pack(plan, new DevicePointer[] {x, w, y, x}, new long[] {X, W, Y, 10}, scratch)),
                "a tensor that the graph does not have");
        Descriptor twice = new Descriptor(16).set(1000, INT64, X, X).set(1001, ADDRESS, x.address(), w.address());
        assertEquals(DUPLICATED, twice.end());
        assertEquals(NOT_FINALIZED, execute(plan, twice));
        assertEquals(WRONG_KIND, execute(twice, plan));

        Descriptor pack = pack(plan, right, ids, scratch);
        SimulatedDevice other = new SimulatedDevice();
        assertEquals(BAD_PARAM, execute(plan, pack), "another context");
        other.close();
    }

    private int execute(Descriptor plan, Descriptor pack) {
        return JCudnn.cudnnBackendExecute(cudnn, plan, pack);
    }

    private void run(Descriptor plan, Descriptor pack) {
        check(execute(plan, pack));
        check(JCudaDriver.cuStreamSynchronize(stream));
    }

    private Descriptor plain(Sizes s) {
        return plan(choices(graph(convolution(s, FORWARD, F32, false)).ended(), FALLBACK)
                        .get(0))
                .ended();
    }

    private Descriptor plan(Choice choice) {
        return new Descriptor(5).set(400, HANDLE, cudnn.address()).set(401, choice.config);
    }

    private DevicePointer scratch(Descriptor plan) {
        long wanted = plan.number(402);
        return wanted == 0 ? new DevicePointer(0) : device.allocate(wanted);
    }

    private Descriptor pack(Descriptor plan, DevicePointer x, DevicePointer w, DevicePointer y, long... ids) {
        return pack(plan, new DevicePointer[] {x, w, y}, ids, scratch(plan));
    }

    private Descriptor pack(Descriptor plan, DevicePointer[] at, long[] ids, DevicePointer scratch) {
        long[] addresses = Arrays.stream(at).mapToLong(DevicePointer::address).toArray();
        return new Descriptor(16)
                .set(1000, INT64, ids)
                .set(1001, ADDRESS, addresses)
                .set(1003, ADDRESS, scratch.address())
                .ended();
    }

    private List<Choice> engines(Descriptor... operations) {
        return choices(graph(operations).ended(), A);
    }

    /** What heuristics propose: their number alone is a bound. */
    private List<Choice> choices(Descriptor graph, int mode) {
        Descriptor heuristics =
                new Descriptor(4).set(200, 8, mode).set(201, graph).ended();
        long[] count = new long[1];
        check(JCudnn.cudnnBackendGetAttribute(heuristics, 202, DESCRIPTOR, 0, count, new Pointer()));
        Descriptor[] configs = new Descriptor[(int) count[0]];
        bytes.clear();
        for (int i = 0; i < configs.length; i++) {
            configs[i] = new Descriptor(3);
            bytes.putLong(configs[i].address());
        }
        List<Choice> choices = new ArrayList<>();
        if (configs.length == 0) return choices;
        int n = heuristics.read(202, DESCRIPTOR, configs.length);
        assertTrue(n > 0 && n <= configs.length);
        for (int i = 0; i < n; i++) {
            Descriptor engine = new Descriptor(2);
            bytes.clear().putLong(engine.address());
            configs[i].read(300, DESCRIPTOR, 1);
            choices.add(new Choice(configs[i], engine.number(1301), engine.notes(1303, 11), engine.notes(1305, 19)));
        }
        return choices;
    }

    private Descriptor graph(Descriptor... operations) {
        return new Descriptor(15).set(800, HANDLE, cudnn.address()).set(801, operations);
    }

    private Descriptor tensor(long id, int[] size, int type, boolean last, boolean virtual) {
        return new Descriptor(17)
                .set(901, DATA_TYPE, type)
                .set(902, INT64, Arrays.stream(size).asLongStream().toArray())
                .set(903, INT64, strides(size, last))
                .set(906, INT64, id)
                .set(900, INT64, 16)
                .set(907, FLAG, virtual ? 1 : 0);
    }

    private static long[] strides(int[] size, boolean last) {
        long[] strides = new long[size.length];
        long step = 1;
        if (last) {
            strides[1] = 1;
            step = size[1];
        }
        for (int d = size.length - 1; d >= 0; d--) {
            if (last && d == 1) continue;
            strides[d] = step;
            step *= size[d];
        }
        return strides;
    }

    private Descriptor settings(long[] before, long[] after, int stride) {
        long[] ones = new long[before.length], strides = new long[before.length];
        Arrays.fill(ones, 1);
        Arrays.fill(strides, stride);
        return new Descriptor(1)
                .set(100, DATA_TYPE, F32)
                .set(101, 7, 1)
                .set(102, INT64, ones)
                .set(103, INT64, strides)
                .set(104, INT64, after)
                .set(105, INT64, before)
                .set(106, INT64, before.length);
    }

    private Descriptor operation(int pass, Descriptor settings, Descriptor x, Descriptor w, Descriptor y) {
        int first = pass == FORWARD ? 700 : pass == DATA ? 706 : 712;
        return new Descriptor(pass)
                .set(first, REAL, Float.floatToIntBits(1))
                .set(first + 1, REAL, 0)
                .set(first + 2, settings)
                .set(first + 3, w)
                .set(first + 4, x)
                .set(first + 5, y);
    }

    private Descriptor convolution(Sizes s, int pass, int type, boolean last) {
        return convolution(s, pass, type, type, last);
    }

    private Descriptor convolution(Sizes s, int pass, int type, int weights, boolean last) {
        return operation(
                        pass,
                        settings(s),
                        tensor(X, s.x, type, last, false).ended(),
                        tensor(W, s.w, weights, last, false).ended(),
                        tensor(Y, s.y, type, last, false).ended())
                .ended();
    }

    private Descriptor settings(Sizes s) {
        return settings(new long[] {s.above, s.left}, new long[] {s.below, s.right}, s.stride)
                .ended();
    }

    /** A convolution in channels last and behind it, in this order: r the residual, b the bias, a ReLU. */
    private Descriptor[] fused(Sizes s, int type, int biasType, int resultType, String order) {
        List<Descriptor> operations = new ArrayList<>();
        Descriptor from = tensor(10, s.y, F32, true, true).ended();
        operations.add(operation(
                        FORWARD,
                        settings(s),
                        tensor(X, s.x, type, true, false).ended(),
                        tensor(W, s.w, type, true, false).ended(),
                        from)
                .ended());
        for (int i = 0; i < order.length(); i++) {
            boolean end = i + 1 == order.length();
            Descriptor to = tensor(end ? Y : 11 + i, s.y, end ? resultType : F32, true, !end)
                    .ended();
            char step = order.charAt(i);
            Descriptor what = new Descriptor(0)
                    .set(0, 14, step == 'a' ? 100 : 0)
                    .set(1, DATA_TYPE, F32)
                    .ended();
            Descriptor operation =
                    new Descriptor(13).set(750, what).set(751, from).set(753, to);
            int[] perFilter = {1, s.y[1], 1, 1};
            if (step == 'b')
                operation.set(
                        752, tensor(BIAS, perFilter, biasType, true, false).ended());
            if (step == 'r')
                operation.set(752, tensor(RESIDUAL, s.y, type, true, false).ended());
            operations.add(operation.ended());
            from = to;
        }
        return operations.toArray(Descriptor[]::new);
    }

    private interface Multiply {
        void at(int output, int input, int weight);
    }

    /** Visits every product of a convolution; indices are those of row-major tensors. */
    private static void convolve(Sizes s, Multiply body) {
        int filters = s.w[0], channels = s.w[1], perGroup = filters / s.groups();
        for (int out = 0; out < Sizes.count(s.y); out++) {
            int q = out % s.y[3], p = out / s.y[3] % s.y[2], k = out / s.y[3] / s.y[2] % filters;
            int n = out / s.y[3] / s.y[2] / filters;
            for (int weight = 0; weight < channels * s.w[2] * s.w[3]; weight++) {
                int column = weight % s.w[3], row = weight / s.w[3] % s.w[2], c = weight / s.w[3] / s.w[2];
                int h = p * s.stride - s.above + row, v = q * s.stride - s.left + column;
                if (h < 0 || h >= s.x[2] || v < 0 || v >= s.x[3]) continue;
                int in = ((n * s.x[1] + k / perGroup * channels + c) * s.x[2] + h) * s.x[3] + v;
                body.at(out, in, k * channels * s.w[2] * s.w[3] + weight);
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
