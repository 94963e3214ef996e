package voluta.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Offline placement of pieces with known lifetimes in one region: largest first, each at the lowest offset that is free
 * over its whole lifetime ("greedy by size", Pisarchyk and Lee, "Efficient memory management for deep neural net
 * inference", 2020). A pure function.
 */
public final class MemoryPlanner {
    /** Every offset is a multiple of this. */
    public static final long ALIGNMENT = 256;

    private MemoryPlanner() {}

    /**
     * Something to place.
     *
     * @param bytes how large
     * @param first index of the first step that touches it
     * @param last index of the last step that touches it, at least {@code first}
     */
    public record Piece(long bytes, int first, int last) {}

    /**
     * Where the pieces lie.
     *
     * @param offsets one per piece, in order
     * @param bytes the region's size
     * @param bound the most bytes live at any one step: no placement can be smaller
     */
    public record Result(long[] offsets, long bytes, long bound) {}

    /** Rounds up to the alignment. */
    public static long align(long bytes) {
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /** Places every piece; with {@code reuse} off, each gets bytes of its own. */
    public static Result place(List<Piece> pieces, boolean reuse) {
        long[] offsets = new long[pieces.size()];
        long bound = bound(pieces);
        if (!reuse) {
            long end = 0;
            for (int i = 0; i < offsets.length; i++) {
                offsets[i] = end;
                end += align(pieces.get(i).bytes());
            }
            return new Result(offsets, end, bound);
        }
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < pieces.size(); i++) order.add(i);
        order.sort(Comparator.comparingLong((Integer i) -> pieces.get(i).bytes())
                .reversed()
                .thenComparing(i -> i));
        List<Integer> placed = new ArrayList<>();
        long end = 0;
        for (int i : order) {
            Piece p = pieces.get(i);
            offsets[i] = lowestFree(pieces, offsets, placed, p);
            end = Math.max(end, offsets[i] + align(p.bytes()));
            insert(placed, offsets, i);
        }
        return new Result(offsets, end, bound);
    }

    /** The lowest offset at which nothing placed with an overlapping lifetime is in the way; {@code placed} is by offset. */
    private static long lowestFree(List<Piece> pieces, long[] offsets, List<Integer> placed, Piece p) {
        long candidate = 0;
        for (int j : placed) {
            Piece q = pieces.get(j);
            if (q.last() < p.first() || p.last() < q.first()) continue;
            if (offsets[j] >= candidate + align(p.bytes())) break;
            candidate = Math.max(candidate, offsets[j] + align(q.bytes()));
        }
        return candidate;
    }

    private static void insert(List<Integer> placed, long[] offsets, int i) {
        int at = placed.size();
        while (at > 0 && offsets[placed.get(at - 1)] > offsets[i]) at--;
        placed.add(at, i);
    }

    private static long bound(List<Piece> pieces) {
        int end = pieces.stream().mapToInt(Piece::last).max().orElse(0);
        long[] change = new long[end + 2];
        for (Piece p : pieces) {
            change[p.first()] += align(p.bytes());
            change[p.last() + 1] -= align(p.bytes());
        }
        long live = 0, most = 0;
        for (long c : change) {
            live += c;
            most = Math.max(most, live);
        }
        return most;
    }
}
