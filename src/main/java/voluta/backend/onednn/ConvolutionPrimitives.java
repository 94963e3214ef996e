package voluta.backend.onednn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.bytedeco.dnnl.convolution_backward_data;
import org.bytedeco.dnnl.convolution_backward_weights;
import org.bytedeco.dnnl.convolution_forward;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.memory.data_type;
import org.bytedeco.dnnl.memory.format_tag;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.primitive_desc;
import voluta.backend.Precision;
import voluta.backend.Preparation;
import voluta.op.Convolution;
import voluta.op.TransposedConvolution;
import voluta.tensor.Shape;

/**
 * Finds oneDNN's primitive for each pass of one convolution between x [N, C, in...] and y [N, O, out...].
 *
 * <p>In f32, data lies with channels last wherever oneDNN has a fast kernel for that: measured with AVX-512, single passes
 * are as fast as in blocks of 16 channels or up to 15 % faster, any number of channels will do, and all convolutions agree,
 * which spares reorders. In bf16 oneDNN chooses, which in training means blocks: there the weights' gradients are 15 % and
 * normalizations 25 % faster, unless channels fill blocks badly. oneDNN has several kernels for one layout and does not
 * always put the fastest first, so all are looked at, and {@link #rank} says which is taken. It is a rule, not a timing, so
 * that the same kernel runs each time, with the same bits. Storage falls back from bf16 to f32 where a processor lets
 * oneDNN do nothing else.
 */
final class ConvolutionPrimitives {
    /** Kernels up to this rank are worth no search in other layouts. */
    private static final int GOOD = 1;

    private final OnednnContext c;
    private final Precision precision;
    private final long[] x;
    private final long[] w;
    private final long[] y;
    private final long[] stride;
    private final long[] dilation;
    private final long[] before;
    private final long[] after;
    private final int groups;

    private ConvolutionPrimitives(
            OnednnContext c, Precision precision, Convolution op, Shape x, Shape w, Shape y, long[] after) {
        this.c = c;
        this.precision = precision;
        this.x = x.dims();
        this.y = y.dims();
        this.w = grouped(w, op.groups());
        this.stride = longs(op.stride());
        this.dilation = longs(op.dilation());
        // oneDNN counts the elements left out, of which a kernel of one tap has none
        for (int i = 0; i < dilation.length; i++) dilation[i] = taps(i) == 1 ? 0 : dilation[i] - 1;
        this.before = longs(op.padBefore());
        this.after = after;
        this.groups = op.groups();
    }

    static ConvolutionPrimitives of(OnednnContext c, Precision precision, Convolution op, Shape x, Shape w) {
        return new ConvolutionPrimitives(c, precision, op, x, w, op.outputShape(x, w), longs(op.padAfter()));
    }

    /** The convolution from y to x that is transposed; output padding is padding after that is not there. */
    static ConvolutionPrimitives of(OnednnContext c, Precision precision, TransposedConvolution op, Shape x, Shape w) {
        long[] after = longs(op.padAfter());
        for (int i = 0; i < after.length; i++) after[i] -= op.outputPadding().get(i);
        return new ConvolutionPrimitives(c, precision, op.transposed(), op.outputShape(x, w), w, x, after);
    }

    private static long[] longs(List<Integer> list) {
        return list.stream().mapToLong(i -> i).toArray();
    }

    /** oneDNN gives the groups a dimension of their own, in front; row-major data is the same either way. */
    private static long[] grouped(Shape w, int groups) {
        if (groups == 1) return w.dims();
        long[] d = new long[w.rank() + 1];
        d[0] = groups;
        d[1] = w.dim(0) / groups;
        for (int i = 1; i < w.rank(); i++) d[i + 1] = w.dim(i);
        return d;
    }

    /** What to ask oneDNN for. */
    private record Candidate(data_type storage, memory.desc x, memory.desc y) {}

    /** In the order of preference. Here is where alternatives can be timed against each other. */
    private List<Candidate> candidates() {
        List<Candidate> all = new ArrayList<>();
        data_type wanted = OnednnContext.storage(precision);
        addCandidates(all, wanted);
        if (wanted != data_type.f32) addCandidates(all, data_type.f32);
        return all;
    }

