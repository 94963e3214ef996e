package voluta.explain;

import java.util.List;
import voluta.nn.Border;
import voluta.op.Padding;

/**
 * How a filter moves over rows and columns, and what lies around them.
 *
 * @param stride step from one output to the next, for rows and columns
 * @param dilation distance between the elements that neighbouring taps meet
 * @param border how much is added around the input
 * @param mode where the border's values come from
 * @param value what {@code CONSTANT} fills it with
 */
public record Window(List<Integer> stride, List<Integer> dilation, Border border, Padding.Mode mode, double value) {
    public Window {
        stride = List.copyOf(stride);
        dilation = List.copyOf(dilation);
    }

    /** The border in numbers, for an input and a filter of these heights and widths. */
    Border around(List<Integer> input, List<Integer> filter) {
        return border.resolve(input, filter, stride, dilation);
    }

    /** Whether the convolution itself can add the border; other borders are an op of their own before it. */
    boolean zeros() {
        return mode == Padding.Mode.CONSTANT && value == 0;
    }
}
