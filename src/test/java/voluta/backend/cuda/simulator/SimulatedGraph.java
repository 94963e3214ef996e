package voluta.backend.cuda.simulator;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static voluta.backend.cuda.simulator.SimulatedDevice.check;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import jcuda.Pointer;
import jcuda.driver.CUstream;
import jcuda.driver.JCudaDriver;
import jcuda.jcudnn.JCudnn;
import jcuda.jcudnn.cudnnBackendDescriptor;
import jcuda.jcudnn.cudnnHandle;
import jcuda.runtime.cudaStream_t;
import voluta.backend.cuda.binding.DevicePointer;

/** cuDNN's graph interface on a simulated device, for tests: descriptors of convolutions, their engines and plans. */
final class SimulatedGraph implements AutoCloseable {
    static final int HANDLE = 0, DATA_TYPE = 1, FLAG = 2, INT64 = 3, REAL = 4, ADDRESS = 6, DESCRIPTOR = 15;
    static final int F32 = 0, F16 = 2, BF16 = 9;
    static final int FORWARD = 10, FILTER = 11, DATA = 12;
    static final int X = 1, W = 2, Y = 3, BIAS = 4, RESIDUAL = 5, SUMS = 6, SQUARES = 7;
    static final int A = 3, FALLBACK = 2;

    final CUstream stream;
    private final SimulatedDevice device;
    private final Handle handle = new Handle();
    private final List<Descriptor> all = new ArrayList<>();
    private final long words;
    private final ByteBuffer bytes;

    SimulatedGraph(SimulatedDevice device) {
        this.device = device;
        stream = device.stream();
        check(JCudnn.cudnnCreate(handle));
        check(JCudnn.cudnnSetStream(handle, new cudaStream_t(stream)));
        words = device.driver.allocatePinned(1024);
        bytes = device.driver.pinnedBytes(words, 1024);
    }

    @Override
    public void close() {
        destroyAllBut(null);
        device.driver.freePinned(words);
        check(JCudnn.cudnnDestroy(handle));
    }

    void destroyAllBut(Descriptor kept) {
        for (Descriptor d : all) if (d != kept) check(JCudnn.cudnnBackendDestroyDescriptor(d));
        all.removeIf(d -> d != kept);
    }

    void destroy(Descriptor d) {
        check(JCudnn.cudnnBackendDestroyDescriptor(d));
        all.remove(d);
    }

    Descriptor descriptor(int kind) {
        return new Descriptor(kind);
    }

    /** Where an attribute's elements are read from and written to. */
    Pointer elements() {
        return new DevicePointer(words);
    }

    /** The sizes of a convolution in two dimensions; its padding may differ at all four sides. */
    record Sizes(int[] x, int[] w, int[] y, int stride, int dilation, int above, int left, int below, int right) {
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

    final class Descriptor extends cudnnBackendDescriptor {
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
            return JCudnn.cudnnBackendSetAttribute(this, attribute, type, values.length, elements());
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
            check(JCudnn.cudnnBackendGetAttribute(this, attribute, type, most, count, elements()));
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
    record Choice(Descriptor config, long engine, Set<Integer> notes, Set<Integer> behavior) {}

    int execute(Descriptor plan, Descriptor pack) {
        return JCudnn.cudnnBackendExecute(handle, plan, pack);
    }

    void run(Descriptor plan, Descriptor pack) {
        check(execute(plan, pack));
        check(JCudaDriver.cuStreamSynchronize(stream));
    }

    Descriptor plain(Sizes s) {
        return plan(choices(graph(convolution(s, FORWARD, F32, false)).ended(), FALLBACK)
                        .get(0))
                .ended();
    }

    Descriptor plan(Choice choice) {
        return new Descriptor(5).set(400, HANDLE, handle.address()).set(401, choice.config);
    }

    DevicePointer scratch(Descriptor plan) {
        long wanted = plan.number(402);
        return wanted == 0 ? new DevicePointer(0) : device.allocate(wanted);
    }

