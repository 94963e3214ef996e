package voluta.experiment;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import voluta.model.TextTable;

/**
 * Rows of numbers and words.
 *
 * @param name of its file, without ending
 * @param columns their names, of letters, digits and underlines
 * @param rows each with a cell for each column: a string without commas and quotes, a whole number, a double or a truth
 *     value; null where there is nothing to say
 */
public record Table(String name, List<String> columns, List<List<Object>> rows) {
    public Table {
        columns = List.copyOf(columns);
        rows = rows.stream()
                .map(r -> Collections.unmodifiableList(new ArrayList<>(r)))
                .toList();
        for (List<Object> row : rows) {
            if (row.size() != columns.size())
                throw new IllegalArgumentException(name + " has " + columns.size() + " columns, a row " + row.size());
        }
    }

    /** As CSV with a first line of names; numbers with all their digits. */
    public String csv() {
        StringBuilder s = new StringBuilder(String.join(",", columns)).append('\n');
        for (List<Object> row : rows) {
            s.append(row.stream().map(c -> c == null ? "" : c.toString()).collect(Collectors.joining(",")))
                    .append('\n');
        }
        return s.toString();
    }

    /** Each row as names and values. */
    public List<Map<String, Object>> records() {
        List<Map<String, Object>> all = new ArrayList<>();
        for (List<Object> row : rows) {
            Map<String, Object> record = new LinkedHashMap<>();
            for (int i = 0; i < columns.size(); i++) record.put(columns.get(i), row.get(i));
            all.add(record);
        }
        return all;
    }

    /** For people: in columns, with rounded numbers. */
    public String text() {
        List<String[]> lines = new ArrayList<>();
        lines.add(columns.stream().map(c -> c.replace('_', ' ')).toArray(String[]::new));
        for (List<Object> row : rows) lines.add(row.stream().map(Table::cell).toArray(String[]::new));
        int[] numbers = IntStream.range(0, columns.size())
                .filter(i -> rows.stream().anyMatch(r -> r.get(i) instanceof Number))
                .toArray();
        return new TextTable(numbers).lines(lines);
    }

    private static String cell(Object value) {
        if (value == null) return "-";
        if (value instanceof Boolean b) return b ? "yes" : "no";
        if (value instanceof Double d) return TextTable.number(d);
        return value instanceof Number n ? String.format(Locale.ROOT, "%,d", n.longValue()) : value.toString();
    }
}
