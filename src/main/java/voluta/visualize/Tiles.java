package voluta.visualize;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import voluta.explain.Theme;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

/**
 * Filters or maps of a layer, each a small picture, all on one scale.
 *
 * @param names the number of each filter or channel
 * @param levels pictures in entries of a colour map; empty for filters over three channels, which have colours of their own
 * @param colours the pictures of filters over red, green and blue: grey is 0, and each filter has its own scale
 * @param signed whether the colour map is the diverging one, with 0 in its middle
 * @param most the number that gets the last colour; what lies beyond is cut off
 * @param channels which input channels a deeper filter's picture shows, row by row; empty for all others
 */
public record Tiles(
        List<Integer> names,
        List<Levels> levels,
        List<BufferedImage> colours,
        boolean signed,
        double most,
        List<Integer> channels) {
    /** The most pictures of a layer. */
    static final int SHOWN = 32;

    /** How many input channels of a deeper filter are shown, and in how many columns. */
    private static final int CHANNELS = 16;

    private static final int COLUMNS = 4;

    /** The part of the numbers that is drawn without being cut off. */
    private static final double DRAWN = 0.998;

    public Tiles {
        names = List.copyOf(names);
        levels = List.copyOf(levels);
        colours = List.copyOf(colours);
        channels = List.copyOf(channels);
    }

    int count() {
        return names.size();
    }

    /** Picture {@code i} in the colours of a theme. */
    BufferedImage picture(int i, Theme theme) {
        if (!colours.isEmpty()) return colours.get(i);
        return levels.get(i).drawn(signed ? ColourMap.diverging(theme) : ColourMap.sequential());
    }

    /** The most active maps of a layer, in order of their channels; {@code maps} is {@code [1,C,H,W]}. */
    static Tiles maps(Layer layer, HostTensor maps) {
        List<Heat> all = new ArrayList<>();
        for (int c = 0; c < layer.channels(); c++) all.add(Heat.of(maps, c));
        List<Integer> chosen = largest(all.stream().map(Tiles::magnitude).toList(), SHOWN);
        List<Heat> shown = chosen.stream().map(all::get).toList();
        double most = magnitude(shown, DRAWN);
        boolean signed = !layer.rectified() && shown.stream().anyMatch(h -> h.least() < 0);
        return new Tiles(
                chosen,
                shown.stream()
                        .map(h -> signed ? Levels.signed(h, most) : Levels.sequential(h, most))
                        .toList(),
                List.of(),
                signed,
                most,
                List.of());
    }

    /** The largest filters of a convolution. */
    static Tiles filters(HostTensor w) {
        Shape s = w.shape();
        int filters = s.size(0), inputs = s.size(1), plane = s.size(2) * s.size(3);
        float[] weights = w.toFloats();
        double[] ofFilter = new double[filters], ofInput = new double[inputs];
        for (int i = 0; i < weights.length; i++) {
            ofFilter[i / (inputs * plane)] += Math.abs(weights[i]);
            ofInput[i / plane % inputs] += Math.abs(weights[i]);
        }
        List<Integer> chosen = largest(Arrays.stream(ofFilter).boxed().toList(), SHOWN);
        List<Integer> channels = largest(Arrays.stream(ofInput).boxed().toList(), inputs == 3 ? 3 : CHANNELS);
        List<List<Heat>> kernels = chosen.stream()
                .map(f -> channels.stream().map(c -> kernel(w, f, c)).toList())
                .toList();
        if (inputs == 3) {
            return new Tiles(
                    chosen, List.of(), kernels.stream().map(Tiles::colour).toList(), true, 0, List.of());
        }
        double most = magnitude(kernels.stream().flatMap(List::stream).toList(), DRAWN);
        int columns = Math.min(COLUMNS, (int) Math.ceil(Math.sqrt(channels.size())));
        List<Levels> tiles = kernels.stream()
                .map(k ->
                        Levels.grid(k.stream().map(h -> Levels.signed(h, most)).toList(), columns, 1))
                .toList();
        return new Tiles(chosen, tiles, List.of(), true, most, inputs == 1 ? List.of() : channels);
    }

    private static Heat kernel(HostTensor w, int filter, int channel) {
        Shape s = w.shape();
        int plane = s.size(2) * s.size(3), from = (filter * s.size(1) + channel) * plane;
        double[] v = new double[plane];
        for (int i = 0; i < plane; i++) v[i] = w.get(from + i);
        return new Heat(s.size(2), s.size(3), v);
    }

    private static BufferedImage colour(List<Heat> channels) {
        double most = magnitude(channels, 1);
        int h = channels.get(0).height(), w = channels.get(0).width();
        BufferedImage b = new BufferedImage(w, h, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < h * w; i++) {
            int rgb = 0;
            for (Heat c : channels) {
                double part = most == 0 ? 0 : c.values()[i] / most;
                rgb = rgb << 8 | (int) Math.round(127.5 + 127.5 * part);
            }
            b.setRGB(i % w, i / w, rgb);
        }
        return b;
    }

    /** The numbers of the {@code count} largest, ascending. */
    static List<Integer> largest(List<Double> sizes, int count) {
        return IntStream.range(0, sizes.size())
                .boxed()
                .sorted(Comparator.comparing(sizes::get, Comparator.reverseOrder()))
                .limit(count)
                .sorted()
                .toList();
    }

    /** The mean magnitude. */
    private static double magnitude(Heat h) {
        double sum = 0;
        for (double v : h.values()) sum += Math.abs(v);
        return sum / h.values().length;
    }

    /** The magnitude below which this part of all numbers lies; that of the largest if it were 0. */
    private static double magnitude(List<Heat> heats, double part) {
        double[] all = heats.stream()
                .flatMapToDouble(h -> Arrays.stream(h.values()))
                .map(Math::abs)
                .toArray();
        Heat flat = new Heat(1, all.length, all);
        double most = flat.quantile(part);
        return most > 0 ? most : flat.greatest();
    }

    /** What the colours mean. */
    String scale() {
        if (!colours.isEmpty()) return "each filter by itself: mid grey is 0, full colour its largest weight";
        return signed
                ? String.format(java.util.Locale.ROOT, "blue below 0, vermilion above, up to \u00b1%.3g", most)
                : String.format(java.util.Locale.ROOT, "dark 0, light %.3g or more", most);
    }

    Optional<String> channelText() {
        return channels.isEmpty()
                ? Optional.empty()
                : Optional.of("input channels "
                        + String.join(
                                ", ", channels.stream().map(String::valueOf).toList()));
    }
}