    Descriptor pack(Descriptor plan, DevicePointer x, DevicePointer w, DevicePointer y, long... ids) {
        return pack(new DevicePointer[] {x, w, y}, ids, scratch(plan));
    }

    Descriptor pack(DevicePointer[] at, long[] ids, DevicePointer scratch) {
        long[] addresses = Arrays.stream(at).mapToLong(DevicePointer::address).toArray();
        return new Descriptor(16)
                .set(1000, INT64, ids)
                .set(1001, ADDRESS, addresses)
                .set(1003, ADDRESS, scratch.address())
                .ended();
    }

    List<Choice> engines(Descriptor... operations) {
        return choices(graph(operations).ended(), A);
    }

    /** What heuristics propose: their number alone is a bound. */
    List<Choice> choices(Descriptor graph, int mode) {
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

    Descriptor graph(Descriptor... operations) {
        return new Descriptor(15).set(800, HANDLE, handle.address()).set(801, operations);
    }

    Descriptor tensor(long id, int[] size, int type, boolean last, boolean virtual) {
        return new Descriptor(17)
                .set(901, DATA_TYPE, type)
                .set(902, INT64, Arrays.stream(size).asLongStream().toArray())
                .set(903, INT64, strides(size, last))
                .set(906, INT64, id)
                .set(900, INT64, 16)
                .set(907, FLAG, virtual ? 1 : 0);
    }

    static long[] strides(int[] size, boolean last) {
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

    Descriptor settings(long[] before, long[] after, int stride, int dilation) {
        long[] dilations = new long[before.length], strides = new long[before.length];
        Arrays.fill(dilations, dilation);
        Arrays.fill(strides, stride);
        return new Descriptor(1)
                .set(100, DATA_TYPE, F32)
                .set(101, 7, 1)
                .set(102, INT64, dilations)
                .set(103, INT64, strides)
                .set(104, INT64, after)
                .set(105, INT64, before)
                .set(106, INT64, before.length);
    }

    Descriptor operation(int pass, Descriptor settings, Descriptor x, Descriptor w, Descriptor y) {
        int first = pass == FORWARD ? 700 : pass == DATA ? 706 : 712;
        return new Descriptor(pass)
                .set(first, REAL, Float.floatToIntBits(1))
                .set(first + 1, REAL, 0)
                .set(first + 2, settings)
                .set(first + 3, w)
                .set(first + 4, x)
                .set(first + 5, y);
    }

    Descriptor convolution(Sizes s, int pass, int type, boolean last) {
        return convolution(s, pass, type, type, last);
    }

    Descriptor convolution(Sizes s, int pass, int type, int weights, boolean last) {
        return operation(
                        pass,
                        settings(s),
                        tensor(X, s.x, type, last, false).ended(),
                        tensor(W, s.w, weights, last, false).ended(),
                        tensor(Y, s.y, type, last, false).ended())
                .ended();
    }

    Descriptor settings(Sizes s) {
        return settings(new long[] {s.above, s.left}, new long[] {s.below, s.right}, s.stride, s.dilation)
                .ended();
    }

    /** A convolution and the sums of its result and of the squares of it per channel. */
    Descriptor[] summing(Sizes s, int type, boolean last) {
        return new Descriptor[] {
            convolution(s, FORWARD, type, last),
            statistics(s, type, F32, s.y[1], last).ended()
        };
    }

    Descriptor statistics(Sizes s, int type, int sumType, int sums, boolean last) {
        int[] perFilter = {1, sums, 1, 1};
        return new Descriptor(14)
                .set(770, 16, 0)
                .set(771, DATA_TYPE, F32)
                .set(772, tensor(Y, s.y, type, last, false).ended())
                .set(773, tensor(SUMS, perFilter, sumType, last, false).ended())
                .set(774, tensor(SQUARES, perFilter, sumType, last, false).ended());
    }

    /** A convolution in channels last and behind it, in this order: r the residual, b the bias, a ReLU. */
    Descriptor[] fused(Sizes s, int type, int biasType, int resultType, String order) {
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
}
