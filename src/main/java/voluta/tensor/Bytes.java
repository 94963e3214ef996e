package voluta.tensor;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Amounts of memory as people write and read them. */
public final class Bytes {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};
    private static final Pattern AMOUNT = Pattern.compile("(\\d{1,15}(?:\\.\\d{1,9})?)\\s*([kmgt]?)(?:i?b)?");

    private Bytes() {}

    /** Three digits or so and a binary unit: {@code 1.50 GiB}. */
    public static String text(long bytes) {
        double amount = bytes;
        int unit = 0;
        while (amount >= 1024 && unit < UNITS.length - 1) {
            amount /= 1024;
            unit++;
        }
        if (unit == 0) return bytes + " bytes";
        return String.format(
                Locale.ROOT, amount < 10 ? "%.2f %s" : amount < 100 ? "%.1f %s" : "%.0f %s", amount, UNITS[unit]);
    }

    /**
     * Bytes from an amount such as {@code 2g}, {@code 1.5GiB}, {@code 512 MB} or {@code 65536}. All units are binary.
     *
     * @throws VolutaException if the text is no amount, or one below 1 byte or above 2^62
     */
    public static long parse(String text) {
        Matcher m = AMOUNT.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (m.matches()) {
            double bytes = Double.parseDouble(m.group(1));
            int unit = m.group(2).isEmpty() ? 0 : 1 + "kmgt".indexOf(m.group(2));
            bytes *= Math.pow(1024, unit);
            if (bytes >= 1 && bytes <= 1L << 62) return (long) bytes;
        }
        throw new VolutaException("'" + text + "' is no amount of memory; use a number with k, m, g or t, such as 2g");
    }
}