    private void addCandidates(List<Candidate> all, data_type t) {
        format_tag last = LayoutChoice.CHANNELS_LAST[x.length];
        Candidate channelsLast = new Candidate(t, new memory.desc(x, t, last), new memory.desc(y, t, last));
        Candidate any = new Candidate(t, new memory.desc(x, t, format_tag.any), new memory.desc(y, t, format_tag.any));
        all.add(asOnednnLikes(t) ? any : channelsLast);
        all.add(asOnednnLikes(t) ? channelsLast : any);
        all.add(new Candidate(t, c.plain(x, t), c.plain(y, t)));
    }

    /** Whether the layout is left to oneDNN: it may choose blocks of channels, so they should not be mostly padding. */
    private boolean asOnednnLikes(data_type t) {
        return t == data_type.bf16 && (x[1] <= 3 || x[1] % 8 == 0) && y[1] % 8 == 0;
    }

    /** The backward passes first ask for the layouts of the forward pass, which spares reorders. */
    private List<Candidate> candidatesAfter(convolution_forward.primitive_desc forward) {
        List<Candidate> all = candidates();
        memory.desc d = forward.src_desc();
        all.add(0, new Candidate(d.get_data_type().intern(), d, forward.dst_desc()));
        return all;
    }

    /**
     * With strides, f32 weights' gradients over channels last are so slow (234 against 400 GFLOP/s in resnet18's second
     * stage) that bringing x and dy into blocks of channels first pays.
     */
    private List<Candidate> candidatesForWeights(convolution_forward.primitive_desc forward) {
        List<Candidate> all = candidatesAfter(forward);
        data_type t = all.get(0).storage();
        boolean strided = false, window = false;
        for (long s : stride) strided |= s > 1;
        for (int i = 1; i <= stride.length; i++) window |= w[w.length - i] > 1;
        boolean fills = groups == 1 && x[1] % 16 == 0 && y[1] % 16 == 0;
        if (t == data_type.f32 && strided && window && fills) {
            all.add(0, new Candidate(t, new memory.desc(x, t, format_tag.any), new memory.desc(y, t, format_tag.any)));
        }
        return all;
    }

    /**
     * The descriptor of the lowest rank among kernels whose names are trusted; among equals, of the first candidate, and
     * there oneDNN's first.
     */
    private <T extends primitive_desc> T best(
            List<Candidate> candidates, Predicate<String> trustedIfUsual, Function<Candidate, T> make) {
        boolean tiny = tinyImage(), uneven = unevenStrides();
        Predicate<String> trusted = name -> trustedIfUsual.test(name)
                && !(tiny && (name.startsWith("jit") || name.contains("brg")))
                && !(uneven && name.startsWith("jit") && name.contains("1x1"));
        T best = null;
        int lowest = Integer.MAX_VALUE;
        RuntimeException refusal = null;
        for (Candidate k : candidates) {
            try (T pd = make.apply(k)) {
                int index = 0, chosen = -1;
                do {
                    String name = pd.impl_info_str().getString();
                    int rank = rank(name, k.storage);
                    if (rank < lowest && trusted.test(name)) {
                        lowest = rank;
                        chosen = index;
                    }
                    index++;
                } while (pd.next_impl());
                if (chosen >= 0) best = advanced(make.apply(k), chosen);
            } catch (RuntimeException e) {
                refusal = e;
            }
            if (lowest <= GOOD) return best;
        }
        if (best == null) throw refusal;
        return best;
    }

    private static <T extends primitive_desc> T advanced(T pd, int steps) {
        for (int i = 0; i < steps; i++) pd.next_impl();
        return pd;
    }

