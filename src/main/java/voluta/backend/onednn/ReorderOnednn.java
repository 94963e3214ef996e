package voluta.backend.onednn;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import voluta.backend.Layout;
import voluta.tensor.TensorType;

/** Brings a value from one layout, and storage type, to another. */
final class ReorderOnednn {
    private ReorderOnednn() {}

    static OnednnKernel prepare(OnednnContext c, TensorType type, Layout from, Layout to) {
        if (to instanceof WinogradWeights w) return w.from(c, type, from);
        memory.desc a = c.descLike(type, from, to), b = c.descLike(type, to, from);
        reorder.primitive_desc pd = new reorder.primitive_desc(c.engine, a, c.engine, b, c.attributes(), false);
        reorder p = new reorder(pd);
        return OnednnKernel.reorder("reorder " + pd.impl_info_str().getString(), from, to)
                .scratchOf(pd)
                .bind(x -> x.execute(p, pd, dnnl.DNNL_ARG_FROM, x.input(0, a), dnnl.DNNL_ARG_TO, x.output(0, b)));
    }
}
