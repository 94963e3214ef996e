package voluta.backend.cuda;

import java.util.function.Consumer;
import voluta.backend.DescribedKernel;
import voluta.backend.Layout;
import voluta.graph.Node;

/** A prepared node that emits its launches into a {@link Binding}. Made by {@link #of}. */
final class CudaKernel extends DescribedKernel<Binding> {
    private CudaKernel(Builder description, Consumer<Binding> bind) {
        super(description, bind);
    }

    /** Begins a kernel for a node. */
    static Builder of(Node node, String implementation) {
        return new Builder(node.inputs().size(), node.outputs().size(), implementation);
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

        /** Says how the launches are emitted; called once per program that uses the kernel. */
        CudaKernel bind(Consumer<Binding> bind) {
            return new CudaKernel(this, bind);
        }
    }
}