    /**
     * How good a kernel is for this convolution, by its name; lower is better. Measured with one thread of a Zen 5 in f32
     * and bf16: brgemm kernels win with many channels, the older generated ones with few. Those for strided gradients
     * ({@code brgconv_strided}) are 5 to 10 times slower than the others with few channels and 100 times in depthwise
     * convolutions, where only kernels made for that are any good. Matrix products over unrolled images ({@code gemm}) come
     * after all of these, and the plain loops ({@code ref}) are up to 400 times slower.
     */
    private int rank(String name, data_type storage) {
        if (name.startsWith("ref") || name.endsWith("ref:any")) return 9;
        if (name.contains("gemm:")) return 8;
        boolean strided = name.contains("strided");
        long channels = Math.min(x[1], y[1]) / groups;
        if (channels == 1 && groups > 1) return name.contains("dw") ? GOOD : strided ? 7 : 6;
        if (strided) return channels < 64 ? 5 : GOOD;
        boolean brgemm = name.contains("brg");
        if (asOnednnLikes(storage)) return GOOD;
        boolean many = channels >= (storage == data_type.bf16 ? 256 : 32);
        return brgemm == many ? 0 : GOOD;
    }

    /** y from x and w, in layouts that the backward passes like too. */
    convolution_forward.primitive_desc forward(boolean bias) {
        return forward(bias, dnnl.prop_kind.forward_training, t -> c.attributes());
    }

    /** For inference, oneDNN may choose other layouts than where it knows that backward passes will follow. */
    static dnnl.prop_kind kind(Preparation p) {
        return p.training() ? dnnl.prop_kind.forward_training : dnnl.prop_kind.forward_inference;
    }

    /** y from x and w with attributes made afresh for each attempt, for the storage type that it tries. */
    convolution_forward.primitive_desc forward(
            boolean bias, dnnl.prop_kind kind, Function<data_type, primitive_attr> attributes) {
        boolean idle = idle(y, this::meetsOutput);
        return best(candidates(), name -> sums(name, x[1]) && !(idle && name.contains("brg_conv")), k -> {
            memory.desc any = new memory.desc(w, k.storage, format_tag.any);
            return bias
                    ? new convolution_forward.primitive_desc(
                            c.engine,
                            kind,
                            dnnl.algorithm.convolution_direct,
                            k.x,
                            any,
                            perFilter(),
                            k.y,
                            stride,
                            dilation,
                            before,
                            after,
                            attributes.apply(k.storage),
                            false)
                    : new convolution_forward.primitive_desc(
                            c.engine,
                            kind,
                            dnnl.algorithm.convolution_direct,
                            k.x,
                            any,
                            k.y,
                            stride,
                            dilation,
                            before,
                            after,
                            attributes.apply(k.storage),
                            false);
        });
    }

    /** x's gradient from w and y's. */
    convolution_backward_data.primitive_desc backwardData() {
        convolution_forward.primitive_desc hint = forward(false);
        boolean idle = idle(x, this::meetsInput), behind = elementsBehind();
        return best(
                candidatesAfter(hint),
                name -> sums(name, y[1]) && !(idle && name.contains("brg_conv")) && !(behind && name.startsWith("jit")),
                k -> new convolution_backward_data.primitive_desc(
                        c.engine,
                        dnnl.algorithm.convolution_direct,
                        k.x,
                        new memory.desc(w, k.storage, format_tag.any),
                        k.y,
                        stride,
                        dilation,
                        before,
                        after,
                        hint,
                        c.attributes(),
                        false));
    }

    /** The gradients of w and the bias, both f32, from x and y's gradient. */
    convolution_backward_weights.primitive_desc backwardWeights(boolean bias) {
        convolution_forward.primitive_desc hint = forward(bias);
        memory.desc any = new memory.desc(w, data_type.f32, format_tag.any);
        boolean whole = writesAllTaps(), behind = elementsBehind();
        return best(
                candidatesForWeights(hint),
                name -> (whole || !name.startsWith("jit_bf16:"))
                        && !(behind && name.startsWith("jit") && name.contains("1x1")),
                k -> bias
                        ? new convolution_backward_weights.primitive_desc(
                                c.engine,
                                dnnl.algorithm.convolution_direct,
                                k.x,
                                any,
                                perFilter(),
                                k.y,
                                stride,
                                dilation,
                                before,
                                after,
                                hint,
                                c.attributes(),
                                false)
                        : new convolution_backward_weights.primitive_desc(
                                c.engine,
                                dnnl.algorithm.convolution_direct,
                                k.x,
                                any,
                                k.y,
                                stride,
                                dilation,
                                before,
                                after,
                                hint,
                                c.attributes(),
                                false));
    }

