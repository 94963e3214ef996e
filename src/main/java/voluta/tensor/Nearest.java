package voluta.tensor;

import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** Finds the word that someone probably meant. Case, hyphens and underscores make no difference. */
public final class Nearest {
    private Nearest() {}

    /** The known word with the fewest letters to change, add, drop or swap; empty if that would be another word. */
    public static Optional<String> of(String word, Collection<String> known) {
        String wanted = normal(word);
        String best = null;
        int least = Math.min(1 + wanted.length() / 3, wanted.length() - 1);
        for (String candidate : known) {
            int d = distance(wanted, normal(candidate));
            if (d < least || d == least && best == null) {
                best = candidate;
                least = d;
            }
        }
        return best != null ? Optional.of(best) : beginning(wanted, known);
    }

    /** The end of a sentence about an unknown word: {@code "; did you mean x?"}, or a list of all there are. */
    public static String suggestion(String word, Collection<String> known) {
        return of(word, known)
                .map(w -> "; did you mean " + w + "?")
                .orElseGet(() -> "; there are " + String.join(", ", known));
    }

    /** Someone who stops in the middle of a word means the only one that begins so. */
    private static Optional<String> beginning(String word, Collection<String> known) {
        String found = null;
        for (String candidate : known) {
            if (word.length() < 3 || !normal(candidate).startsWith(word)) continue;
            if (found != null) return Optional.empty();
            found = candidate;
        }
        return Optional.ofNullable(found);
    }

    private static String normal(String word) {
        return word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    /** Optimal string alignment: Levenshtein's distance with swaps of neighbours counted as one. */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                int same = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(d[i - 1][j - 1] + same, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
                boolean swapped =
                        i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1);
                if (swapped) d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
            }
        }
        return d[a.length()][b.length()];
    }
}
