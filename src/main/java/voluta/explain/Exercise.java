package voluta.explain;

import java.util.ArrayList;
import java.util.List;
import voluta.tensor.Philox;

/**
 * The lecture's exercise: which filter made which picture? Pictures are called A, B, C, ..., filters 1, 2, 3, ..., each in an
 * order of its own, which depends on the seed alone.
 *
 * @param pictures what the filters made, shuffled
 * @param filters shuffled otherwise
 */
public record Exercise(List<FilteredPicture> pictures, List<FilterChoice> filters) {
    /** Letters of the alphabet. */
    public static final int MOST = 26;

    public Exercise {
        pictures = List.copyOf(pictures);
        filters = List.copyOf(filters);
    }

    /**
     * One pair of the solution.
     *
     * @param picture its letter
     * @param number of the filter
     */
    public record Pair(String picture, int number, String filter) {
        @Override
        public String toString() {
            return picture + " is " + number + ", " + filter;
        }
    }

    /** @throws ExplainException if there are too few or too many to be matched, or two filters are the same */
    public static Exercise of(List<FilteredPicture> results, long seed) {
        if (results.size() < 2 || results.size() > MOST) {
            throw new ExplainException("an exercise takes 2 to " + MOST + " filters, got " + results.size()
                    + "; name others with --filter");
        }
        List<FilterChoice> filters =
                results.stream().map(FilteredPicture::filter).toList();
        for (int i = 0; i < filters.size(); i++) {
            for (int j = 0; j < i; j++) {
                if (!filters.get(i).matrix().equals(filters.get(j).matrix())) continue;
                throw new ExplainException(
                        filters.get(j).name() + " and " + filters.get(i).name()
                                + " are the same matrix, so nobody could tell their pictures apart; leave one out");
            }
        }
        return new Exercise(shuffled(results, seed, "pictures"), shuffled(filters, seed, "filters"));
    }

    private static <T> List<T> shuffled(List<T> given, long seed, String purpose) {
        List<T> order = new ArrayList<>(given);
        int[] block = new int[4];
        for (int i = order.size() - 1; i > 0; i--) {
            Philox.block(Philox.key(seed, purpose), i, 0, block);
            int other = Philox.below(block[0], i + 1);
            T kept = order.get(i);
            order.set(i, order.get(other));
            order.set(other, kept);
        }
        return order;
    }

    static String letter(int picture) {
        return String.valueOf((char) ('A' + picture));
    }

    /** What belongs together, in the order of the pictures. */
    public List<Pair> solution() {
        List<Pair> pairs = new ArrayList<>();
        for (int i = 0; i < pictures.size(); i++) {
            FilterChoice f = pictures.get(i).filter();
            pairs.add(new Pair(letter(i), filters.indexOf(f) + 1, f.name()));
        }
        return pairs;
    }
}
