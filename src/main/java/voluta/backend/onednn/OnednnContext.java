package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.stream;
import voluta.backend.Layout;
import voluta.backend.Layouts;
import voluta.backend.Precision;
import voluta.backend.Workers;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/** What every op file needs: engine, stream, threads, and the passage between layouts and descriptors. */
final class OnednnContext implements AutoCloseable {
    private static final format_tag[] ROW_MAJOR = {
        null, format_tag.a, format_tag.ab, format_tag.abc, format_tag.abcd, format_tag.abcde, format_tag.abcdef
    };

    final engine engine = new engine(org.bytedeco.dnnl.engine.kind.cpu, 0);
    final stream stream = new stream(engine);
    final Workers workers;
    /** By their text, which differs where a dimension of 1 makes orders equal. */
    private final Map<String, List<OnednnLayout>> layouts = new HashMap<>();

    final boolean deterministic;
    /** Where kernels are chosen by measuring, not by rule. */
    final Optional<KernelTuning> tuning;

    OnednnContext(int threads, boolean deterministic) {
        this(threads, deterministic, Optional.empty());
    }

    OnednnContext(int threads, boolean deterministic, Optional<KernelTuning> tuning) {
        this.workers = new Workers(threads);
        this.deterministic = deterministic;
        this.tuning = tuning;
        takeThreads();
    }

    /** To be called in each thread before it prepares or runs: kernels are made for a number of threads. */
    void takeThreads() {
        NativeKernels.takeThreads(workers.threads());
    }

    /** The dimensions as oneDNN wants them: a scalar is one element. */
    static long[] dims(Shape shape) {
        return shape.rank() == 0 ? new long[] {1} : shape.dims();
    }

    /** How a value of this type is stored at this precision by kernels that choose. */
    static data_type storage(Precision precision) {
        return precision == Precision.BF16 ? data_type.bf16 : data_type.f32;
    }

    /** The storage type of a plain value; I64 and F64 have none. */
    static data_type plainStorage(DType dtype) {
        return switch (dtype) {
            case F32 -> data_type.f32;
            case BF16 -> data_type.bf16;
            case U8 -> data_type.u8;
            case I32 -> data_type.s32;
            case F16, F64, I64 -> throw new IllegalArgumentException("oneDNN has no " + dtype);
        };
    }

    /** A descriptor that leaves the format to oneDNN. */
    memory.desc any(Shape shape, data_type type) {
        return new memory.desc(dims(shape), type, format_tag.any);
    }

    /** A row-major descriptor. */
    memory.desc plain(Shape shape, data_type type) {
        return plain(dims(shape), type);
    }

    /** A row-major descriptor of one to twelve dimensions. */
    memory.desc plain(long[] dims, data_type type) {
        if (dims.length < ROW_MAJOR.length) return new memory.desc(dims, type, ROW_MAJOR[dims.length]);
        long[] strides = new long[dims.length];
        long n = 1;
        for (int i = dims.length - 1; i >= 0; i--) {
            strides[i] = n;
            n *= dims[i];
        }
        return new memory.desc(dims, type, strides);
    }

    /** The descriptor of a value that lies in this layout. */
    memory.desc desc(TensorType type, Layout layout) {
        return layout instanceof OnednnLayout l ? l.desc() : plain(type.shape(), plainStorage(type.dtype()));
    }

    /**
     * The layout of a value with this descriptor; {@code Layouts.PLAIN} wherever that is what it is. The descriptor may
     * divide the value's dimensions further, as oneDNN does with the filters of grouped weights.
     */
    Layout layout(TensorType type, memory.desc desc) {
        long[] dims = OnednnLayout.dims(desc);
        if (type.dtype() != DType.F64
                && type.dtype() != DType.I64
                && dims.length <= 6
                && desc.equals(plain(dims, plainStorage(type.dtype())))) return Layouts.PLAIN;
        return kept(new OnednnLayout(desc));
    }

    /** The one such layout whose descriptor lives as long as this, whatever becomes of the kernel that it was made for. */
    private OnednnLayout kept(OnednnLayout layout) {
        List<OnednnLayout> alike = layouts.computeIfAbsent(layout.describe(), text -> new ArrayList<>());
        for (OnednnLayout l : alike) if (l.equals(layout)) return l;
        layout.desc().retainReference();
        alike.add(layout);
        return layout;
    }

    /** A row-major descriptor with the dimensions that the layout divides a value of this type into. */
    memory.desc plainLike(TensorType type, Layout layout, data_type storage) {
        return layout instanceof OnednnLayout l
                ? plain(OnednnLayout.dims(l.desc()), storage)
                : plain(type.shape(), storage);
    }

    /** The descriptor of a value in layout {@code a} with the dimensions of layout {@code b} if {@code a} is plain. */
    memory.desc descLike(TensorType type, Layout a, Layout b) {
        return a instanceof OnednnLayout ? desc(type, a) : plainLike(type, b, plainStorage(type.dtype()));
    }

    /** The layout in which input {@code i} lies, or plain where that is not decided. */
    Layout offeredOr(voluta.backend.Preparation p, int i) {
        Layout l = p.offered().get(i);
        return l == null ? Layouts.PLAIN : l;
    }

    /** Whether a value in this layout is stored in bf16. */
    boolean isBf16(Layout layout) {
        return layout instanceof OnednnLayout l && l.desc().get_data_type().intern() == data_type.bf16;
    }

    /** Attributes with the scratchpad left to the caller. */
    primitive_attr attributes() {
        primitive_attr a = new primitive_attr();
        a.set_scratchpad_mode(dnnl.scratchpad_mode.user);
        return a;
    }

    @Override
    public void close() {
        workers.close();
        layouts.values().forEach(all -> all.forEach(l -> l.desc().releaseReference()));
        layouts.clear();
        stream.close();
        engine.close();
    }
}
