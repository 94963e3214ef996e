package voluta.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.explain.ConvolutionText;
import voluta.explain.ExplainException;
import voluta.explain.FilterChoice;
import voluta.explain.Matrix;
import voluta.explain.WorkedConvolution;
import voluta.tensor.ShapeException;

/** Shows the arithmetic of a convolution. */
@Command(
        name = "convolve",
        header = {"Show the arithmetic of a convolution, step by step.", ""},
        description = "Lays a filter over each part of a small input, and shows what it meets, the products and their"
                + " sum. The filter is not mirrored (cross-correlation), as in all convolutional networks; --flip mirrors"
                + " it. The output is then computed by the convolution of a backend and held against the sums.",
        footer = {
            "",
            "Matrices are rows separated by semicolons, or rows in brackets; fractions such as 1/9 may stand in them.",
            "",
            "Examples:",
            "  voluta convolve",
            "  voluta convolve --padding same --padding-value 1 --steps 3",
            "  voluta convolve --input \"1 2 3 4; 5 6 7 8; 9 8 7 6; 5 4 3 2\" --filter sobel_x --stride 1x2",
            "  voluta convolve --input \"1 2; 3 4\" --input \"5 6; 7 8\" --filter \"1 0; 0 1\" --filter \"0 1; 1 0\"",
            "  voluta convolve --input \"1 0 2 0 3 0\" --filter \"1 -1\" --dilation 1x2"
        })
final class ConvolveCommand implements Callable<Integer> {
    private static final String INPUT = "[[1,1,1,0,0],[0,0,1,1,0],[0,1,0,1,1],[1,1,0,0,0],[1,0,0,1,1]]";
    private static final String FILTER = "[[0,1,0],[1,0,1],[0,1,0]]";
    /** What single precision may differ by from sums in double, in parts of the sum of magnitudes. */
    private static final double ROUNDING = 1e-5;

    @Option(
            names = "--input",
            paramLabel = "MATRIX",
            description =
                    "The input; given more than once, a channel each time. Default: a 5x5 matrix of ones and zeros.")
    private List<String> input = List.of(INPUT);

    @Option(
            names = "--filter",
            paramLabel = "NAME|MATRIX",
            description = "The filter: a matrix for each channel of the input, or the name of one that filters knows."
                    + " Default: 3x3, the four neighbours.")
    private List<String> filter = List.of(FILTER);

    @Option(names = "--bias", paramLabel = "X", description = "Added to every sum. Default: ${DEFAULT-VALUE}.")
    private double bias;

    @Option(
            names = "--flip",
            description = "Turn the filter by half a turn first: convolution as in signal processing.")
    private boolean flip;

    @Mixin
    private WindowOptions window;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description = "Show only the first N positions, and then the output. Default: all.")
    private int most = Integer.MAX_VALUE;

    @Mixin
    private BackendOption where;

    @Mixin
    private Output output;

    @Override
    public Integer call() {
        if (most < 0) throw output.usage("--steps is %d; use 0 or more", most);
        if (!Double.isFinite(bias)) throw output.usage("--bias is %s; use a finite number", bias);
        WorkedConvolution work;
        List<WorkedConvolution.Step> steps;
        try {
            work = new WorkedConvolution(
                    input.stream().map(Matrix::parse).toList(), filters(), bias, window.window("0", output));
            steps = work.steps();
        } catch (ExplainException | ShapeException e) {
            throw output.usage("%s", e.getMessage());
        }
        show(work, steps);
        return compare(work, steps) ? ExitCode.OK : ExitCode.INTERNAL;
    }

    private List<Matrix> filters() {
        List<Matrix> all = new ArrayList<>();
        for (String f : filter) {
            Matrix m = FilterChoice.parse(f).matrix();
            all.add(flip ? m.flipped() : m);
        }
        return all;
    }

    private void show(WorkedConvolution work, List<WorkedConvolution.Step> steps) {
        ConvolutionText text = new ConvolutionText(work);
        output.text(text.introduction());
        for (WorkedConvolution.Step s : steps.subList(0, Math.min(most, steps.size()))) {
            output.line("");
            output.text(text.step(s));
            output.record(new JsonLine()
                    .put("section", "steps")
                    .put("row", s.row())
                    .put("column", s.column())
                    .put("input_rows", s.rows())
                    .put("input_columns", s.columns())
                    .put("windows", s.windows().stream().map(Matrix::rows).toList())
                    .put("products", s.products().stream().map(Matrix::rows).toList())
                    .put("sum", s.sum()));
        }
        if (steps.size() > most) output.line("%n%d more positions", steps.size() - most);
    }

    private boolean compare(WorkedConvolution work, List<WorkedConvolution.Step> steps) {
        Backends.Choice choice = where.open();
        try (Backend backend = choice.backend()) {
            output.note("%s", choice.explanation());
            Matrix computed = work.computed(backend);
            double[] y = computed.values();
            double difference = 0, largest = 0;
            for (int i = 0; i < y.length; i++) {
                difference = Math.max(difference, Math.abs(y[i] - steps.get(i).sum()));
                largest = Math.max(largest, magnitude(steps.get(i)));
            }
            output.line("");
            output.text(ConvolutionText.titled("output", computed));
            boolean same = difference <= ROUNDING * largest;
            output.line(
                    "%s %s these sums; largest difference %s",
                    backend.name(), same ? "computes" : "does not compute", Matrix.text(difference));
            output.record(new JsonLine()
                    .put("section", "output")
                    .put("backend", backend.name())
                    .put("output", computed.rows())
                    .put("largest_difference", difference)
                    .put("same", same));
            return same;
        }
    }

    private double magnitude(WorkedConvolution.Step step) {
        return Math.abs(bias)
                + step.products().stream()
                        .flatMapToDouble(m -> Arrays.stream(m.values()))
                        .map(Math::abs)
                        .sum();
    }
}
