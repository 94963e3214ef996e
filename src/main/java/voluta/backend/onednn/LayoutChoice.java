package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.primitive_desc_base;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.tensor.DType;
import voluta.tensor.TensorType;

/**
 * How a memory-bound op finds a layout for which oneDNN has a fast implementation: what is offered if possible, since a
 * reorder costs as much as the op.
 */
final class LayoutChoice {
    /** The format tag of images with channels last, by rank. */
    static final format_tag[] CHANNELS_LAST = {null, null, null, format_tag.acb, format_tag.acdb, format_tag.acdeb};

    private LayoutChoice() {}

    /** A way of computing that oneDNN accepted. */
    record Chosen<P extends primitive_desc_base>(Layout layout, P pd) {}

    /** The layouts to try for a value: as offered, channels last, row-major; all with the storage type that is offered. */
    static List<Layout> of(OnednnContext c, TensorType type, Layout offered) {
        List<Layout> all = new ArrayList<>();
        Layout first = offered == null ? Layouts.PLAIN : offered;
        all.add(first);
        if (type.dtype() != DType.F32 || type.rank() > 6) return all;
        memory.desc d = c.desc(type, first);
        if (type.rank() >= 3 && type.rank() <= 5) {
            add(
                    all,
                    c.layout(
                            type, new memory.desc(type.shape().dims(), d.get_data_type(), CHANNELS_LAST[type.rank()])));
        }
        add(all, c.layout(type, c.plain(type.shape(), d.get_data_type())));
        return all;
    }

    private static void add(List<Layout> all, Layout l) {
        if (!all.contains(l)) all.add(l);
    }

    /**
     * The first layout with a fast implementation; if there is none, the first with any.
     *
     * @param make the primitive descriptor for a layout; oneDNN throws where it has none
     */
    static <P extends primitive_desc_base> Chosen<P> choose(List<Layout> layouts, Function<Layout, P> make) {
        Chosen<P> any = null;
        RuntimeException refused = null;
        for (Layout l : layouts) {
            try {
                P pd = make.apply(l);
                if (fast(pd)) return new Chosen<>(l, pd);
                if (any == null) any = new Chosen<>(l, pd);
            } catch (RuntimeException e) {
                refused = e;
            }
        }
        if (any == null) throw refused;
        return any;
    }

    /** Whether this is more than a plain loop for any layout. */
    static boolean fast(primitive_desc_base pd) {
        return !pd.impl_info_str().getString().startsWith("ref");
    }
}
