package voluta.backend.onednn;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.util.List;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc_base;
import voluta.backend.DeviceException;
import voluta.backend.Slice;
import voluta.backend.Step;
import voluta.tensor.Bytes;
import voluta.tensor.TensorType;

/** One step's addresses, as its kernel sees them while emitting its actions. */
final class Binding {
    /** Something to run: a primitive with its arguments, or Java. Exactly one of the two. */
    static final class Action {
        final int step;
        final dnnl_primitive primitive;
        final int count;
        final dnnl_exec_arg_t arguments;
        final Runnable java;

        private Action(int step, dnnl_primitive primitive, int count, dnnl_exec_arg_t arguments, Runnable java) {
            this.step = step;
            this.primitive = primitive;
            this.count = count;
            this.arguments = arguments;
            this.java = java;
        }
    }

    private final OnednnContext context;
    private final Step step;
    private final int index;
    private final List<Action> actions;
    private final List<Object> keep;

    Binding(OnednnContext context, Step step, int index, List<Action> actions, List<Object> keep) {
        this.context = context;
        this.step = step;
        this.index = index;
        this.actions = actions;
        this.keep = keep;
    }

    OnednnContext context() {
        return context;
    }

    /** Input {@code i} as a oneDNN memory in the kernel's layout for it. */
    memory input(int i) {
        return memory(
                context.desc(step.node().input(i).type(), step.kernel().inputLayout(i)),
                address(step.inputs().get(i)));
    }

    /** Input {@code i}'s bytes under another descriptor. */
    memory input(int i, memory.desc desc) {
        return memory(desc, address(step.inputs().get(i)));
    }

    /** Output {@code i} as a oneDNN memory in the kernel's layout for it. */
    memory output(int i) {
        return memory(
                context.desc(step.node().output(i).type(), step.kernel().outputLayout(i)),
                address(step.outputs().get(i)));
    }

    /** Output {@code i}'s bytes under another descriptor. */
    memory output(int i, memory.desc desc) {
        return memory(desc, address(step.outputs().get(i)));
    }

    /** A part of the context. */
    memory context(long offset, memory.desc desc) {
        return memory(desc, address(step.context()) + offset);
    }

    /** A part of the scratch. Primitives' own scratchpads lie at its beginning. */
    memory scratch(long offset, memory.desc desc) {
        return memory(desc, address(step.scratch()) + offset);
    }

    /** A memory over an address; kept as long as the program. */
    memory memory(memory.desc desc, long address) {
        memory m = new memory(desc, context.engine, NativeMemory.at(address, desc.get_size()));
        keep.add(desc);
        keep.add(m);
        return m;
    }

    long inputAddress(int i) {
        return address(step.inputs().get(i));
    }

    /** Bytes that input {@code i} takes in the kernel's layout for it, padding of blocks included. */
    long inputLayoutBytes(int i) {
        return step.kernel().inputLayout(i).bytes(step.node().input(i).type());
    }

    long outputAddress(int i) {
        return address(step.outputs().get(i));
    }

    long contextAddress() {
        return address(step.context());
    }

    long scratchAddress() {
        return address(step.scratch());
    }

    TensorType inputType(int i) {
        return step.node().input(i).type();
    }

    TensorType outputType(int i) {
        return step.node().output(i).type();
    }

    /** Input {@code i}, plain F32, as floats. */
    FloatBuffer inputFloats(int i) {
        return inputBytes(i).asFloatBuffer();
    }

    /** Output {@code i}, plain F32, as floats. */
    FloatBuffer outputFloats(int i) {
        return outputBytes(i).asFloatBuffer();
    }

    /** Input {@code i}, plain I32, as ints. */
    IntBuffer inputInts(int i) {
        return inputBytes(i).asIntBuffer();
    }

    /**
     * Input {@code i} as it lies.
     *
     * @throws DeviceException if it is larger than a Java buffer, which a loop over all of it would find in mid-step
     */
    ByteBuffer inputBytes(int i) {
        Slice s = step.inputs().get(i);
        return whole(address(s), s.bytes(), step.node().input(i));
    }

    /** Output {@code i} as it lies; throws as {@link #inputBytes} does. */
    ByteBuffer outputBytes(int i) {
        Slice s = step.outputs().get(i);
        return whole(address(s), s.bytes(), step.node().output(i));
    }

    /** So many floats at an address in an argument or the scratch; throws as {@link #inputBytes} does. */
    FloatBuffer floats(long address, long n) {
        return whole(address, n * Float.BYTES, "one of its values").asFloatBuffer();
    }

    private ByteBuffer whole(long address, long bytes, Object what) {
        if (bytes <= Integer.MAX_VALUE) return NativeMemory.buffer(address, bytes);
        throw new DeviceException(
                step.path(),
                step.node().source(),
                what + " takes " + Bytes.text(bytes) + ", more than the 2 GiB that "
                        + step.kernel().implementation() + " can reach; use a smaller batch",
                null);
    }

    ByteBuffer contextBytes() {
        return bytes(step.context());
    }

    ByteBuffer scratchBytes() {
        return bytes(step.scratch());
    }

    /** The bytes of a slice that a buffer may address, its first 2 GiB at most: what lies behind must be handled by address. */
    private static ByteBuffer bytes(Slice s) {
        return NativeMemory.buffer(address(s), s.bytes());
    }

    private static long address(Slice s) {
        return NativeMemory.address(s);
    }

    /** Keeps an object referenced as long as the program. */
    <T> T keep(T object) {
        keep.add(object);
        return object;
    }

    /**
     * Emits a primitive. Its scratchpad, if any, is the beginning of the step's scratch.
     *
     * @param arguments pairs of a DNNL_ARG constant and a memory
     */
    void execute(primitive p, primitive_desc_base pd, Object... arguments) {
        int n = arguments.length / 2;
        dnnl_exec_arg_t a = new dnnl_exec_arg_t(n + 1L);
        for (int i = 0; i < n; i++) {
            a.position(i).arg((Integer) arguments[2 * i]).memory(((memory) arguments[2 * i + 1]).get());
        }
        memory.desc scratchpad = pd.scratchpad_desc();
        if (scratchpad.get_size() > 0) {
            a.position(n)
                    .arg(dnnl.DNNL_ARG_SCRATCHPAD)
                    .memory(scratch(0, scratchpad).get());
            n++;
        }
        a.position(0);
        keep.add(p);
        keep.add(pd);
        keep.add(a);
        actions.add(new Action(index, p.get(), n, a, null));
    }

    /** Emits Java code; it must not allocate. */
    void run(Runnable java) {
        actions.add(new Action(index, null, 0, null, java));
    }
}
