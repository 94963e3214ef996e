package voluta.backend.onednn;

import org.bytedeco.dnnl.batch_normalization_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import voluta.backend.Layout;
import voluta.tensor.TensorType;

/**
 * Which layout a normalization works in. oneDNN's generated kernels cover channel blocks of the machine's vector width, and
 * channels-last where the width divides the channels; on row-major images a kernel without vectors along the channels
 * takes eight times as long, so that two reorders around a blocked one still pay.
 */
final class NormalizationLayout {
    private static final int[] BLOCKS = {16, 8};

    /** With fewer channels a block would be mostly padding. */
    private static final int LEAST_BLOCKED = 8;

    private NormalizationLayout() {}

    /** The layout for batch normalization of x, which lies in {@code offered}. */
    static Layout channels(OnednnContext c, TensorType x, Layout offered) {
        String now = implementation(c, c.desc(x, offered));
        if (now.contains("jit")) return offered;
        Layout blocked = blocked(c, x, offered);
        if (blocked != null) return blocked;
        return now.isEmpty() || now.startsWith("ref") ? plain(c, x, offered) : offered;
    }

    /** A layout in which the channels of one sample follow those of another: by blocks, else row-major. */
    static Layout samples(OnednnContext c, TensorType x, Layout offered) {
        Layout blocked = blocked(c, x, offered);
        return blocked != null ? blocked : plain(c, x, offered);
    }

    /** Row-major, stored as what is offered is, if that has a kernel. */
    static Layout plain(OnednnContext c, TensorType x, Layout offered) {
        memory.desc d = c.plain(x.shape(), storage(c, x, offered));
        return c.layout(x, implementation(c, d).isEmpty() ? c.plain(x.shape(), data_type.f32) : d);
    }

    static data_type storage(OnednnContext c, TensorType x, Layout offered) {
        return c.isBf16(offered) ? data_type.bf16 : OnednnContext.plainStorage(x.dtype());
    }

    /** A layout blocked by channels that has a generated kernel, or null. */
    private static Layout blocked(OnednnContext c, TensorType x, Layout offered) {
        if (x.rank() < 3 || x.dim(1) < LEAST_BLOCKED) return null;
        for (int block : BLOCKS) {
            memory.desc d = new memory.desc(x.shape().dims(), storage(c, x, offered), tag(x.rank(), block));
            if (implementation(c, d).contains("jit")) return c.layout(x, d);
        }
        return null;
    }

    /** The format with channels in blocks of 16 or 8. */
    static format_tag tag(int rank, int block) {
        return switch (rank) {
            case 3 -> block == 16 ? format_tag.nCw16c : format_tag.nCw8c;
            case 4 -> block == 16 ? format_tag.nChw16c : format_tag.nChw8c;
            default -> block == 16 ? format_tag.nCdhw16c : format_tag.nCdhw8c;
        };
    }

    /** What oneDNN would do batch normalization of such a value with; empty if it cannot. */
    private static String implementation(OnednnContext c, memory.desc d) {
        try (batch_normalization_forward.primitive_desc pd = new batch_normalization_forward.primitive_desc(
                c.engine, dnnl.dnnl_forward_training, d, d, 1e-5f, 0, c.attributes(), false)) {
            return pd.impl_info_str().getString();
        } catch (RuntimeException e) {
            return ""; // what JavaCPP makes of oneDNN's "unimplemented"
        }
    }
}
