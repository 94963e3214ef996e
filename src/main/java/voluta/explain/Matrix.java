package voluta.explain;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A matrix as people write and read it.
 *
 * @param rows from top to bottom, all of the same length
 */
public record Matrix(List<List<Double>> rows) {
    private static final int LARGEST_DENOMINATOR = 1024;
    private static final Pattern BRACKETS = Pattern.compile("\\[([^\\[\\]]*)]");

    public Matrix {
        List<List<Double>> copied = new ArrayList<>();
        for (List<Double> row : rows) copied.add(List.copyOf(row));
        rows = List.copyOf(copied);
        int width = rows.isEmpty() ? 0 : rows.get(0).size();
        if (width == 0) throw new ExplainException("a matrix needs at least one number");
        for (int r = 0; r < rows.size(); r++) {
            if (rows.get(r).size() != width) {
                throw new ExplainException("the rows of a matrix are of the same length, but row 1 has " + width
                        + " numbers and row " + (r + 1) + " has "
                        + rows.get(r).size() + "; add or remove some");
            }
        }
    }

    /** A matrix of these values, row by row. */
    static Matrix of(int columns, double[] values) {
        List<List<Double>> rows = new ArrayList<>();
        for (int from = 0; from < values.length; from += columns) {
            List<Double> row = new ArrayList<>();
            for (int c = 0; c < columns; c++) row.add(values[from + c]);
            rows.add(row);
        }
        return new Matrix(rows);
    }

    /**
     * Reads rows separated by semicolons and numbers by blanks or commas, {@code "1 0 -1; 2 0 -2"}, or rows in brackets,
     * {@code "[[1,0,-1],[2,0,-2]]"}. A number may be a fraction such as {@code 1/9}.
     *
     * @throws ExplainException naming what is no number, or rows of different lengths
     */
    public static Matrix parse(String text) {
        List<String> lines = new ArrayList<>();
        if (text.contains("[")) {
            Matcher m = BRACKETS.matcher(text);
            while (m.find()) lines.add(m.group(1));
            if (!BRACKETS.matcher(text).replaceAll("").matches("[\\s,\\[\\]]*")) throw unreadable(text);
        } else {
            for (String line : text.split(";", -1)) if (!line.isBlank()) lines.add(line);
        }
        List<List<Double>> rows = new ArrayList<>();
        for (String line : lines) {
            List<Double> row = new ArrayList<>();
            for (String number : line.strip().split("[\\s,]+")) row.add(number(number, text));
            rows.add(row);
        }
        if (rows.isEmpty()) throw unreadable(text);
        return new Matrix(rows);
    }

    private static double number(String written, String text) {
        int slash = written.indexOf('/');
        try {
            double n = slash < 0
                    ? Double.parseDouble(written)
                    : Double.parseDouble(written.substring(0, slash))
                            / Double.parseDouble(written.substring(slash + 1));
            if (Double.isFinite(n)) return n;
        } catch (NumberFormatException e) {
            // The same sentence as for what is no finite number.
        }
        throw new ExplainException("'" + written + "' in the matrix '" + text + "' is not a number; "
                + "write rows like \"1 0 -1; 2 0 -2; 1 0 -1\", in which fractions like 1/9 may stand");
    }

    private static ExplainException unreadable(String text) {
        return new ExplainException(
                "'" + text + "' is not a matrix; write rows like \"1 0 -1; 2 0 -2; 1 0 -1\" or [[1,0,-1],[2,0,-2]]");
    }

    /** The number of rows. */
    public int height() {
        return rows.size();
    }

    /** The number of columns. */
    public int width() {
        return rows.get(0).size();
    }

    /** One element, counted from 0. */
    public double at(int row, int column) {
        return rows.get(row).get(column);
    }

    /** All elements, row by row. */
    public double[] values() {
        return rows.stream()
                .flatMap(List::stream)
                .mapToDouble(Double::doubleValue)
                .toArray();
    }

    /** Turned by half a turn, as the filter of a convolution in the sense of signal processing is. */
    public Matrix flipped() {
        double[] v = values(), w = new double[v.length];
        for (int i = 0; i < v.length; i++) w[i] = v[v.length - 1 - i];
        return of(width(), w);
    }

    /** The smallest number up to {@value #LARGEST_DENOMINATOR} that makes every element whole; 0 if none does. */
    int denominator() {
        for (int d = 1; d <= LARGEST_DENOMINATOR; d++) {
            int by = d;
            if (rows.stream().flatMap(List::stream).allMatch(v -> Math.abs(v * by - Math.rint(v * by)) < 1e-6))
                return d;
        }
        return 0;
    }

    /** The sum of all elements. */
    double sum() {
        return rows.stream()
                .flatMap(List::stream)
                .mapToDouble(Double::doubleValue)
                .sum();
    }

    /** The sum of the magnitudes of all elements. */
    double magnitude() {
        return rows.stream().flatMap(List::stream).mapToDouble(Math::abs).sum();
    }

    /** Its size, for instance {@code 3x3}. */
    public String size() {
        return height() + "x" + width();
    }

    /** One line a row, numbers below each other. */
    public List<String> lines() {
        List<List<String>> cells = new ArrayList<>();
        for (List<Double> row : rows) cells.add(row.stream().map(Matrix::text).toList());
        return aligned(cells);
    }

    static List<String> aligned(List<List<String>> cells) {
        int width = cells.stream()
                .flatMap(List::stream)
                .mapToInt(String::length)
                .max()
                .orElse(0);
        List<String> lines = new ArrayList<>();
        for (List<String> row : cells) {
            StringBuilder line = new StringBuilder();
            for (String cell : row) {
                if (line.length() > 0) line.append(' ');
                line.append(" ".repeat(width - cell.length())).append(cell);
            }
            lines.add(line.toString());
        }
        return lines;
    }

    /** A number in as few digits as tell it: whole numbers without a point, others with up to four digits that count. */
    public static String text(double v) {
        if (v == Math.rint(v) && Math.abs(v) < 1e9) return Long.toString((long) v);
        String s = String.format(Locale.ROOT, "%.4g", v);
        if (s.contains("e") || !s.contains(".")) return s;
        return s.replaceAll("0+$", "").replaceAll("\\.$", "");
    }
}
