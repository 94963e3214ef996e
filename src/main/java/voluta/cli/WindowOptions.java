package voluta.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import voluta.explain.Matrix;
import voluta.explain.Window;
import voluta.nn.Border;
import voluta.op.Padding;

/** The options that say how a filter moves over its input, and what lies around that. */
final class WindowOptions {
    private static final String SAME = "same";
    private static final int MOST = 1024;

    @Option(
            names = "--stride",
            paramLabel = "N",
            converter = Sizes.class,
            description = "Step from one output to the next; 2, or 2x1 for rows and columns. Default: 1.")
    private List<Integer> stride = List.of(1, 1);

    @Option(
            names = "--dilation",
            paramLabel = "N",
            converter = Sizes.class,
            description = "Distance between neighbouring taps of the filter; 2, or 2x1. Default: 1.")
    private List<Integer> dilation = List.of(1, 1);

    @Option(
            names = "--padding",
            paramLabel = "N",
            description = "What is added on each side: 1, or 1x0 for rows and columns, or same, which keeps the size at"
                    + " stride 1.")
    private String padding;

    @Option(
            names = "--padding-mode",
            paramLabel = "MODE",
            description = "Where the added numbers come from: zeros, constant (see --padding-value), reflect, replicate"
                    + " or circular. Default: zeros.")
    private Mode mode;

    @Option(
            names = "--padding-value",
            paramLabel = "X",
            description = "The number that is added around the input; implies --padding-mode constant. Default: 0.")
    private Double value;

    /** The words of the YAML format. */
    private enum Mode {
        ZEROS,
        CONSTANT,
        REFLECT,
        REPLICATE,
        CIRCULAR;

        Padding.Mode mode() {
            return this == ZEROS ? Padding.Mode.CONSTANT : Padding.Mode.valueOf(name());
        }
    }

    /** One size or two. */
    static final class Sizes implements ITypeConverter<List<Integer>> {
        @Override
        public List<Integer> convert(String text) {
            return sizes(text, 1);
        }
    }

    private static List<Integer> sizes(String text, int least) {
        List<Integer> sizes = new ArrayList<>();
        for (String one : text.split("x", -1)) {
            try {
                sizes.add(Integer.parseInt(one.strip()));
            } catch (NumberFormatException e) {
                sizes.add(-1);
            }
        }
        boolean good = sizes.size() <= 2 && sizes.stream().allMatch(n -> n >= least && n <= MOST);
        if (!good) {
            throw new TypeConversionException("'" + text + "' is neither a number from " + least + " to " + MOST
                    + " nor two of them such as 2x1");
        }
        return sizes.size() == 2 ? sizes : List.of(sizes.get(0), sizes.get(0));
    }

    /** What was asked for. */
    Window window(String defaultPadding, Output output) {
        String border = padding == null ? defaultPadding : padding.strip().toLowerCase(Locale.ROOT);
        boolean constant = mode == Mode.CONSTANT || mode == null && value != null;
        if (value != null && !constant) {
            throw output.usage("--padding-value is for --padding-mode constant, got %s; change one of them", mode);
        }
        if (value != null && !Double.isFinite(value)) {
            throw output.usage("--padding-value is %s; use a finite number", value);
        }
        try {
            return new Window(
                    stride,
                    dilation,
                    border.equals(SAME) ? Border.SAME : Border.of(sizes(border, 0)),
                    mode == null ? Padding.Mode.CONSTANT : mode.mode(),
                    value == null ? 0 : value);
        } catch (TypeConversionException e) {
            throw output.usage("--padding: %s; or use same", e.getMessage());
        }
    }

    /** What was asked for, in words. */
    String text(Window w) {
        String border = w.border().same() ? SAME : each(w.border().before());
        String where = mode == null ? "zeros" : mode.name().toLowerCase(Locale.ROOT);
        String with = value == null ? where : Matrix.text(value);
        return "stride " + each(w.stride()) + ", dilation " + each(w.dilation()) + ", padding " + border + " (" + with
                + ")";
    }

    private static String each(List<Integer> sizes) {
        int first = sizes.get(0), last = sizes.get(sizes.size() - 1);
        return first == last ? String.valueOf(first) : first + "x" + last;
    }
}
