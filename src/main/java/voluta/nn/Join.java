package voluta.nn;

import java.util.ArrayList;
import java.util.List;
import voluta.graph.Value;
import voluta.op.Arithmetic;
import voluta.op.Concatenation;

/**
 * Joins the current value with the outputs of earlier layers.
 *
 * @param with names of earlier layers of this list or of one around it
 * @param axis along which {@code CONCATENATE} joins
 */
public record Join(How how, List<String> with, int axis) implements Layer {
    /** What is done with them. */
    public enum How {
        ADD,
        MULTIPLY,
        CONCATENATE
    }

    public Join {
        with = List.copyOf(with);
    }

    @Override
    public Value apply(Build build, String name, Value x) {
        List<Value> all = new ArrayList<>(List.of(x));
        for (String other : with) all.add(build.named(other));
        if (how == How.CONCATENATE) {
            return build.builder().add(name, new Concatenation(axis), all).output();
        }
        Arithmetic op = new Arithmetic(how == How.ADD ? Arithmetic.Kind.ADD : Arithmetic.Kind.MULTIPLY);
        for (Value other : all.subList(1, all.size())) x = build.add(name, op, x, other);
        return x;
    }
}
