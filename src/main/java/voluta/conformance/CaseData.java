package voluta.conformance;

import voluta.backend.Precision;
import voluta.tensor.DType;
import voluta.tensor.HostTensor;
import voluta.tensor.Philox;
import voluta.tensor.SamplePlace;
import voluta.tensor.TensorType;

/** Fills inputs: a pure function of the stream's name and the kind of filling. */
final class CaseData {
    private CaseData() {}

    static HostTensor fill(OpCase c, int input, Precision precision) {
        OpCase.Input in = c.inputs().get(input);
        HostTensor t = HostTensor.zeros(in.type());
        long n = in.type().elements();
        long classes =
                c.inputs().get(0).type().rank() > 1 ? c.inputs().get(0).type().dim(1) : 1;
        for (long i = 0; i < n; i++) t.set(i, value(in, classes, c.name() + "/" + input, i, n));
        if (in.fill() == OpCase.Fill.DISTINCT) shuffle(t, n, c.name());
        if (in.fill() == OpCase.Fill.PROBABILITIES) normaliseRows(t, in.type());
        if (in.fill() == OpCase.Fill.PLACES) places(t, c.inputs().get(0).type(), c.name());
        if (in.role() != OpCase.Role.STATE) round(t, precision);
        return t;
    }

    /** Uniform in [-1, 1), or small integers, for the gradients that come from above. */
    static HostTensor upstream(TensorType type, String stream, boolean integers, Precision precision) {
        HostTensor t = HostTensor.zeros(type);
        for (long i = 0; i < type.elements(); i++) t.set(i, integers ? integer(stream, i) : 2 * uniform(stream, i) - 1);
        round(t, precision);
        return t;
    }

    private static double value(OpCase.Input in, long classes, String stream, long i, long n) {
        double u = uniform(stream, i);
        return switch (in.fill()) {
            case UNIFORM -> 2 * u - 1;
            case POSITIVE -> u + 0.5;
            case AWAY_FROM_ZERO -> u < 0.5 ? -0.05 - 1.9 * u : 0.05 + 1.9 * (u - 0.5);
            case DOMINANT -> u < 0.5 ? -4 - 4 * u : 4 + 4 * (u - 0.5);
            case OFFSET -> 99 + 2 * u;
            case WIDE -> 12 * u - 6;
            case INTEGERS -> integer(stream, i);
            case DISTINCT -> (2.0 * i + 1) / n - 1;
            case LABELS -> i % 7 == 6 ? -1 : Math.floor(u * classes);
            case PROBABILITIES -> u + 0.01;
            case BYTES -> Math.floor(u * 256);
            case STEP -> 5;
            case ZERO, PLACES -> 0;
        };
    }

    private static double integer(String stream, long i) {
        return Math.floor(uniform(stream, i) * 7) - 3;
    }

    private static double uniform(String stream, long i) {
        int[] out = new int[4];
        Philox.block(Philox.key(17, stream), i / 4, 0, out);
        return Philox.uniform(out[(int) (i % 4)]);
    }

    private static void shuffle(HostTensor t, long n, String stream) {
        for (long i = n - 1; i > 0; i--) {
            long j = (long) (uniform(stream + "/shuffle", i) * (i + 1));
            double v = t.get(i);
            t.set(i, t.get(j));
            t.set(j, v);
        }
    }

    private static void normaliseRows(HostTensor t, TensorType type) {
        long width = type.dim(-1);
        for (long r = 0; r < type.elements() / width; r++) {
            double sum = 0;
            for (long i = 0; i < width; i++) sum += t.get(r * width + i);
            for (long i = 0; i < width; i++) t.set(r * width + i, t.get(r * width + i) / sum);
        }
    }

    /** Samples of {@code all} in any order; images also mirrored, moved and erased, in one order or another. */
    private static void places(HostTensor t, TensorType all, String stream) {
        SamplePlace place = new SamplePlace();
        boolean images = all.dtype() == DType.U8;
        int height = images ? all.shape().size(1) : 1,
                width = images ? all.shape().size(2) : 1;
        for (int row = 0; row < t.type().dim(0); row++) {
            int first = 10 * row;
            place.begin(
                    row % 5 == 4
                            ? SamplePlace.BLANK
                            : below(stream, first, all.shape().size(0)));
            if (images) {
                boolean erased = below(stream, first + 1, 2) == 0, early = below(stream, first + 2, 2) == 0;
                if (erased && early) erase(place, stream, first, height, width);
                if (below(stream, first + 3, 2) == 0) place.mirror(width);
                int down = below(stream, first + 4, height) - height / 2,
                        right = below(stream, first + 5, width) - width / 2;
                if (row % 3 > 0) place.move(down, right, row % 3 == 1);
                if (below(stream, first + 6, 3) == 0) place.turnUpsideDown(height);
                if (erased && !early) erase(place, stream, first, height, width);
            }
            place.write(t.bytes(), row * SamplePlace.BYTES);
        }
    }

    private static void erase(SamplePlace place, String stream, int first, int height, int width) {
        int top = below(stream, first + 7, height), left = below(stream, first + 8, width);
        place.erase(top, left, 1 + below(stream, first + 9, height - top), (width - left + 1) / 2);
    }

    private static int below(String stream, long i, int bound) {
        return (int) (uniform(stream, i) * bound);
    }

    /** What narrow storage would do to the inputs is not the op's error: round them first. */
    private static void round(HostTensor t, Precision precision) {
        if (t.type().dtype() != DType.F32) return;
        for (long i = 0; i < t.type().elements(); i++) t.set(i, precision.round((float) t.get(i)));
    }
}
