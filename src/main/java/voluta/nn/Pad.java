package voluta.nn;

import voluta.graph.Value;
import voluta.op.Padding;
import voluta.tensor.ShapeException;

/** Adds a border around the spatial dimensions. */
public record Pad(Border border, Padding.Mode mode, double value) implements Layer {
    public Pad {
        if (border.same()) throw new ShapeException("a pad layer needs its padding as numbers, got same");
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        int dims = Spatial.dimensions("padding", x);
        return build.add(
                name,
                new Padding(
                        mode,
                        value,
                        Spatial.each("padding", border.before(), dims),
                        Spatial.each("padding", border.after(), dims)),
                x);
    }
}
