package voluta.visualize;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import voluta.data.Dataset;
import voluta.data.Image;
import voluta.tensor.HostTensor;

/**
 * How often Grad-CAM and occlusion, which have nothing in common but the network, agree on where the object is.
 *
 * <p>Each map, at the size of the picture, points at its greatest value, and marks the pixels with at least {@value #MARKED}
 * of that: the level from which class activation maps are taken to show the object (Zhou and others, 2016). The two agree if
 * each points into what the other marks: the pointing game (Zhang and others, 2016) with the other map in the place of the truth,
 * both ways.
 *
 * <p>Chance is the same with Grad-CAM of another picture that was recognised, so what both have in common because objects are
 * in the middle counts as chance. On carried pictures, whose background is black, the truth is known as well: all that is not
 * black is the object.
 *
 * @param images pictures looked at
 * @param right pictures that the network recognised; the following are parts of these
 * @param agreed the part on which the two agree
 * @param chance the part on which they would by chance
 * @param camHits the part in which Grad-CAM points at the object
 * @param occlusionHits the part in which occlusion does
 */
record Agreement(int images, int right, double agreed, double chance, double camHits, double occlusionHits) {
    static final double MARKED = 0.2;

    private static final int BATCH = 32;

    /**
     * Of pictures {@code from} to {@code to}, without the latter.
     *
     * @param grid the squares of the occlusion
     */
    static Agreement of(Subject subject, Dataset data, Occlusion.Grid grid, int from, int to) {
        Layer layer = subject.layers().last().orElseThrow();
        List<Marking> cams = new ArrayList<>(), covered = new ArrayList<>();
        List<Image> pictures = new ArrayList<>();
        int h = subject.imageShape().height(), w = subject.imageShape().width();
        try (PictureGraph graph = new PictureGraph(subject, List.of(), List.of(layer));
                Occlusion occlusion = new Occlusion(subject, BATCH)) {
            for (int i = from; i < to; i++) {
                Image picture = Image.of(data, i).fit(subject.imageShape());
                HostTensor x = subject.input(picture);
                int label = graph.predict(x).best().label();
                if (label != data.label(i)) continue;
                graph.explain(label);
                cams.add(Marking.of(graph.gradCam(layer), h, w));
                covered.add(Marking.of(occlusion.of(x, label, grid).map(), h, w));
                pictures.add(picture);
            }
        }
        int n = pictures.size();
        return new Agreement(
                to - from,
                n,
                part(n, i -> cams.get(i).agrees(covered.get(i))),
                // Half of all pictures further on: neighbours in a data set may be of one kind.
                part(n, i -> cams.get((i + n / 2) % n).agrees(covered.get(i))),
                part(n, i -> isObject(pictures.get(i), cams.get(i).point())),
                part(n, i -> isObject(pictures.get(i), covered.get(i).point())));
    }

    private static double part(int n, IntPredicate which) {
        return IntStream.range(0, n).filter(which).count() / (double) n;
    }

    /** Whether a pixel is not black. */
    private static boolean isObject(Image picture, int pixel) {
        int channels = picture.shape().channels();
        return IntStream.range(0, channels).anyMatch(c -> picture.pixels()[pixel * channels + c] != 0);
    }

    /**
     * What a map says of where the object is. A map without anything above 0 marks nothing, so nothing agrees with it.
     *
     * @param point the pixel of the greatest value
     * @param marked the pixels that come near it
     */
    record Marking(int point, boolean[] marked) {
        static Marking of(Heat map, int height, int width) {
            Heat fine = enlarged(map, height, width);
            double most = fine.greatest();
            boolean[] marked = new boolean[fine.values().length];
            for (int i = 0; i < marked.length; i++) marked[i] = most > 0 && fine.values()[i] >= MARKED * most;
            return new Marking(fine.peak(), marked);
        }

        boolean agrees(Marking other) {
            return other.marked[point] && marked[other.point];
        }
    }

    /** A map at the size of the picture, bilinear, the middles of its places on the middles of the areas they stand for. */
    static Heat enlarged(Heat map, int height, int width) {
        if (map.height() == height && map.width() == width) return map;
        double[] fine = new double[height * width];
        for (int y = 0; y < height; y++) {
            double fromTop = place(y, height, map.height());
            int top = (int) fromTop, bottom = Math.min(top + 1, map.height() - 1);
            for (int x = 0; x < width; x++) {
                double fromLeft = place(x, width, map.width());
                int left = (int) fromLeft, right = Math.min(left + 1, map.width() - 1);
                double above = mix(map.at(top, left), map.at(top, right), fromLeft - left);
                double below = mix(map.at(bottom, left), map.at(bottom, right), fromLeft - left);
                fine[y * width + x] = mix(above, below, fromTop - top);
            }
        }
        return new Heat(height, width, fine);
    }

    private static double place(int pixel, int pixels, int places) {
        return Math.min(places - 1, Math.max(0, (pixel + 0.5) * places / pixels - 0.5));
    }

    private static double mix(double a, double b, double share) {
        return a + share * (b - a);
    }
}
