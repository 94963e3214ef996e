package voluta.backend.reference;

import voluta.op.GatherSamples;
import voluta.tensor.SamplePlace;

/** Samples out of all of them, pixel by pixel as their places say. */
final class GatherSamplesReference {
    private GatherSamplesReference() {}

    static void register(ReferenceTable table) {
        table.add(
                GatherSamples.class,
                (op, node) -> new ReferenceKernel((in, out, context) -> run(op, in[0], in[1], out[0])));
    }

    private static void run(GatherSamples op, View all, View places, View y) {
        int[] place = new int[SamplePlace.WORDS];
        for (int n = 0; n < y.dim(0); n++) {
            for (int i = 0; i < place.length; i++) place[i] = (int) places.get((long) n * place.length + i);
            int sample = place[SamplePlace.SAMPLE], elements = y.size() / y.dim(0), to = n * elements;
            boolean blank = sample < 0 || sample >= all.dim(0);
            if (blank) for (int i = 0; i < elements; i++) y.set(to + i, 0);
            else if (op.fill().isEmpty())
                for (int i = 0; i < elements; i++) y.set(to + i, all.get(sample * elements + i));
            else image(op, all, place, y, sample * elements, to);
        }
    }

    private static void image(GatherSamples op, View all, int[] place, View y, int from, int to) {
        int height = y.dim(1), width = y.dim(2), channels = y.dim(3);
        for (int p = 0; p < height * width; p++) {
            int source = SamplePlace.source(place, p / width, p % width, height, width);
            for (int c = 0; c < channels; c++) {
                double v = source >= 0
                        ? all.get(from + source * channels + c)
                        : source == SamplePlace.FILL ? op.fill().get(c) : 0;
                y.set(to + p * channels + c, v);
            }
        }
    }
}
