package voluta.op;

import java.util.List;
import voluta.graph.Op;
import voluta.tensor.DType;
import voluta.tensor.Shape;
import voluta.tensor.ShapeException;
import voluta.tensor.TensorType;

/**
 * Images as they come from the host into what the first layer reads. Input bytes v U8[N,H,W,C]; output F32[N,C,H,W] =
 * (v / 255 - mean) / std by channel. Images travel as bytes because that is a quarter of the traffic.
 *
 * @param mean per channel
 * @param std per channel, positive
 */
public record ImageToTensor(List<Double> mean, List<Double> std) implements Op {
    public ImageToTensor {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        if (mean.size() != std.size() || !std.stream().allMatch(s -> s > 0)) {
            throw new ShapeException(
                    "normalising images needs as many means as positive standard deviations, got means " + mean
                            + " and standard deviations " + std);
        }
    }

    /** What byte value {@code v} of channel {@code c} becomes. */
    public double value(int v, int c) {
        return (v / 255.0 - mean.get(c)) / std.get(c);
    }

    @Override
    public List<TensorType> infer(List<TensorType> inputs) {
        TensorType x = inputs.get(0);
        if (x.dtype() != DType.U8 || x.rank() != 4) {
            throw new ShapeException("images must be u8[N,H,W,C], got " + x);
        }
        if (x.dim(3) != mean.size()) {
            throw new ShapeException("images with " + x.dim(3) + " channels need as many means and standard deviations,"
                    + " got " + mean.size());
        }
        return List.of(new TensorType(DType.F32, Shape.of(x.dim(0), x.dim(3), x.dim(1), x.dim(2))));
    }
}
