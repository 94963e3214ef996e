package voluta.data;

import java.util.Comparator;

/**
 * The order of names that people expect: {@code 2} before {@code 10}. Runs of ASCII digits compare as numbers, all else by
 * code unit; names that differ only in leading zeros compare as texts, so that no two different names are equal.
 */
final class NaturalOrder implements Comparator<String> {
    static final NaturalOrder INSTANCE = new NaturalOrder();

    private NaturalOrder() {}

    @Override
    public int compare(String a, String b) {
        int i = 0, j = 0;
        while (i < a.length() && j < b.length()) {
            if (digit(a.charAt(i)) && digit(b.charAt(j))) {
                int endA = endOfNumber(a, i), endB = endOfNumber(b, j);
                int order = numbers(a, i, endA, b, j, endB);
                if (order != 0) return order;
                i = endA;
                j = endB;
            } else {
                int order = Character.compare(a.charAt(i++), b.charAt(j++));
                if (order != 0) return order;
            }
        }
        int rest = Integer.compare(a.length() - i, b.length() - j);
        return rest != 0 ? rest : a.compareTo(b);
    }

    private static boolean digit(char c) {
        return c >= '0' && c <= '9';
    }

    private static int endOfNumber(String text, int from) {
        int end = from;
        while (end < text.length() && digit(text.charAt(end))) end++;
        return end;
    }

    /** Numbers of any length: without leading zeros, the longer one is larger. */
    private static int numbers(String a, int i, int endA, String b, int j, int endB) {
        while (i < endA - 1 && a.charAt(i) == '0') i++;
        while (j < endB - 1 && b.charAt(j) == '0') j++;
        if (endA - i != endB - j) return Integer.compare(endA - i, endB - j);
        for (; i < endA; i++, j++) {
            if (a.charAt(i) != b.charAt(j)) return Character.compare(a.charAt(i), b.charAt(j));
        }
        return 0;
    }
}
