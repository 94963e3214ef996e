package voluta.checkpoint;

import java.util.Locale;

/** Texts from files, made fit for a message. */
final class Quote {
    private static final int LONGEST = 80;

    private Quote() {}

    /** The text in quotation marks, control characters escaped, cut after {@value #LONGEST} characters. */
    static String text(String s) {
        StringBuilder out = new StringBuilder("\"");
        for (int i = 0; i < Math.min(s.length(), LONGEST); i++) {
            char c = s.charAt(i);
            if (Character.isISOControl(c) || Character.isSurrogate(c))
                out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
            else out.append(c);
        }
        if (s.length() > LONGEST) out.append("...");
        return out.append('"').toString();
    }
}
