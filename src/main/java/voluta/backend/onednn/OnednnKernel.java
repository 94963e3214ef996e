package voluta.backend.onednn;

import java.util.function.Consumer;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_desc_base;
import org.bytedeco.javacpp.PointerScope;
import voluta.backend.DescribedKernel;
import voluta.backend.Layout;
import voluta.graph.Node;

/** A prepared node that emits its actions into a {@link Binding}. Made by {@link #of} or, where it is one primitive, {@link SinglePrimitive}. */
final class OnednnKernel extends DescribedKernel<Binding> {
    OnednnKernel(DescribedKernel.Builder<Binding, ?> description, Consumer<Binding> bind) {
        super(description, bind);
    }

    private OnednnKernel(OnednnKernel same, String more) {
        super(same, more);
    }

    /** The same kernel, with more said about it in the plan. */
    OnednnKernel described(String more) {
        return new OnednnKernel(this, more);
    }

    /** Takes over the pointers that were made for this kernel. */
    OnednnKernel owning(PointerScope made) {
        owns(made::close);
        return this;
    }

    /** Begins a kernel for a node. */
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

    static final class Builder extends DescribedKernel.Builder<Binding, Builder> {
        private Builder(int inputs, int outputs, String implementation) {
            super(inputs, outputs, implementation);
        }

        @Override
        protected Builder self() {
            return this;
        }

        /** Room for this primitive's scratchpad, at the beginning of the scratch; primitives of one kernel share it. */
        Builder scratchOf(primitive_desc_base pd) {
            try (memory.desc d = pd.scratchpad_desc()) {
                return scratch(d.get_size());
            }
        }

        /** Says how the actions are emitted; called once per program that uses the kernel. */
        OnednnKernel bind(Consumer<Binding> bind) {
            return new OnednnKernel(this, bind);
        }
    }
}
