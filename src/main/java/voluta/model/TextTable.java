package voluta.model;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Cells as text in columns two blanks apart, as wide as their widest cell; numbers end below each other. */
public final class TextTable {
    private final Set<Integer> right;

    /** @param right the columns that are aligned to the right */
    public TextTable(int... right) {
        this.right = IntStream.of(right).boxed().collect(Collectors.toSet());
    }

    /** One line a row. */
    public String lines(List<String[]> rows) {
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) widths[i] = Math.max(widths[i], row[i].length());
        }
        StringBuilder s = new StringBuilder();
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                String pad = " ".repeat(widths[i] - row[i].length());
                line.append(i == 0 ? "" : "  ").append(right.contains(i) ? pad + row[i] : row[i] + pad);
            }
            s.append(line.toString().stripTrailing()).append('\n');
        }
        return s.toString();
    }

    /** A number for people: four digits, as short as they come, such as 0.01, 1 or 300. */
    public static String number(double d) {
        if (d == 0 || !Double.isFinite(d)) return d == 0 ? "0" : Double.toString(d);
        double size = Math.abs(d);
        if (size >= 1e6 || size < 1e-4) return String.format(Locale.ROOT, "%.2e", d);
        int digits = Math.max(0, 3 - (int) Math.floor(Math.log10(size)));
        String s = String.format(Locale.ROOT, "%." + Math.min(digits, 6) + "f", d);
        return s.contains(".") ? s.replaceAll("0+$", "").replaceAll("\\.$", "") : s;
    }
}
