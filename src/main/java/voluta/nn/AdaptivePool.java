package voluta.nn;

import java.util.List;
import voluta.graph.Value;
import voluta.op.AdaptivePooling;
import voluta.op.Pooling;

/**
 * Maximum or average over as many windows as are asked for. Input {@code [N,C,spatial...]}, output {@code [N,C,output...]};
 * an output of 1 is global pooling.
 */
public record AdaptivePool(Pooling.Kind kind, List<Integer> output) implements Layer {
    public AdaptivePool {
        output = List.copyOf(output);
    }

    /** Each channel to one number. */
    public static AdaptivePool global(Pooling.Kind kind) {
        return new AdaptivePool(kind, List.of(1));
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        int dims = Spatial.dimensions("adaptive pooling", x);
        return build.add(name, new AdaptivePooling(kind, Spatial.each("output", output, dims)), x);
    }
}
