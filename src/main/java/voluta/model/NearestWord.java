package voluta.model;

import java.util.Collection;
import java.util.Locale;

/** Finds what someone may have meant. */
final class NearestWord {
    private NearestWord() {}

    /** {@code "; did you mean x?"} if a word is near enough, else a list of all of them. */
    static String suggestion(String word, Collection<String> words) {
        String best = null;
        int least = Integer.MAX_VALUE;
        for (String w : words) {
            int d = distance(normal(word), normal(w));
            if (d < least) {
                least = d;
                best = w;
            }
        }
        if (best != null && least <= Math.max(2, best.length() / 3)) return "; did you mean " + best + "?";
        return "; there are " + String.join(", ", words);
    }

    private static String normal(String word) {
        return word.toLowerCase(Locale.ROOT).replace("_", "").replace("-", "");
    }

    /** Insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
    static int distance(String a, String b) {
        int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) d[i][0] = i;
        for (int j = 0; j <= b.length(); j++) d[0][j] = j;
        for (int i = 1; i <= a.length(); i++) {
            for (int j = 1; j <= b.length(); j++) {
                int replaced = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                d[i][j] = Math.min(replaced, Math.min(d[i - 1][j], d[i][j - 1]) + 1);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }
}