    /**
     * Whether a kernel can be trusted with so many channels to sum over. In bf16, kernels multiply pairs of them.
     * {@code jit_bf16_1x1} over channels last adds what follows the last of an odd number, in images of 30, 60, 90, ...
     * elements; brgemm does where a group has a single one.
     */
    private boolean sums(String name, long channels) {
        if (!name.contains("bf16")) return true;
        long summed = channels / groups;
        if (summed % 2 == 1 && name.startsWith("jit_bf16_1x1")) return false;
        return !(groups > 1 && summed == 1 && name.contains("brg"));
    }

    /**
     * Whether oneDNN's {@code jit_bf16} kernel for the weights' gradients writes all of them. What it leaves out keeps what
     * was in memory: a tap that meets nothing but padding, taps of images narrower than the stride, and of volumes less
     * deep than the kernel.
     */
    private boolean writesAllTaps() {
        int last = stride.length - 1;
        boolean narrow = x[2 + last] < stride[last];
        boolean shallow = stride.length == 3 && x[2] <= (taps(0) - 1) * (dilation[0] + 1);
        boolean idle = false;
        for (int d = 0; d <= last; d++) {
            for (long t = 0; t < taps(d); t++) idle |= !meetsTap(d, t);
        }
        return !narrow && !shallow && !idle;
    }

    /**
     * Whether some element, of y in the forward pass or of x's gradient in the backward pass, is a sum of nothing, because
     * all it meets is padding. oneDNN's brgemm kernels ({@code brg_conv}) then read from address 0 in small images.
     */
    private boolean idle(long[] image, Meets meets) {
        for (int d = 0; d < stride.length; d++) {
            for (long i = 0; i < image[2 + d]; i++) if (!meets.anything(d, i)) return true;
        }
        return false;
    }

    /**
     * Whether the image is so small that most of a window lies in padding. oneDNN's generated kernels leave results
     * unwritten then in several ways; such images are no work for its plain ones.
     */
    private boolean tinyImage() {
        for (int d = 0; d < stride.length; d++) {
            if (2 * x[2 + d] <= (taps(d) - 1) * (dilation[d] + 1)) return true;
        }
        return false;
    }

    /**
     * Whether two elements of x or more lie behind the last window. oneDNN's {@code jit} kernels do not write their
     * gradients, and those for 1x1 windows give weights' gradients that differ from run to run.
     */
    private boolean elementsBehind() {
        for (int d = 0; d < stride.length; d++) {
            long last = (y[2 + d] - 1) * stride[d] - before[d] + (taps(d) - 1) * (dilation[d] + 1);
            if (x[2 + d] - 1 - last >= 2) return true;
        }
        return false;
    }

    /**
     * Whether strides differ between dimensions. oneDNN's generated kernels for 1x1 windows first copy what is not stepped
     * over; with strides such as [2, 1] and few channels last, that copy goes beyond the gradient of x and leaves parts of
     * it unwritten.
     */
    private boolean unevenStrides() {
        return Arrays.stream(stride).distinct().count() > 1;
    }

    /** Whether element {@code i} of a row along dimension {@code d} takes part in any product. */
    private interface Meets {
        boolean anything(int d, long i);
    }

    private long taps(int d) {
        return w[w.length - stride.length + d];
    }

    /** Whether tap {@code t} lies within the image where output {@code o} is computed. */
    private boolean meet(int d, long o, long t) {
        long at = o * stride[d] + t * (dilation[d] + 1) - before[d];
        return at >= 0 && at < x[2 + d];
    }

    private boolean meetsTap(int d, long t) {
        for (long o = 0; o < y[2 + d]; o++) if (meet(d, o, t)) return true;
        return false;
    }

    private boolean meetsOutput(int d, long o) {
        for (long t = 0; t < taps(d); t++) if (meet(d, o, t)) return true;
        return false;
    }

    private boolean meetsInput(int d, long i) {
        for (long t = 0; t < taps(d); t++) {
            long from = i + before[d] - t * (dilation[d] + 1);
            if (from >= 0 && from % stride[d] == 0 && from / stride[d] < y[2 + d]) return true;
        }
        return false;
    }

    private memory.desc perFilter() {
        return new memory.desc(new long[] {y[1]}, data_type.f32, format_tag.a);
    }
}
