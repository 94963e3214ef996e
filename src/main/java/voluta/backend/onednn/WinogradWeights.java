package voluta.backend.onednn;

import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.javacpp.IntPointer;
import voluta.backend.Layout;
import voluta.tensor.TensorType;

/**
 * Weights as {@link Winograd} transforms them, once, for forward passes during which they stay as they are. They take
 * four times the bytes with F(4x4), and do not go back.
 *
 * @param geometry the pass, without what the transformed weights do not depend on
 */
record WinogradWeights(Winograd.Geometry geometry) implements Layout {
    private static final long LINE = 64;

    /** For a forward pass of this tile and so many channels. */
    static WinogradWeights of(int tile, int c, int k, int threads) {
        return new WinogradWeights(new Winograd.Geometry(
                Winograd.Pass.FORWARD, tile, 1, c, k, 1, 1, 1, 1, 1, 1, threads, Winograd.PREPARED));
    }

    @Override
    public long bytes(TensorType type) {
        return geometry.prepared();
    }

    /** What cannot be read back must not be the only copy. */
    @Override
    public boolean exact(TensorType type) {
        return false;
    }

    @Override
    public String describe() {
        return geometry.describe() + " weights";
    }

    /** The transformation of weights that lie in any layout of oneDNN. */
    OnednnKernel from(OnednnContext c, TensorType type, Layout from) {
        memory.desc a = c.desc(type, from);
        memory.desc b = new memory.desc(type.shape().dims(), data_type.f32, format_tag.cdba);
        reorder.primitive_desc pd = new reorder.primitive_desc(c.engine, a, c.engine, b, c.attributes(), false);
        long at = (pd.scratchpad_desc().get_size() + LINE - 1) / LINE * LINE;
        reorder p = new reorder(pd);
        return OnednnKernel.reorder(describe(), from, this)
                .scratch(at + b.get_size())
                .bind(x -> {
                    x.execute(p, pd, dnnl.DNNL_ARG_FROM, x.input(0, a), dnnl.DNNL_ARG_TO, x.scratch(at, b));
                    IntPointer words = x.keep(geometry.words());
                    long g = words.address(), weights = x.scratchAddress() + at, prepared = x.outputAddress(0);
                    x.run(() -> Winograd.prepare(g, weights, prepared));
                });
    }
}
