package voluta.backend.onednn;

import org.bytedeco.dnnl.memory.data_type;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Preparation;
import voluta.op.Reshape;
import voluta.tensor.TensorType;

/**
 * Reshape as a view: nothing runs. Wherever the value's bytes are in row-major order, whatever its layout is called
 * (blocked or channels last after global pooling, say), they are taken as they are, in f32 or bf16; other layouts are
 * first brought to row-major in the same storage type.
 */
final class ReshapeOnednn {
    private ReshapeOnednn() {}

    static void register(OnednnTable table) {
        table.add(Reshape.class, ReshapeOnednn::prepare);
    }

    private static OnednnKernel prepare(OnednnContext c, Reshape op, Preparation p) {
        TensorType x = p.node().input(0).type(), y = p.node().output().type();
        Layout offered = c.offeredOr(p, 0), in = Layouts.PLAIN, out = Layouts.PLAIN;
        if (offered instanceof OnednnLayout l && x.rank() <= 6 && y.rank() <= 6) {
            data_type storage = l.desc().get_data_type().intern();
            in = Packing.rowMajor(l.desc()) ? l : c.layout(x, c.plain(x.shape(), storage));
            out = c.layout(y, c.plain(y.shape(), storage));
        }
        return OnednnKernel.of(p.node(), "view")
                .input(0, in)
                .output(0, out)
                .views(0, 0)
                .bind(b -> {});
    }
}
