package voluta.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.csv.CsvFactory;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Reads a manifest: a CSV file (RFC 4180, UTF-8) whose first line names the columns. One is {@code path} (or file,
 * filename, image), one {@code label} (or class), and there may be one {@code split}; others are ignored. Paths are
 * relative to the manifest's folder.
 */
final class ManifestReader {
    static final Set<String> PATH = Set.of("path", "file", "filename", "filepath", "image", "image_path");
    static final Set<String> LABEL = Set.of("label", "class", "class_name", "target");
    static final Set<String> SPLIT = Set.of("split", "subset", "set");
    private static final int MOST_ROWS = 100_000_000;
    private static final int LONGEST_VALUE = 1 << 16;

    private final Path file;
    private List<String> names = new ArrayList<>();
    private List<String> labels = new ArrayList<>();
    /** The split of each row; stays empty if there is no column for it. */
    private final List<String> subsets = new ArrayList<>();

    private ManifestReader(Path file) {
        this.file = file;
    }

    /**
     * @param split which rows, where there is a column for it; null takes all rows and ignores such a column
     * @param classNames fixes the order of the classes; null takes those that there are, in natural order
     */
    static PictureFiles read(Path file, Split split, List<String> classNames) {
        ManifestReader manifest = new ManifestReader(file);
        return reading(file, () -> {
            try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8);
                    MappingIterator<String[]> rows = csv().readValues(text)) {
                manifest.readRows(rows, split);
            }
            return manifest.pictures(classNames);
        });
    }

    /** What reads a CSV file. */
    @FunctionalInterface
    interface Reading<T> {
        T read() throws IOException;
    }

    /** Reads a CSV file; says what is wrong with it in the terms of the file. */
    static <T> T reading(Path file, Reading<T> reading) {
        try {
            return reading.read();
        } catch (CharacterCodingException e) {
            throw new DataException(file + " is not UTF-8 text; save it with that encoding", e);
        } catch (JsonProcessingException e) {
            int line = e.getLocation() == null ? 0 : e.getLocation().getLineNr();
            throw new DataException(
                    file + (line > 0 ? ":" + line : "") + " is not CSV (" + e.getOriginalMessage()
                            + "); values with commas or quotes go in double quotes",
                    e);
        } catch (IOException e) {
            throw ByteSource.unreadable(file.toString(), e);
        } catch (DataException e) {
            throw e;
        } catch (RuntimeException e) {
            // What the iterator wraps, or a fault of the parser.
            throw new DataException(file + " is not CSV (" + e.getMessage() + "); save it again as CSV in UTF-8", e);
        }
    }

    /** The first line, if the file can be read and has one. */
    static Optional<String[]> header(Path file) {
        try (Reader text = Files.newBufferedReader(file, StandardCharsets.UTF_8);
                MappingIterator<String[]> rows = csv().readValues(text)) {
            return rows.hasNext() ? Optional.of(rows.next()) : Optional.empty();
        } catch (IOException | RuntimeException e) {
            // Reading it for what it holds will say what is wrong.
            return Optional.empty();
        }
    }

    /** Whether a manifest says which split each of its pictures belongs to. */
    static boolean namesSplits(Path file) {
        return header(file).map(h -> column(h, SPLIT) >= 0).orElse(false);
    }

    static ObjectReader csv() {
        CsvFactory factory = CsvFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(LONGEST_VALUE)
                        .build())
                .build();
        return new CsvMapper(factory)
                .readerFor(String[].class)
                .with(CsvParser.Feature.WRAP_AS_ARRAY)
                .with(CsvParser.Feature.SKIP_EMPTY_LINES)
                .with(CsvParser.Feature.TRIM_SPACES);
    }

    private void readRows(MappingIterator<String[]> rows, Split split) {
        if (!rows.hasNext())
            throw new DataException(file + " is empty; its first line names the columns path and label");
        String[] header = rows.next();
        int path = column(header, PATH), label = column(header, LABEL), subset = column(header, SPLIT);
        if (path < 0 || label < 0) {
            throw new DataException(file + " begins with the columns '" + String.join("', '", header)
                    + "'; its first line must name a column path and a column label");
        }
        int needed = Math.max(path, Math.max(label, subset)) + 1;
        for (int row = 2; rows.hasNext(); row++) {
            String[] values = rows.next();
            if (row > MOST_ROWS) throw new DataException(file + " has more than " + MOST_ROWS + " rows; divide it");
            // With a comma that should stand in quotes, all behind it would be taken for something else.
            if (values.length < needed || hasMore(values, header.length))
                throw wrong(row, "has " + values.length + " values instead of " + header.length);
            if (values[path].isEmpty()) throw wrong(row, "names no file");
            if (values[label].isEmpty()) throw wrong(row, "has no label");
            checkPath(values[path], row);
            names.add(values[path]);
            labels.add(values[label]);
            if (split == null || subset < 0) continue;
            if (values[subset].isEmpty()) throw wrong(row, "names no split");
            subsets.add(values[subset]);
        }
        if (!subsets.isEmpty()) keep(split);
    }

    /** Whether a row says something behind its last column; some programs end rows with a comma too many. */
    private static boolean hasMore(String[] values, int columns) {
        for (int i = columns; i < values.length; i++) if (!values[i].isEmpty()) return true;
        return false;
    }

    /** Removes the rows of other splits. Of the spellings of a split the first one that is there counts. */
    private void keep(Split split) {
        Set<String> there = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
        there.addAll(subsets);
        String wanted =
                split.spellings().stream().filter(there::contains).findFirst().orElse(null);
        if (wanted == null) {
            throw new DataException(file + " lists no pictures of the split " + split + "; it has the splits "
                    + RelabelledDataset.quoted(List.copyOf(there)));
        }
        List<String> keptNames = new ArrayList<>(), keptLabels = new ArrayList<>();
        for (int i = 0; i < subsets.size(); i++) {
            if (!subsets.get(i).equalsIgnoreCase(wanted)) continue;
            keptNames.add(names.get(i));
            keptLabels.add(labels.get(i));
        }
        names = keptNames;
        labels = keptLabels;
    }

    private void checkPath(String path, int row) {
        try {
            Path.of(path);
        } catch (InvalidPathException e) {
            throw wrong(row, "names a file that cannot be: " + e.getMessage());
        }
    }

    private DataException wrong(int row, String what) {
        return new DataException(file + ", row " + row + ", " + what + "; correct or remove the row");
    }

    static int column(String[] header, Set<String> spellings) {
        for (int i = 0; i < header.length; i++) {
            // Some programs begin a file with a byte order mark.
            String name = header[i].replace("\uFEFF", "").strip().toLowerCase(Locale.ROOT);
            if (spellings.contains(name)) return i;
        }
        return -1;
    }

    private PictureFiles pictures(List<String> classNames) {
        if (names.isEmpty()) throw new DataException(file + " lists no pictures; add a row for each");
        ClassList classes = ClassList.of(file.toString(), labels, classNames);
        return new PictureFiles(
                file.toAbsolutePath().getParent(),
                classes.names(),
                names.toArray(String[]::new),
                labels.stream().mapToInt(classes::label).toArray());
    }
}
