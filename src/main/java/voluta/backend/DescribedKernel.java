package voluta.backend;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/**
 * A prepared node as backends with native code keep it: what the planner asks about, described step by step, and a way to
 * emit the node's calls once its addresses are known. A backend names its own kernel and its own builder.
 *
 * @param <B> what a backend binds a kernel to: a step's addresses and the program that is being made
 */
public class DescribedKernel<B> implements PreparedKernel {
    private final Builder<B, ?> description;
    private final Consumer<B> bind;
    private final String implementation;

    /** @param bind emits the calls; called once per program that uses the kernel */
    protected DescribedKernel(Builder<B, ?> description, Consumer<B> bind) {
        this.description = description;
        this.bind = bind;
        this.implementation = description.implementation;
    }

    /** The same kernel, with more said about it in the plan. */
    protected DescribedKernel(DescribedKernel<B> same, String more) {
        this.description = same.description;
        this.bind = same.bind;
        this.implementation = same.implementation + more;
    }

    @Override
    public final String implementation() {
        return implementation;
    }

    @Override
    public final Layout inputLayout(int i) {
        return description.inputs[i];
    }

    @Override
    public final Layout outputLayout(int i) {
        return description.outputs[i];
    }

    @Override
    public final boolean reads(int i) {
        return description.reads[i];
    }

    @Override
    public final OptionalInt mayOverwrite(int output) {
        return input(description.overwrites[output]);
    }

    @Override
    public final OptionalInt views(int output) {
        return input(description.views[output]);
    }

    private static OptionalInt input(int i) {
        return i < 0 ? OptionalInt.empty() : OptionalInt.of(i);
    }

    @Override
    public final long contextBytes() {
        return description.context;
    }

    @Override
    public final long scratchBytes() {
        return description.scratch;
    }

    /** What the forward kernel wants its backward kernels to know, such as sizes; null if nothing. */
    public final Object hint() {
        return description.hint;
    }

    /** Something more to give back when the kernel is closed. */
    protected final void owns(Runnable release) {
        description.owned.add(release);
    }

    /** Emits the calls of a step. */
    public final void bind(B binding) {
        bind.accept(binding);
    }

    @Override
    public final void close() {
        description.owned.forEach(Runnable::run);
        description.owned.clear();
    }

    /**
     * Describes a kernel step by step. All inputs and outputs are {@link Layouts#PLAIN} and read until said otherwise.
     *
     * @param <S> the backend's own builder, which every method returns
     */
    public abstract static class Builder<B, S extends Builder<B, S>> {
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

        /**
         * Begins the description of a kernel.
         *
         * @param implementation for the plan, for instance {@code cudnn implicit_precomp_gemm bf16 nhwc}
         */
        protected Builder(int inputs, int outputs, String implementation) {
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

        /** This builder, by its own type. */
        protected abstract S self();

        /** The layout that input {@code i} is read in. */
        public final S input(int i, Layout layout) {
            inputs[i] = layout;
            return self();
        }

        /** The layout that output {@code i} is written in. */
        public final S output(int i, Layout layout) {
            outputs[i] = layout;
            return self();
        }

        /** The content of input {@code i} is not needed. */
        public final S ignores(int i) {
            reads[i] = false;
            return self();
        }

        /** Output {@code o} may take the storage of input {@code i}; the kernel must be right either way. */
        public final S overwrites(int o, int i) {
            overwrites[o] = i;
            return self();
        }

        /** Output {@code o} is input {@code i} under another type: the same bytes, and nothing is run. */
        public final S views(int o, int i) {
            views[o] = i;
            return self();
        }

        /** Bytes that the forward kernel leaves for its backward kernels. */
        public final S context(long bytes) {
            context = bytes;
            return self();
        }

        /** At least this many bytes of scratch. */
        public final S scratch(long bytes) {
            scratch = Math.max(scratch, bytes);
            return self();
        }

        /** What the backward kernels will find in {@link DescribedKernel#hint}. */
        public final S hint(Object hint) {
            this.hint = hint;
            return self();
        }

        /** Something to give back when the kernel is closed, such as a descriptor. */
        public final S owns(Runnable release) {
            owned.add(release);
            return self();
        }
    }
}
