package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive;
import org.bytedeco.dnnl.primitive_desc_base;
import voluta.backend.DescribedKernel;
import voluta.backend.Layout;
import voluta.graph.Node;

/**
 * Describes a kernel that is one primitive of oneDNN: which input and output of the node is which of the primitive's arguments,
 * and how it lies. Room for the primitive's scratchpad is there from the beginning.
 */
final class SinglePrimitive extends DescribedKernel.Builder<Binding, SinglePrimitive> {
    /** An argument by its DNNL_ARG number, and its memory once addresses are known. */
    private record Argument(int number, Function<Binding, memory> memory) {}

    private final OnednnContext c;
    private final Node node;
    private final primitive_desc_base pd;
    private final List<Argument> arguments = new ArrayList<>();

    private SinglePrimitive(OnednnContext c, Node node, primitive_desc_base pd, String name) {
        super(node.inputs().size(), node.outputs().size(), name);
        this.c = c;
        this.node = node;
        this.pd = pd;
        try (memory.desc d = pd.scratchpad_desc()) {
            scratch(d.get_size());
        }
    }

    /** The kernel is named after the implementation that oneDNN has chosen. */
    static SinglePrimitive of(OnednnContext c, Node node, primitive_desc_base pd) {
        return of(c, node, pd, "");
    }

    /** The same with words before the name of oneDNN's implementation. */
    static SinglePrimitive of(OnednnContext c, Node node, primitive_desc_base pd, String before) {
        return new SinglePrimitive(c, node, pd, before + pd.impl_info_str().getString());
    }

    @Override
    protected SinglePrimitive self() {
        return this;
    }

    /** Input {@code i}, which lies as the argument's descriptor says. */
    SinglePrimitive reads(int i, int argument, memory.desc d) {
        return reads(i, argument, d, c.layout(node.input(i).type(), d));
    }

    /** Input {@code i}, whose layout is called {@code layout} and shown to oneDNN as {@code d}: the same bytes. */
    SinglePrimitive reads(int i, int argument, memory.desc d, Layout layout) {
        arguments.add(new Argument(argument, b -> b.input(i, d)));
        return input(i, layout);
    }

    /** Output {@code o}, which lies as the argument's descriptor says. */
    SinglePrimitive writes(int o, int argument, memory.desc d) {
        return writes(o, argument, d, c.layout(node.output(o).type(), d));
    }

    /** Output {@code o}, whose layout is called {@code layout} and shown to oneDNN as {@code d}: the same bytes. */
    SinglePrimitive writes(int o, int argument, memory.desc d, Layout layout) {
        arguments.add(new Argument(argument, b -> b.output(o, d)));
        return output(o, layout);
    }

    /** A part of the context, {@code offset} bytes from its beginning. */
    SinglePrimitive keeps(long offset, int argument, memory.desc d) {
        arguments.add(new Argument(argument, b -> b.context(offset, d)));
        return this;
    }

    /** The kernel that runs the primitive, made from the descriptor that this one began with. */
    OnednnKernel runs(primitive p) {
        return new OnednnKernel(
                this,
                b -> b.execute(
                        p,
                        pd,
                        arguments.stream()
                                .<Object>mapMulti((a, sink) -> {
                                    sink.accept(a.number);
                                    sink.accept(a.memory.apply(b));
                                })
                                .toArray()));
    }
}
