package voluta.conformance.cases;

import java.util.List;
import voluta.conformance.InvalidCase;
import voluta.conformance.OpCase;
import voluta.conformance.OpCase.Fill;
import voluta.conformance.OpCases;
import voluta.op.ImageToTensor;
import voluta.tensor.TensorType;

/** Cases of {@link ImageToTensor}. */
public final class ImageToTensorCases implements OpCases {
    @Override
    public String op() {
        return "ImageToTensor";
    }

    @Override
    public List<OpCase> valid() {
        return List.of(
                sample("colours, odd sizes", List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225), 3, 7, 9),
                sample("grey", List.of(0.1307), List.of(0.3081), 5, 28, 28),
                sample("colours without change", List.of(0.0, 0.0, 0.0), List.of(1.0, 1.0, 1.0), 1, 5, 3),
                sample("four channels", List.of(0.1, 0.2, 0.3, 0.4), List.of(0.5, 0.6, 0.7, 0.8), 2, 4, 5),
                sample("enough for several threads", List.of(0.5, 0.5, 0.5), List.of(0.5, 0.5, 0.5), 5, 61, 67));
    }

    private static OpCase sample(String name, List<Double> mean, List<Double> std, int n, int h, int w) {
        return OpCase.of(name, new ImageToTensor(mean, std), TensorType.u8(n, h, w, mean.size()))
                .fill(0, Fill.BYTES)
                .forwardOnly();
    }

    @Override
    public List<InvalidCase> invalid() {
        return List.of(
                new InvalidCase(
                        "channels without a mean",
                        () -> new ImageToTensor(List.of(0.5), List.of(0.5)),
                        List.of(TensorType.u8(2, 4, 4, 3)),
                        "images with 3 channels need as many means"),
                new InvalidCase(
                        "a standard deviation of 0",
                        () -> new ImageToTensor(List.of(0.5), List.of(0.0)),
                        List.of(TensorType.u8(2, 4, 4, 1)),
                        "positive standard deviations"));
    }
}
