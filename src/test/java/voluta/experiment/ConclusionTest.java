package voluta.experiment;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import voluta.explain.Theme;
import voluta.tensor.HostTensor;
import voluta.tensor.Shape;

/** Made-up tables, and the sentences that they must give: also those that the lecture would not expect. */
class ConclusionTest {
    private static final List<Double> RATES = List.of(0.1, 1.0, 10.0);

    /** A row for each rate. */
    private static List<NormalizationExperiment.Row> norm(String norm, double... accuracy) {
        List<NormalizationExperiment.Row> rows = new ArrayList<>();
        for (int i = 0; i < accuracy.length; i++)
            rows.add(new NormalizationExperiment.Row(norm, RATES.get(i), 1, 100, accuracy[i] == 0, accuracy[i], 1));
        return rows;
    }

    private static List<String> normalization(List<List<NormalizationExperiment.Row>> rows) {
        return NormalizationExperiment.conclusion(
                rows.stream().flatMap(List::stream).toList());
    }

    private static void last(String expected, List<String> sentences) {
        assertEquals(expected, sentences.get(sentences.size() - 1));
    }

    @Test
    void normalizationThatAllowsHigherRates() {
        List<String> s = normalization(
                List.of(norm("none", 0.7, 0.1, 0), norm("batch", 0.7, 0.75, 0.3), norm("layer", 0.72, 0.7, 0.74)));
        assertEquals(
                List.of(
                        "A rate works where the mean accuracy is at least 67.5 %: 90 % of the best of all, 75.0 %.",
                        "Without normalization, rates up to 0.1 worked; its best was 70.0 % at 0.1.",
                        "Batch norm allowed a rate 10 times higher than none: 1; its best was 75.0 % at 1.",
                        "Layer norm allowed a rate 100 times higher than none: 10, the largest that was tried; its best was"
                                + " 74.0 % at 10.",
                        "This agrees with the lecture's statement that normalization allows higher learning rates."),
                s);
    }

    @Test
    void normalizationThatDoesNot() {
        List<String> s = normalization(
                List.of(norm("none", 0.8, 0.78, 0), norm("batch", 0.8, 0.75, 0.3), norm("layer", 0.79, 0.3, 0.1)));
        assertTrue(s.get(2).startsWith("Batch norm allowed no higher rate than none;"), s.get(2));
        assertTrue(s.get(3).startsWith("Layer norm allowed only a lower rate than none: 0.1;"), s.get(3));
        last(
                "This does not agree with the lecture's statement that normalization allows higher learning rates: here none"
                        + " of them did.",
                s);
        last(
                "This agrees with the lecture's statement that normalization allows higher learning rates for group only.",
                normalization(List.of(norm("none", 0.8, 0.1), norm("batch", 0.8, 0.1), norm("group", 0.8, 0.8))));
    }

    @Test
    void normalizationWhereNothingWorks() {
        List<String> s = normalization(List.of(norm("none", 0.2, 0.1, 0), norm("batch", 0.8, 0.8, 0.3)));
        assertEquals("Without normalization no rate worked; its best was 20.0 % at 0.1.", s.get(1));
        assertTrue(s.get(2).startsWith("Batch norm worked up to 1;"), s.get(2));
        List<String> nothing = normalization(List.of(norm("none", 0.2, 0.1, 0), norm("batch", 0.3, 0.1, 0.3)));
        assertEquals(1, nothing.size());
        assertTrue(nothing.get(0).startsWith("This says nothing: "), nothing.get(0));
        assertTrue(nothing.get(0).contains("the best had 30.0 % right"), nothing.get(0));
    }

    /** Seeds are averaged, and one that diverges is enough to say so. */
    @Test
    void seedsAreAveraged() {
        List<NormalizationExperiment.Row> rows = new ArrayList<>(norm("none", 0.6, 0.9));
        rows.add(new NormalizationExperiment.Row("none", 1.0, 2, 3, true, 0.3, 1));
        assertEquals(0.6, NormalizationExperiment.means(rows, "none").get(1.0), 1e-12);
        assertTrue(NormalizationExperiment.diverged(rows, "none", 1.0));
        assertFalse(NormalizationExperiment.diverged(rows, "none", 0.1));
    }

