package voluta.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import voluta.graph.Value;
import voluta.op.Convolution;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;

/**
 * A convolution of each channel with one hand-made filter, which is not trained; zero-padded so that the size is kept.
 *
 * @param matrix rows of the filter, all of the same odd length
 */
public record Filter(List<List<Double>> matrix) implements Layer {
    public Filter {
        List<List<Double>> rows = new ArrayList<>();
        for (List<Double> row : matrix) rows.add(List.copyOf(row));
        matrix = List.copyOf(rows);
        int width = matrix.isEmpty() ? 0 : matrix.get(0).size();
        if (width % 2 == 0 || matrix.size() % 2 == 0 || matrix.stream().anyMatch(r -> r.size() != width)) {
            throw new ShapeException("a filter is a matrix with odd numbers of rows and columns, got " + matrix);
        }
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        if (Spatial.dimensions("filter", x) != 2) {
            throw new ShapeException(
                    "a filter expects images [N,C,H,W], got " + x.type().shape());
        }
        int channels = Math.toIntExact(x.type().dim(1)),
                h = matrix.size(),
                w = matrix.get(0).size();
        double[] one = matrix.stream()
                .flatMap(List::stream)
                .mapToDouble(Double::doubleValue)
                .toArray();
        HostTensor weights = HostTensor.zeros(voluta.tensor.TensorType.f32(Shape.of(channels, 1, h, w)));
        for (int i = 0; i < channels * one.length; i++) weights.set(i, one[i % one.length]);
        List<Integer> ones = Collections.nCopies(2, 1), border = List.of(h / 2, w / 2);
        return build.add(
                name,
                new Convolution(ones, ones, border, border, channels),
                x,
                build.builder().constant(name + ".weight", weights));
    }
}
