package voluta.nn;

import java.util.ArrayList;
import java.util.List;
import voluta.graph.Value;
import voluta.nn.Sequential.Item;
import voluta.op.Activation;
import voluta.op.Arithmetic;

/**
 * The block of MobileNetV2 (Sandler and others, 2018): widen by a 1x1 convolution, filter each channel, narrow without an
 * activation; added to its input where shape allows. Names are torchvision's.
 *
 * @param width channels of the output
 * @param expansion how many times the input's channels are in between; 1 leaves the first convolution out
 */
public record InvertedResidual(
        int width, int stride, int expansion, int kernel, Activation activation, BatchNorm norm, Initialization init)
        implements Layer {
    @Override
    public Value apply(Build build, String name, Value x) {
        int channels = Math.toIntExact(x.type().dim(1)), hidden = channels * expansion;
        List<Item> body = new ArrayList<>();
        if (expansion != 1) body.add(unit(body.size(), Conv.of(hidden, 1, 1, 0, false, init)));
        body.add(unit(
                body.size(),
                Conv.of(hidden, kernel, stride, kernel / 2, false, init).withGroups(hidden)));
        body.add(new Item(Integer.toString(body.size()), Conv.of(width, 1, 1, 0, false, init)));
        body.add(new Item(Integer.toString(body.size()), norm));
        return build.scope(name, () -> {
            Value y = new Sequential(body).apply(build, "conv", x);
            if (!y.type().equals(x.type()) || stride != 1) return y;
            return build.add("add", new Arithmetic(Arithmetic.Kind.ADD), x, y);
        });
    }

    private Item unit(int index, Conv conv) {
        return new Item(
                Integer.toString(index),
                new Sequential(
                        List.of(new Item("0", conv), new Item("1", norm), new Item("2", new Elementwise(activation)))));
    }
}
