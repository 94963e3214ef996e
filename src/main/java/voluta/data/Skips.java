package voluta.data;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/**
 * The pictures of a data set that turned out to be unusable. Each counts once, however often it is met; too many of them
 * end the reading. Safe for any number of threads.
 */
public final class Skips {
    /** What data sets without files have: nothing can be skipped in them. */
    public static final Skips NONE = new Skips("nothing", 0, 0);

    private final String dataset;
    private final int images;
    private final double mostShare;
    private final TreeMap<Integer, Skipped> skipped = new TreeMap<>();

    /**
     * One picture.
     *
     * @param index its number in the data set
     * @param picture its file
     * @param reason what is wrong with it
     */
    public record Skipped(int index, String picture, String reason) {}

    Skips(String dataset, int images, double mostShare) {
        this.dataset = dataset;
        this.images = images;
        this.mostShare = mostShare;
    }

    /**
     * Notes a picture.
     *
     * @throws DataException if that makes more than the data set may have
     */
    synchronized void add(int index, PictureException problem) {
        if (skipped.putIfAbsent(index, new Skipped(index, problem.picture(), problem.reason())) != null) return;
        if (skipped.size() <= mostShare * images) return;
        throw new DataException(
                String.format(
                        Locale.ROOT,
                        "%s: %d of %d pictures cannot be used, more than max-bad allows (%s); the last one: %s; remove or"
                                + " replace them (voluta check-data lists all), or raise --max-bad",
                        dataset,
                        skipped.size(),
                        images,
                        new BadShare(mostShare),
                        problem.getMessage()),
                problem);
    }

    /** How many there are so far. */
    public synchronized int count() {
        return skipped.size();
    }

    /** Those met so far, in the order of the data set. */
    public synchronized List<Skipped> list() {
        return new ArrayList<>(skipped.values());
    }
}
