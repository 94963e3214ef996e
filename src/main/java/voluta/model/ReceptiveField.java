package voluta.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import java.util.function.UnaryOperator;

/**
 * Which part of the input the units of a value see, per dimension of the input.
 *
 * <p>Unit u of a value sees the input from {@code low + u * jump} to {@code high + u * jump}; both may lie in the padding.
 * Where a value joins branches, it is the smallest such range that holds all of them. The statistics of layer, group and
 * instance normalization, which look at a whole sample, are not counted. Flattening leaves no grid: of its units it is what
 * all together see.
 */
public record ReceptiveField(List<Axis> axes) {
    /**
     * One dimension of the input.
     *
     * @param low the first position that unit 0 sees
     * @param high the last position that unit 0 sees
     * @param jump how far apart neighbouring units look; 0 where every unit sees all
     * @param dimension of the value, along which the units lie; -1 where every unit sees all
     */
    public record Axis(double low, double high, double jump, int dimension) {
        /** How many positions a unit sees. */
        public double size() {
            return high - low + 1;
        }

        /** Units become windows over units: window o covers units {@code o*stride - pad} to {@code + reach - 1}. */
        Axis window(int reach, double stride, int pad) {
            return new Axis(low - pad * jump, high + (reach - 1 - pad) * jump, stride * jump, dimension);
        }

        /** Unit o is the former unit {@code o + by}. */
        Axis shifted(int by) {
            return new Axis(low + by * jump, high + by * jump, jump, dimension);
        }

        /** One unit that sees what {@code units} units together see. */
        Axis whole(long units) {
            return new Axis(low, high + (units - 1) * jump, 0, -1);
        }

        Axis along(int d) {
            return new Axis(low, high, jump, d);
        }

        private Axis with(Axis o) {
            return new Axis(
                    Math.min(low, o.low),
                    Math.max(high, o.high),
                    Math.max(jump, o.jump),
                    Math.max(dimension, o.dimension));
        }
    }

    public ReceptiveField {
        axes = List.copyOf(axes);
    }

    /** Each unit sees itself. */
    static ReceptiveField identity(int firstDimension, int rank) {
        List<Axis> axes = new ArrayList<>();
        for (int d = firstDimension; d < rank; d++) axes.add(new Axis(0, 0, 1, d));
        return new ReceptiveField(axes);
    }

    ReceptiveField map(UnaryOperator<Axis> change) {
        return new ReceptiveField(axes.stream().map(change).toList());
    }

    /** The smallest field that holds both. */
    ReceptiveField union(ReceptiveField o) {
        List<Axis> all = new ArrayList<>();
        for (int i = 0; i < Math.min(axes.size(), o.axes.size()); i++)
            all.add(axes.get(i).with(o.axes.get(i)));
        return new ReceptiveField(all);
    }

    /** Sizes, for instance {@code 7x7}; a dash where there is no spatial input. */
    public String sizes() {
        return join("x", Axis::size);
    }

    /** Jumps, for instance {@code 2x2}; empty where every unit sees the same. */
    public Optional<String> jumps() {
        boolean same = axes.isEmpty() || axes.stream().allMatch(a -> a.jump() == 0);
        return same ? Optional.empty() : Optional.of(join("x", Axis::jump));
    }

    /** The first position that unit 0 sees, for instance {@code -3,-3}. */
    public String starts() {
        return join(",", Axis::low);
    }

    /** Where the centre of unit 0's field lies, counted from the centre of the first position of the input, for instance {@code 0.5,0.5}. */
    public String offsets() {
        return join(",", a -> (a.low() + a.high()) / 2);
    }

    private String join(String between, ToDoubleFunction<Axis> what) {
        if (axes.isEmpty()) return "-";
        return String.join(
                between, axes.stream().map(a -> number(what.applyAsDouble(a))).toList());
    }

    private static String number(double d) {
        return d == Math.rint(d) ? Long.toString((long) d) : String.format(java.util.Locale.ROOT, "%.2f", d);
    }
}
