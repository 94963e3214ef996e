package voluta.model;

import java.util.Locale;
import java.util.stream.LongStream;

/**
 * Products and sums of sizes, which pass 2^63 where large volumes are thought of as fully connected: what does is
 * {@link Long#MAX_VALUE}, and is written as more than that.
 */
final class Count {
    private Count() {}

    /** The product of two numbers of at least 0. */
    static long times(long a, long b) {
        return b != 0 && a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
    }

    /** The sum of two numbers of at least 0. */
    static long plus(long a, long b) {
        return a > Long.MAX_VALUE - b ? Long.MAX_VALUE : a + b;
    }

    static long sum(LongStream counts) {
        return counts.reduce(0, Count::plus);
    }

    /** With separators, for instance {@code 61,706}. */
    static String text(long n) {
        return n == Long.MAX_VALUE ? "more than 9.2e18" : String.format(Locale.ROOT, "%,d", n);
    }
}
