package voluta.nn;

import java.util.List;
import voluta.graph.Value;
import voluta.op.Activation;
import voluta.op.Arithmetic;

/**
 * The block of residual networks: He, Zhang, Ren, Sun, "Deep Residual Learning for Image Recognition" (2015). Where the
 * shape changes, the shortcut is a 1x1 convolution and a batch normalization. Names are torchvision's.
 *
 * @param width filters of the inner convolutions
 * @param expansion 1 for the basic block of two 3x3 convolutions; otherwise the bottleneck 1x1, 3x3, 1x1 whose output has
 *     {@code width * expansion} channels; the stride is on the 3x3 convolution
 */
public record ResidualBlock(
        boolean bottleneck,
        int width,
        int stride,
        int expansion,
        Activation activation,
        BatchNorm norm,
        Initialization init)
        implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        return build.scope(name, () -> bottleneck ? bottleneck(build, x) : basic(build, x));
    }

    private Value basic(Build build, Value x) {
        Value y = conv(build, 1, x, width, 3, stride);
        y = build.add("relu1", activation, y);
        y = conv(build, 2, y, width, 3, 1);
        return merge(build, y, x, "relu2");
    }

    private Value bottleneck(Build build, Value x) {
        Value y = conv(build, 1, x, width, 1, 1);
        y = build.add("relu1", activation, y);
        y = conv(build, 2, y, width, 3, stride);
        y = build.add("relu2", activation, y);
        y = conv(build, 3, y, width * expansion, 1, 1);
        return merge(build, y, x, "relu3");
    }

    private Value conv(Build build, int i, Value x, int filters, int kernel, int step) {
        Value y = Conv.of(filters, kernel, step, kernel / 2, false, init).apply(build, "conv" + i, x);
        return norm.apply(build, "bn" + i, y);
    }

    private Value merge(Build build, Value y, Value x, String last) {
        Value skip = x;
        if (!y.type().equals(x.type())) {
            int channels = Math.toIntExact(y.type().dim(1));
            skip = new Sequential(List.of(
                            new Sequential.Item("0", Conv.of(channels, 1, stride, 0, false, init)),
                            new Sequential.Item("1", norm)))
                    .apply(build, "downsample", x);
        }
        return build.add(last, activation, build.add("add", new Arithmetic(Arithmetic.Kind.ADD), y, skip));
    }
}
