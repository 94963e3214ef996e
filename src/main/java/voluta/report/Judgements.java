package voluta.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Consumer;
import voluta.data.Image;
import voluta.data.ImageShape;
import voluta.train.Judgement;

/**
 * What a network says about the images of a data set: a row for each, and small pictures of some, namely of those that it
 * is most wrong about and the first of each cell of the confusion matrix.
 */
final class Judgements implements Consumer<Judgement> {
    /** The longer side of a small picture. */
    static final int SIDE = 64;

    /** Images in the gallery of errors. */
    static final int WORST = 48;

    private static final int PICTURES_OF_ERRORS = 12;
    private static final int PICTURES_OF_RIGHT_ONES = 6;
    private static final int MOST_PICTURES = 1_200;
    /** Images of the first batch that are drawn. */
    private static final int FIRST = 32;

    /**
     * One image.
     *
     * @param trueProbability what the network gives to the right class
     */
    record Row(
            int index, String name, int label, int predicted, double probability, double trueProbability, double loss) {
        boolean right() {
            return label == predicted;
        }
    }

    /** One image with its small picture. */
    record Pictured(Row row, Image picture) {}

    private final List<String> classNames;
    private final List<Row> rows = new ArrayList<>();
    private final Map<Integer, Image> kept = new HashMap<>();
    private final Map<Long, Integer> keptOfCell = new HashMap<>();
    private final PriorityQueue<Pictured> worst = new PriorityQueue<>(
            Comparator.comparingDouble((Pictured p) -> p.row().loss())
                    .thenComparing(p -> -p.row().index()));
    private final List<Pictured> first = new ArrayList<>();

    Judgements(List<String> classNames) {
        this.classNames = List.copyOf(classNames);
    }

    @Override
    public void accept(Judgement j) {
        Row row = new Row(
                j.index(),
                j.name(),
                j.label(),
                j.predicted(),
                j.probability(j.predicted()),
                j.probability(j.label()),
                j.loss());
        rows.add(row);
        if (first.size() < FIRST) first.add(new Pictured(row, small(j.image(), 2 * SIDE)));
        boolean amongWorst =
                !row.right() && (worst.size() < WORST || worst.peek().row().loss() < row.loss());
        boolean ofCell = kept.size() < MOST_PICTURES && room(row);
        if (!amongWorst && !ofCell) return;
        Image picture = small(j.image(), SIDE);
        if (ofCell) {
            kept.put(row.index(), picture);
            keptOfCell.merge(cell(row), 1, Integer::sum);
        }
        if (!amongWorst) return;
        worst.add(new Pictured(row, picture));
        if (worst.size() > WORST) worst.remove();
    }

    private boolean room(Row row) {
        int most = row.right() ? PICTURES_OF_RIGHT_ONES : PICTURES_OF_ERRORS;
        return keptOfCell.getOrDefault(cell(row), 0) < most;
    }

    private long cell(Row row) {
        return (long) row.label() * classNames.size() + row.predicted();
    }

    private static Image small(Image image, int side) {
        ImageShape s = image.shape();
        int longer = Math.max(s.height(), s.width());
        if (longer <= side) return image;
        int height = Math.max(1, Math.round((float) s.height() * side / longer));
        int width = Math.max(1, Math.round((float) s.width() * side / longer));
        return image.fit(new ImageShape(s.channels(), height, width));
    }

    List<String> classNames() {
        return classNames;
    }

    /** All images, in the order of the data set. */
    List<Row> rows() {
        return rows;
    }

    /** Those it is most wrong about, the worst first. */
    List<Row> worst() {
        return worst.stream()
                .map(Pictured::row)
                .sorted(Comparator.comparingDouble(Row::loss).reversed().thenComparing(Row::index))
                .toList();
    }

    /** The first images of the data set. */
    List<Pictured> first() {
        return first;
    }

    /** The small pictures by the number of their image. */
    Map<Integer, Image> pictures() {
        Map<Integer, Image> all = new HashMap<>(kept);
        for (Pictured p : worst) all.putIfAbsent(p.row().index(), p.picture());
        return all;
    }

    /** How many images of each class (first index) were taken for each class. */
    long[][] confusion() {
        long[][] confusion = new long[classNames.size()][classNames.size()];
        for (Row r : rows) confusion[r.label()][r.predicted()]++;
        return confusion;
    }

    double accuracy() {
        return (double) rows.stream().filter(Row::right).count() / rows.size();
    }

    /**
     * One class.
     *
     * @param images how many there are
     * @param precision the share of images taken for it that are of it; NaN if none was
     * @param recall the share of its images that were recognised; NaN if there are none
     */
    record ClassScore(String name, long images, double precision, double recall) {
        double f1() {
            return 2 * precision * recall / (precision + recall);
        }
    }

    List<ClassScore> scores() {
        long[][] confusion = confusion();
        List<ClassScore> scores = new ArrayList<>();
        for (int c = 0; c < confusion.length; c++) {
            long taken = 0;
            for (long[] row : confusion) taken += row[c];
            long images = Arrays.stream(confusion[c]).sum();
            double right = confusion[c][c];
            scores.add(new ClassScore(classNames.get(c), images, right / taken, right / images));
        }
        return scores;
    }
}
