package voluta.backend.onednn;

import java.util.Arrays;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_desc_base;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.PreparedKernel;
import voluta.graph.Node;

/** A prepared node: layouts, sizes and a way to emit its actions once its addresses are known. Made by {@link #of}. */
final class OnednnKernel implements PreparedKernel {
    private final Builder b;

    private OnednnKernel(Builder b) {
        this.b = b;
    }

    /**
     * Begins a kernel for a node. All inputs and outputs are {@code Layouts.PLAIN} and read until said otherwise.
     *
     * @param implementation for the plan
     */
    static Builder of(Node node, String implementation) {
        return new Builder(node.inputs().size(), node.outputs().size(), implementation);
    }

    /** Begins a kernel named after a primitive descriptor's implementation. */
    static Builder of(Node node, primitive_desc_base pd) {
        return of(node, pd.impl_info_str().getString());
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

    /** What the forward kernel wants its backward kernels to know (a primitive descriptor, sizes); null if nothing. */
    Object hint() {
        return b.hint;
    }

    void bind(Binding binding) {
        b.bind.accept(binding);
    }

    /** Describes a kernel step by step. */
    static final class Builder {
        private final String implementation;
        private final Layout[] inputs;
        private final Layout[] outputs;
        private final boolean[] reads;
        private final int[] overwrites;
        private final int[] views;
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

        /** Room for this primitive's scratchpad, at the beginning of the scratch; primitives of one kernel share it. */
        Builder scratchOf(primitive_desc_base pd) {
            try (memory.desc d = pd.scratchpad_desc()) {
                return scratch(d.get_size());
            }
        }

        Builder hint(Object hint) {
            this.hint = hint;
            return this;
        }

        /** Says how the actions are emitted; called once per program that uses the kernel. */
        OnednnKernel bind(Consumer<Binding> bind) {
            this.bind = bind;
            return new OnednnKernel(this);
        }
    }
}
