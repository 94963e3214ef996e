package voluta.visualize;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import voluta.backend.BackendOptions;
import voluta.data.Dataset;
import voluta.data.Datasets;
import voluta.data.Image;
import voluta.data.Split;
import voluta.tensor.HostTensor;

/**
 * How often Grad-CAM and occlusion, which have nothing in common but the network, agree on where a picture speaks for its class.
 *
 * <p>The places are those of the last maps; of occlusion, each has the mean over its pixels. The two agree on a picture if
 * the rank correlation (Spearman's) over the places is above {@value #BAR}, which 49 places that have nothing to do with each other reach
 * in one of 20 cases. Chance is the same with Grad-CAM of another
 * picture that was recognised: what both have in common because objects are in the middle counts as chance too.
 *
 * @param right pictures that the network recognised
 * @param agreed the part of them on which the two agree
 * @param chance the part on which they would by chance
 * @param mean the mean correlation
 */
record Agreement(int images, int right, double agreed, double chance, double mean) {
    static final double BAR = 0.237;

    /** Prints the agreement for a checkpoint on carried test pictures: CHECKPOINT [IMAGES]. */
    public static void main(String[] arguments) {
        int images = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 500;
        try (Subject s = Subject.open(Path.of(arguments[0]), "auto", BackendOptions.DEFAULT)) {
            Agreement a = of(s, Datasets.carried(Split.TEST), images);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %d of %d right; agreed on %.1f %%, by chance %.1f %%; mean correlation %.2f%n",
                    s.name(),
                    a.right,
                    a.images,
                    100 * a.agreed,
                    100 * a.chance,
                    a.mean);
        }
    }

    static Agreement of(Subject subject, Dataset data, int images) {
        Layer layer = subject.layers().last().orElseThrow();
        List<double[]> cams = new ArrayList<>(), covered = new ArrayList<>();
        int h = subject.imageShape().height(), w = subject.imageShape().width();
        try (PictureGraph graph = new PictureGraph(subject, List.of(), List.of(layer));
                Occlusion occlusion = new Occlusion(subject, 32)) {
            for (int i = 0; i < images; i++) {
                HostTensor x = subject.input(Image.of(data, i).fit(subject.imageShape()));
                int label = graph.predict(x).best().label();
                if (label != data.label(i)) continue;
                graph.explain(label);
                Heat cam = graph.gradCam(layer);
                cams.add(ranks(cam.values()));
                covered.add(ranks(
                        places(occlusion.of(x, label, Occlusion.Grid.of(h, w)).map(), cam)));
            }
        }
        int n = cams.size();
        // Half of all pictures further on: neighbours in a data set may be of one kind.
        double[] own = IntStream.range(0, n)
                .mapToDouble(i -> correlation(cams.get(i), covered.get(i)))
                .toArray();
        double[] other = IntStream.range(0, n)
                .mapToDouble(i -> correlation(cams.get((i + n / 2) % n), covered.get(i)))
                .toArray();
        return new Agreement(
                images,
                n,
                above(own),
                above(other),
                Arrays.stream(own).average().orElse(0));
    }

    private static double above(double[] correlations) {
        return Arrays.stream(correlations).filter(c -> c > BAR).count() / (double) correlations.length;
    }

    /** The mean of a map over the pixels of each place of a coarser one. */
    private static double[] places(Heat fine, Heat coarse) {
        double[] sum = new double[coarse.values().length], count = new double[sum.length];
        for (int y = 0; y < fine.height(); y++) {
            for (int x = 0; x < fine.width(); x++) {
                int place = y * coarse.height() / fine.height() * coarse.width() + x * coarse.width() / fine.width();
                sum[place] += fine.at(y, x);
                count[place]++;
            }
        }
        for (int i = 0; i < sum.length; i++) sum[i] /= count[i];
        return sum;
    }

    /** Equal values share the mean of their ranks. */
    static double[] ranks(double[] values) {
        Integer[] order = IntStream.range(0, values.length)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .toArray(Integer[]::new);
        double[] ranks = new double[values.length];
        for (int i = 0, end; i < order.length; i = end) {
            end = i;
            while (end < order.length && values[order[end]] == values[order[i]]) end++;
            for (int k = i; k < end; k++) ranks[order[k]] = (i + end - 1) / 2.0;
        }
        return ranks;
    }

    /** 0 where one is the same everywhere. */
    static double correlation(double[] a, double[] b) {
        double ma = Arrays.stream(a).average().orElse(0),
                mb = Arrays.stream(b).average().orElse(0);
        double both = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.length; i++) {
            both += (a[i] - ma) * (b[i] - mb);
            aa += (a[i] - ma) * (a[i] - ma);
            bb += (b[i] - mb) * (b[i] - mb);
        }
        return aa * bb == 0 ? 0 : both / Math.sqrt(aa * bb);
    }
}
