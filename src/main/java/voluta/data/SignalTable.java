package voluta.data;

import com.fasterxml.jackson.databind.MappingIterator;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A CSV file with a signal in each row. The first line names the columns: {@code label} (or class), perhaps {@code split};
 * all others are the numbers of the signal, in their order.
 *
 * @param file for messages
 * @param length numbers in a signal
 * @param labels of the rows; empty texts where there is no such column
 * @param splits of the rows; empty texts where there is no such column
 * @param lines the row of the file that each came from, the first line being 1
 */
record SignalTable(
        Path file, int length, List<String> labels, List<String> splits, List<float[]> rows, List<Integer> lines) {
    private static final long MOST_NUMBERS = 1L << 30;

    /** What messages call a row. */
    String name(int index) {
        return file + ", row " + lines.get(index);
    }

    /** Whether a file is such a table: it has labels, or numbers alone, and names no files. */
    static boolean is(Path file) {
        Optional<String[]> header = ManifestReader.header(file);
        return header.isPresent()
                && ManifestReader.column(header.get(), ManifestReader.LABEL) >= 0
                && ManifestReader.column(header.get(), ManifestReader.PATH) < 0
                && header.get().length > 1;
    }

    /** @throws DataException naming the row that is wrong */
    static SignalTable read(Path file) {
        return ManifestReader.reading(file, () -> {
            try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8);
                    MappingIterator<String[]> rows = ManifestReader.csv().readValues(text)) {
                return read(file, rows);
            }
        });
    }

    private static SignalTable read(Path file, MappingIterator<String[]> rows) throws IOException {
        if (!rows.hasNext()) throw new DataException(file + " is empty; its first line names the columns");
        String[] header = rows.next();
        int label = ManifestReader.column(header, ManifestReader.LABEL);
        int split = ManifestReader.column(header, ManifestReader.SPLIT);
        int length = header.length - (label < 0 ? 0 : 1) - (split < 0 ? 0 : 1);
        SignalTable table = new SignalTable(
                file, length, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int row = 2; rows.hasNext(); row++) {
            String[] values = rows.next();
            if (values.length != header.length) {
                throw wrong(file, row, "has " + values.length + " values instead of " + header.length);
            }
            if (label >= 0 && values[label].isEmpty()) throw wrong(file, row, "has no label");
            if ((long) (table.rows.size() + 1) * length > MOST_NUMBERS) {
                throw new DataException(
                        file + " holds more than " + MOST_NUMBERS + " numbers; store arrays as .npy files");
            }
            float[] numbers = new float[length];
            for (int c = 0, n = 0; c < values.length; c++) {
                if (c != label && c != split) numbers[n++] = number(file, row, header[c], values[c]);
            }
            table.rows.add(numbers);
            table.labels.add(label < 0 ? "" : values[label]);
            table.splits.add(split < 0 ? "" : values[split]);
            table.lines.add(row);
        }
        if (table.rows.isEmpty()) throw new DataException(file + " lists no signals; add a row for each");
        return table;
    }

    private static float number(Path file, int row, String column, String text) {
        try {
            float value = Float.parseFloat(text);
            if (Float.isFinite(value)) return value;
        } catch (NumberFormatException e) {
            // The same sentence as for what is no finite number.
        }
        throw wrong(file, row, "has '" + text + "' in the column " + column + " instead of a finite number");
    }

    private static DataException wrong(Path file, int row, String what) {
        return new DataException(file + ", row " + row + ", " + what + "; correct or remove the row");
    }

    /** The rows of a split; all if there is no such column. */
    SignalTable of(Split split) {
        if (splits.get(0).isEmpty()) return this;
        String wanted = split.spellings().stream()
                .filter(s -> splits.stream().anyMatch(s::equalsIgnoreCase))
                .findFirst()
                .orElseThrow(() -> new DataException(file + " lists no signals of the split " + split));
        SignalTable part = new SignalTable(
                file, length, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (int i = 0; i < rows.size(); i++) {
            if (!splits.get(i).equalsIgnoreCase(wanted)) continue;
            part.rows.add(rows.get(i));
            part.labels.add(labels.get(i));
            part.splits.add(splits.get(i));
            part.lines.add(lines.get(i));
        }
        return part;
    }
}
