package voluta.cli;

import java.util.Locale;

/** Amounts of memory for people. */
final class Bytes {
    private static final String[] UNITS = {"bytes", "KiB", "MiB", "GiB", "TiB"};

    private Bytes() {}

    /** Three digits or so and a binary unit: {@code 1.50 GiB}. */
    static String text(long bytes) {
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
}
