package voluta.explain;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Says in text what a {@link WorkedConvolution} does. */
public final class ConvolutionText {
    private static final String INDENT = "  ";

    private final WorkedConvolution work;

    public ConvolutionText(WorkedConvolution work) {
        this.work = work;
    }

    /** Input, filter, settings, and how the size of the output comes about. */
    public String introduction() {
        StringBuilder s = new StringBuilder();
        matrices(s, "input", work.input());
        matrices(s, "filter", work.filter());
        if (work.bias() != 0) s.append("bias ").append(Matrix.text(work.bias())).append('\n');
        List<Integer> size = work.outputSize();
        s.append("output ")
                .append(size.get(0))
                .append('x')
                .append(size.get(1))
                .append(
                        ": (input + padding before + after - dilation * (filter - 1) - 1) / stride + 1, rounded down\n");
        s.append(size(0, "rows", size.get(0)));
        s.append(size(1, "columns", size.get(1)));
        return s.toString();
    }

    private static void matrices(StringBuilder s, String what, List<Matrix> channels) {
        s.append(what).append(' ').append(channels.get(0).size());
        if (channels.size() > 1) s.append(", ").append(channels.size()).append(" channels");
        s.append('\n');
        for (String line : beside(channels.stream().map(Matrix::lines).toList(), Collections.nCopies(1, "")))
            s.append(INDENT).append(line).append('\n');
    }

    private String size(int d, String name, int out) {
        Window w = work.window();
        int in = d == 0 ? work.input().get(0).height() : work.input().get(0).width();
        int k = d == 0 ? work.filter().get(0).height() : work.filter().get(0).width();
        return String.format(
                Locale.ROOT,
                "%s%-8s (%d + %d + %d - %d * (%d - 1) - 1) / %d + 1 = %d\n",
                INDENT,
                name + ":",
                in,
                work.border().before().get(d),
                work.border().after().get(d),
                w.dilation().get(d),
                k,
                w.stride().get(d),
                out);
    }

    /** One position: what the filter meets, the products, and their sum. Numbers in parentheses are of the border. */
    public String step(WorkedConvolution.Step step) {
        StringBuilder s = new StringBuilder();
        s.append(String.format(
                Locale.ROOT,
                "output[%d,%d]: rows %s and columns %s of the input\n",
                step.row(),
                step.column(),
                list(step.rows()),
                list(step.columns())));
        for (int ch = 0; ch < work.input().size(); ch++) {
            List<String> window = seen(step, ch), filter = work.filter().get(ch).lines();
            List<String> products = step.products().get(ch).lines();
            for (String line : beside(List.of(window, filter, products), List.of("*", "=")))
                s.append(INDENT).append(line).append('\n');
            if (ch < work.input().size() - 1) s.append('\n');
        }
        return s.append(INDENT).append(sum(step)).append('\n').toString();
    }

    private static String list(List<Integer> positions) {
        return positions.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }

    private List<String> seen(WorkedConvolution.Step step, int channel) {
        Matrix m = step.windows().get(channel);
        List<List<String>> cells = new ArrayList<>();
        for (int r = 0; r < m.height(); r++) {
            List<String> row = new ArrayList<>();
            for (int c = 0; c < m.width(); c++) {
                String number = Matrix.text(m.at(r, c));
                boolean outside =
                        work.outside(step.rows().get(r), step.columns().get(c));
                row.add(outside ? "(" + number + ")" : number);
            }
            cells.add(row);
        }
        return Matrix.aligned(cells);
    }

    private String sum(WorkedConvolution.Step step) {
        List<String> terms = new ArrayList<>();
        for (int ch = 0; ch < work.input().size(); ch++) {
            double[] seen = step.windows().get(ch).values(),
                    taps = work.filter().get(ch).values();
            for (int i = 0; i < taps.length; i++) terms.add(factor(seen[i]) + "*" + factor(taps[i]));
        }
        if (work.bias() != 0) terms.add(factor(work.bias()));
        return String.join(" + ", terms) + " = " + Matrix.text(step.sum());
    }

    private static String factor(double v) {
        return v < 0 ? "(" + Matrix.text(v) + ")" : Matrix.text(v);
    }

    /** Blocks of lines next to each other, with a sign between two of them in the middle line. */
    private static List<String> beside(List<List<String>> blocks, List<String> signs) {
        int height = blocks.stream().mapToInt(List::size).max().orElse(0);
        List<String> lines = new ArrayList<>();
        for (int r = 0; r < height; r++) {
            StringBuilder line = new StringBuilder();
            for (int b = 0; b < blocks.size(); b++) {
                if (b > 0) {
                    String sign = signs.get((b - 1) % signs.size());
                    line.append("  ").append(r == height / 2 ? sign : " ".repeat(sign.length()));
                    line.append("  ");
                }
                line.append(blocks.get(b).get(r));
            }
            lines.add(line.toString().stripTrailing());
        }
        return lines;
    }

    /** A matrix under a heading. */
    public static String titled(String heading, Matrix m) {
        StringBuilder s =
                new StringBuilder(heading).append(' ').append(m.size()).append('\n');
        for (String line : m.lines()) s.append(INDENT).append(line).append('\n');
        return s.toString();
    }
}