    @Test
    void momentsOfLayers() {
        LayerStatistics statistics = new LayerStatistics();
        statistics.add("none", "layer 1", 0, HostTensor.f32(Shape.of(2), 0, 100));
        statistics.add("none", "layer 1", 9, HostTensor.f32(Shape.of(4), 1, 1, 3, 3));
        statistics.add("none", "layer 2", 9, HostTensor.f32(Shape.of(2), -2, 6));
        statistics.add("batch", "layer 1", 9, HostTensor.f32(Shape.of(2), -1, 1));
        assertEquals(
                List.of(
                        "At rate 0.3, with no normalization, the standard deviations of what reached the activations lay"
                                + " between 1 and 4 at the end; with batch norm between 1 and 1."),
                statistics.conclusion(0.3));
        assertEquals(
                List.of("none", "layer 1", 9L, 2.0, 1.0),
                statistics.moments().rows().get(1));
        double inside = statistics.rows("none", "layer 2").get(0).shares()[20];
        assertEquals(0.5, inside, "the bin that begins at -2");
        double sum = 0;
        for (double share : statistics.rows("none", "layer 1").get(0).shares()) sum += share;
        assertEquals(0.5, sum, "100 lies outside");
    }

    private static ClippingExperiment.Row clip(String mode, boolean diverged, double accuracy) {
        return new ClippingExperiment.Row(
                mode, mode.equals("none") ? 0 : 2, 1, diverged ? 7 : 100, diverged, 50, 0.25, accuracy);
    }

    @Test
    void clippingThatSaves() {
        assertEquals(
                List.of(
                        "Without clipping 1 of 1 trainings exploded: loss or gradient was no number in step 7; the largest"
                                + " gradient norm before was 50.",
                        "Clipping by value at 2 kept it finite: 80.0 % right; 25 % of the steps were clipped, the largest"
                                + " norm before that was 50.",
                        "Clipping by norm at 2 kept it finite: 75.0 % right; 25 % of the steps were clipped, the largest"
                                + " norm before that was 50.",
                        "This agrees with the lecture: clipping saved the training, value, norm alike."),
                ClippingExperiment.conclusion(
                        List.of(clip("none", true, 0), clip("value", false, 0.8), clip("norm", false, 0.75))));
    }

    @Test
    void clippingThatDoesNot() {
        last(
                "This agrees with the lecture in part: norm saved the training, value did not.",
                ClippingExperiment.conclusion(
                        List.of(clip("none", true, 0), clip("value", true, 0.1), clip("norm", false, 0.75))));
        List<String> lost = ClippingExperiment.conclusion(
                List.of(clip("none", true, 0), clip("value", true, 0.1), clip("norm", false, 0.1)));
        assertEquals("Clipping by value at 2: 1 of 1 trainings exploded all the same.", lost.get(1));
        assertTrue(lost.get(2).startsWith("Clipping by norm at 2 kept it finite, but it learnt little: 10.0 %"));
        last("This does not agree with the lecture: no clipping saved the training.", lost);
        last(
                "This says nothing about clipping: without it the training did not explode either.",
                ClippingExperiment.conclusion(List.of(clip("none", false, 0.8), clip("norm", false, 0.8))));
        List<String> half = ClippingExperiment.conclusion(
                List.of(clip("none", true, 0), clip("none", false, 0.25), clip("norm", false, 0.8)));
        assertTrue(half.get(0).startsWith("Without clipping 1 of 2 trainings exploded"), half.get(0));
        assertTrue(half.get(0).endsWith("What stayed finite had 25.0 % right."), half.get(0));
    }

    private static List<DilationExperiment.Row> stack(String name, int field, long parameters, double... accuracy) {
        int[] distances = {2, 3, 8};
        List<DilationExperiment.Row> rows = new ArrayList<>();
        for (int i = 0; i < accuracy.length; i++)
            rows.add(new DilationExperiment.Row(name, field, parameters, 1000, distances[i], 1, accuracy[i]));
        return rows;
    }

