package voluta.backend.cuda;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.PreparedKernel;
import voluta.graph.Node;

/** A prepared node: layouts, sizes and a way to emit its launches once its addresses are known. Made by {@link #of}. */
final class CudaKernel implements PreparedKernel {
    private final Builder b;

    private CudaKernel(Builder b) {
        this.b = b;
    }

    /**
     * Begins a kernel for a node. All inputs and outputs are {@code Layouts.PLAIN} and read until said otherwise.
     *
     * @param implementation for the plan, for instance {@code cudnn implicit_precomp_gemm bf16 nhwc}
     */
    static Builder of(Node node, String implementation) {
        return new Builder(node.inputs().size(), node.outputs().size(), implementation);
    }

    /** Begins a reorder: one input, one output. */
    static Builder reorder(String implementation, Layout from, Layout to) {
        return new Builder(1, 1, implementation).input(0, from).output(0, to);
    }

    @Override
    public String implementation() {
        return b.implementation;
    }

    @Override
    public Layout inputLayout(int i) {
        return b.inputs[i];
    }

    @Override
    public Layout outputLayout(int i) {
        return b.outputs[i];
    }

    @Override
    public boolean reads(int i) {
        return b.reads[i];
    }

    @Override
    public OptionalInt mayOverwrite(int output) {
        return b.overwrites[output] < 0 ? OptionalInt.empty() : OptionalInt.of(b.overwrites[output]);
    }

    @Override
    public OptionalInt views(int output) {
        return b.views[output] < 0 ? OptionalInt.empty() : OptionalInt.of(b.views[output]);
    }

    @Override
    public long contextBytes() {
        return b.context;
    }

    @Override
    public long scratchBytes() {
        return b.scratch;
    }

    /** What the forward kernel wants its backward kernels to know; null if nothing. */
    Object hint() {
        return b.hint;
    }

    void bind(Binding binding) {
        b.bind.accept(binding);
    }

    @Override
    public void close() {
        b.owned.forEach(Runnable::run);
        b.owned.clear();
    }

    /** Describes a kernel step by step. */
    static final class Builder {
        private final String implementation;
        private final Layout[] inputs;
        private final Layout[] outputs;
        private final boolean[] reads;
        private final int[] overwrites;
        private final int[] views;
        private final List<Runnable> owned = new ArrayList<>();
        private long context;
        private long scratch;
        private Object hint;
        private Consumer<Binding> bind = x -> {};

        private Builder(int inputs, int outputs, String implementation) {
            this.implementation = implementation;
            this.inputs = new Layout[inputs];
            this.outputs = new Layout[outputs];
            this.reads = new boolean[inputs];
            this.overwrites = new int[outputs];
            this.views = new int[outputs];
            Arrays.fill(this.inputs, Layouts.PLAIN);
            Arrays.fill(this.outputs, Layouts.PLAIN);
            Arrays.fill(reads, true);
            Arrays.fill(overwrites, -1);
            Arrays.fill(views, -1);
        }

        Builder input(int i, Layout layout) {
            inputs[i] = layout;
            return this;
        }

        Builder output(int i, Layout layout) {
            outputs[i] = layout;
            return this;
        }

        /** The content of input {@code i} is not needed. */
        Builder ignores(int i) {
            reads[i] = false;
            return this;
        }

        /** Output {@code o} may take the storage of input {@code i}; the kernel must be right either way. */
        Builder overwrites(int o, int i) {
            overwrites[o] = i;
            return this;
        }

        /** Output {@code o} is input {@code i} under another type: the same bytes, and nothing is run. */
        Builder views(int o, int i) {
            views[o] = i;
            return this;
        }

        /** Bytes that the forward kernel leaves for its backward kernels. */
        Builder context(long bytes) {
            context = bytes;
            return this;
        }

        /** At least this many bytes of scratch. */
        Builder scratch(long bytes) {
            scratch = Math.max(scratch, bytes);
            return this;
        }

        Builder hint(Object hint) {
            this.hint = hint;
            return this;
        }

        /** Something to give back when the kernel is closed, such as a descriptor. */
        Builder owns(Runnable release) {
            owned.add(release);
            return this;
        }

        /** Says how the launches are emitted; called once per program that uses the kernel. */
        CudaKernel bind(Consumer<Binding> bind) {
            this.bind = bind;
            return new CudaKernel(this);
        }
    }
}
