package voluta.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import voluta.backend.Backend;
import voluta.nn.Border;
import voluta.op.Convolution;
import voluta.op.Padding;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.TensorType;

/**
 * A convolution of small matrices with one filter, every product and sum of it.
 *
 * @param input one matrix for each channel, all of the same size
 * @param filter one matrix for each channel, all of the same size
 * @param bias added to every sum
 */
public record WorkedConvolution(List<Matrix> input, List<Matrix> filter, double bias, Window window) {
    /** The largest side of a matrix that can still be read as text. */
    public static final int MOST = 32;

    public WorkedConvolution {
        input = List.copyOf(input);
        filter = List.copyOf(filter);
        same("input", input);
        same("filter", filter);
        if (input.size() != filter.size()) {
            throw new ExplainException("the input has " + input.size() + " channels and the filter " + filter.size()
                    + "; give one matrix of the filter for each matrix of the input");
        }
    }

    private static void same(String what, List<Matrix> channels) {
        for (Matrix m : channels) {
            if (!m.size().equals(channels.get(0).size())) {
                throw new ExplainException("the channels of the " + what + " are of different sizes, "
                        + channels.get(0).size() + " and " + m.size() + "; make them the same");
            }
            if (m.height() > MOST || m.width() > MOST) {
                throw new ExplainException("the " + what + " is " + m.size() + ", but steps are shown for at most "
                        + MOST + "x" + MOST + "; the command filters takes pictures of any size");
            }
        }
    }

    /**
     * One position of the filter.
     *
     * @param row of the output
     * @param column of the output
     * @param rows of the input that the filter's rows meet; those below 0 or past the end lie in the border
     * @param columns likewise
     * @param windows what the filter meets, one matrix for each channel
     * @param products element by element, one matrix for each channel
     * @param sum of all products and the bias
     */
    public record Step(
            int row,
            int column,
            List<Integer> rows,
            List<Integer> columns,
            List<Matrix> windows,
            List<Matrix> products,
            double sum) {}

    /** Elements added before and after rows and columns. */
    public Border border() {
        return window.around(sizes(input), sizes(filter));
    }

    private static List<Integer> sizes(List<Matrix> channels) {
        return List.of(channels.get(0).height(), channels.get(0).width());
    }

    /**
     * Rows and columns of the output.
     *
     * @throws voluta.tensor.ShapeException if the filter or the border does not fit
     */
    public List<Integer> outputSize() {
        Border b = border();
        padding().infer(List.of(TensorType.f32(tensor(input).shape())));
        Convolution op = new Convolution(window.stride(), window.dilation(), b.before(), b.after(), 1);
        Shape y = op.outputShape(tensor(input).shape(), tensor(filter).shape());
        return List.of(y.size(2), y.size(3));
    }

    private Padding padding() {
        return new Padding(window.mode(), window.value(), border().before(), border().after());
    }

    /** Every position of the filter, row by row, by the definition. */
    public List<Step> steps() {
        List<Integer> size = outputSize();
        if (size.get(0) > 2 * MOST || size.get(1) > 2 * MOST) {
            throw new ExplainException(
                    "the output is " + size.get(0) + "x" + size.get(1) + ", but steps are shown for at" + " most "
                            + 2 * MOST + "x" + 2 * MOST + "; pad less or use a larger stride");
        }
        List<Step> steps = new ArrayList<>();
        for (int r = 0; r < size.get(0); r++) {
            for (int c = 0; c < size.get(1); c++) steps.add(step(r, c));
        }
        return steps;
    }

    private Step step(int row, int column) {
        List<Integer> rows = met(0, row), columns = met(1, column);
        List<Matrix> windows = new ArrayList<>(), products = new ArrayList<>();
        double sum = bias;
        for (int ch = 0; ch < input.size(); ch++) {
            double[] taps = filter.get(ch).values(), seen = new double[taps.length], product = new double[taps.length];
            for (int i = 0; i < taps.length; i++) {
                int width = columns.size();
                seen[i] = element(input.get(ch), rows.get(i / width), columns.get(i % width));
                product[i] = seen[i] * taps[i];
                sum += product[i];
            }
            windows.add(Matrix.of(columns.size(), seen));
            products.add(Matrix.of(columns.size(), product));
        }
        return new Step(row, column, rows, columns, windows, products, sum);
    }

    private List<Integer> met(int dimension, int output) {
        int first = output * window.stride().get(dimension) - border().before().get(dimension);
        return IntStream.range(0, sizes(filter).get(dimension))
                .map(k -> first + k * window.dilation().get(dimension))
                .boxed()
                .toList();
    }

    /** An element of the input, or what the border has there. */
    private double element(Matrix m, int row, int column) {
        Padding p = padding();
        int r = p.origin(0, row + p.before().get(0), m.height());
        int c = p.origin(1, column + p.before().get(1), m.width());
        return r < 0 || c < 0 ? window.value() : m.at(r, c);
    }

    /** Whether a position lies in the border. */
    boolean outside(int row, int column) {
        return row < 0
                || column < 0
                || row >= input.get(0).height()
                || column >= input.get(0).width();
    }

    /** The output as a backend computes it. */
    public Matrix computed(Backend backend) {
        HostTensor y = new FixedConvolution(tensor(filter), bias, window).apply(backend, tensor(input));
        return Matrix.of(y.shape().size(3), y.toDoubles());
    }

    /** {@code [1, channels, height, width]}. */
    private static HostTensor tensor(List<Matrix> channels) {
        Matrix first = channels.get(0);
        HostTensor t = HostTensor.zeros(TensorType.f32(1, channels.size(), first.height(), first.width()));
        return t.fill(channels.stream()
                .map(Matrix::values)
                .flatMapToDouble(java.util.Arrays::stream)
                .toArray());
    }
}
