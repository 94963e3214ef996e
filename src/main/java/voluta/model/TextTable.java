package voluta.model;

import java.util.List;
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
}