    private static List<String> dilation(List<List<DilationExperiment.Row>> rows) {
        return DilationExperiment.conclusion(rows.stream().flatMap(List::stream).toList());
    }

    @Test
    void dilationThatReachesFurther() {
        assertEquals(
                List.of(
                        "3x3: sees 7 pixels, told the direction up to 3 pixels; 100 parameters, 1,000 multiply-adds.",
                        "dilated 1-2-4: sees 15 pixels, told the direction up to 8 pixels; 100 parameters, 1,000"
                                + " multiply-adds.",
                        "dilated 2-2-2: sees 13 pixels, told the direction up to 2 pixels; 100 parameters, 1,000"
                                + " multiply-adds. At 3 it guessed, though that is within its field, while it told it at"
                                + " 8: its filters leave holes.",
                        "Where the points lie further apart than a network sees, no network had more than 26.0 % right;"
                                + " guessing gives 25 %.",
                        "This agrees with the lecture: with the same parameters and multiply-adds, dilation told directions"
                                + " up to 8 pixels instead of 3."),
                dilation(List.of(
                        stack("3x3", 7, 100, 1, 1, 0.26),
                        stack("dilated 1-2-4", 15, 100, 1, 1, 0.95),
                        stack("dilated 2-2-2", 13, 100, 1, 0.25, 1))));
    }

    @Test
    void dilationThatDoesNot() {
        last(
                "This does not agree with the lecture: with the same parameters and multiply-adds, dilation told directions"
                        + " up to 2 pixels, no dilation up to 3.",
                dilation(List.of(stack("3x3", 7, 100, 1, 1, 0.26), stack("dilated 1-2-4", 15, 100, 1, 0.5, 0.5))));
        last(
                "This does not agree with the lecture: with other parameters or multiply-adds, dilation told directions up"
                        + " to 8 pixels, no dilation up to 3.",
                dilation(List.of(stack("3x3", 7, 100, 1, 1, 0.26), stack("dilated 1-2-4", 15, 200, 1, 1, 1))));
    }

    @Test
    void dilationWhereNothingWasLearnt() {
        last(
                "This says nothing about dilation: neither with it nor without did a network tell directions; use more"
                        + " --steps, and no --quick.",
                dilation(List.of(
                        stack("3x3", 7, 100, 0.3, 0.3, 0.26), stack("dilated 1-2-4", 15, 100, 0.67, 0.5, 0.5))));
    }

    private static List<PoolingExperiment.Row> pool(double... lost) {
        List<PoolingExperiment.Row> rows = new ArrayList<>();
        for (int i = 0; i < lost.length; i++) {
            String kind = PoolingExperiment.KINDS.get(i);
            long parameters = kind.equals("none") ? 1200 : 100;
            rows.add(new PoolingExperiment.Row(kind, parameters, 30 * parameters, 1, 0, 0.8));
            rows.add(new PoolingExperiment.Row(kind, parameters, 30 * parameters, 1, 1, 0.75));
            rows.add(new PoolingExperiment.Row(kind, parameters, 30 * parameters, 1, 2, 0.8 - lost[i]));
        }
        return rows;
    }

    @Test
    void poolingOnMovedPictures() {
        List<String> s = PoolingExperiment.conclusion(pool(0.2, 0.1, 0.05, 0.15));
        assertEquals(
                "Max pooling: 80.0 % right; 70.0 % on pictures moved by 2 pixels, 10.0 points less; 100 parameters, 3,000"
                        + " multiply-adds.",
                s.get(1));
        assertEquals(
                "Max pooling takes 12 times fewer parameters and 12 times fewer multiply-adds than no pooling.",
                s.get(4));
        last(
                "This agrees with the lecture: a shift by 2 cost max pooling 10.0 points and no pooling 20.0; on pictures"
                        + " that are not moved it had 0.0 points more. The shift cost least with: average.",
                s);
        last(
                "This does not agree with the lecture: a shift by 2 cost max pooling 30.0 points and no pooling 20.0; on"
                        + " pictures that are not moved it had 0.0 points more. The shift cost least with: stride.",
                PoolingExperiment.conclusion(pool(0.2, 0.3, 0.25, 0.15)));
    }

    private static List<OneByOneExperiment.Row> blocks(double plain, double bottleneck, double alone) {
        return List.of(
                new OneByOneExperiment.Row("plain 3x3", 8, 1000, 9000, 1, 0.6),
                new OneByOneExperiment.Row("plain 3x3", 16, 4000, 36000, 1, plain),
                new OneByOneExperiment.Row("bottleneck", 16, 800, 6000, 1, bottleneck),
                new OneByOneExperiment.Row("1x1 alone", 16, 700, 5000, 1, alone));
    }

    @Test
    void bottlenecks() {
        assertEquals(
                List.of(
                        "With 16 channels, bottlenecks take 800 parameters instead of 4,000 (5.0 times fewer) and 6,000"
                                + " multiply-adds instead of 36,000 (6.0 times fewer): 79.0 % right instead of 80.0 %.",
                        "The plain network of the nearest size, 1,000 parameters and 9,000 multiply-adds, had 60.0 % right:"
                                + " 19.0 points less than those bottlenecks.",
                        "1x1 convolutions alone, which see one pixel but for the pooling, had 40.0 % right: 40.0 points less"
                                + " than 3x3.",
                        "This agrees with the lecture: 1x1 convolutions save parameters and lose no more than 2 points."),
                OneByOneExperiment.conclusion(blocks(0.8, 0.79, 0.4)));
        last(
                "This does not agree with the lecture: here bottlenecks cost 30.0 points of accuracy.",
                OneByOneExperiment.conclusion(blocks(0.8, 0.5, 0.4)));
        assertTrue(OneByOneExperiment.conclusion(blocks(0.3, 0.3, 0.3)).get(0).startsWith("This says nothing"));
    }

    @Test
    void perPixelMlp() {
        String same = new PixelMlp.Comparison(64, 70, 1e-5).sentence();
        assertTrue(same.contains("gave the same numbers but for rounding"), same);
        assertTrue(new PixelMlp.Comparison(64, 70, 0).sentence().contains("gave the same bits"));
        assertTrue(new PixelMlp.Comparison(64, 70, 0.1).sentence().contains("did not give the same numbers"));
    }

    @Test
    void whatIsNoNumberIsNotDrawnAndIsSaid() {
        LayerStatistics statistics = new LayerStatistics();
        statistics.add("none", "layer 1", 0, HostTensor.f32(Shape.of(4), -1, 1, -1, 1));
        statistics.add("none", "layer 1", 9, HostTensor.f32(Shape.of(4), Float.NaN, 1, 1, Float.NEGATIVE_INFINITY));
        statistics.add("batch", "layer 1", 9, HostTensor.f32(Shape.of(4), -2, 2, -2, 2));
        double[] shares = statistics.rows("none", "layer 1").get(1).shares();
        assertEquals(0, shares[0], "NaN lies nowhere");
        assertEquals(0.5, Arrays.stream(shares).sum(), 1e-12);
        assertEquals(
                List.of(
                        "At rate 0.1, with batch norm, the standard deviations of what reached the activations lay between 2"
                                + " and 2 at the end.",
                        "With no normalization, not all of it was finite at the end."),
                statistics.conclusion(0.1));
        // The picture leaves it out.
        assertTrue(
                new NormalizationPictures(Theme.LIGHT).moments(statistics, 0.1).getWidth() > 100);
    }

    @Test
    void aStepThatCannotBeDrawnMovesNoOther() {
        double[][] points =
                ClippingExperiment.drawable(new double[] {2, 0, 3, Double.POSITIVE_INFINITY, 5, Double.NaN});
        assertArrayEquals(new double[] {1, 3, 5}, points[0]);
        assertArrayEquals(new double[] {2, 3, 5}, points[1]);
    }
}
