package voluta.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds out whether a split is stored as arrays, and opens it: class folders or a manifest of .npy or .npz files, or a table of signals. */
final class ArraySearch {
    private static final String ARRAY = ".npy", ARCHIVE = ".npz";
    /** How names of files end that hold an array, for messages. */
    private static final String ENDINGS = ARRAY + ", " + ARCHIVE;

    private ArraySearch() {}

    /** The data set, or nothing if there are no arrays. */
    static Optional<Dataset> open(Path place, DataOptions options) {
        Split split = options.split();
        List<String> names = options.classMap().map(ClassNames::read).orElse(null);
        String name = place.toAbsolutePath().normalize().getFileName() + " (" + split + ")";
        return source(place, split, names).map(source -> ArrayDataset.open(name, source, options));
    }

    private static Optional<ArraySource> source(Path place, Split split, List<String> names) {
        if (Files.isRegularFile(place)) return table(place, split, names, true);
        for (String spelling : split.spellings()) {
            Path folder = place.resolve(spelling);
            if (Files.isDirectory(folder) && FolderReader.holds(folder, ArraySearch::isArray)) {
                return Optional.of(ArraySource.files(
                        FolderReader.read(folder, names, split.isTraining(), ArraySearch::isArray, ENDINGS)));
            }
            Path csv = place.resolve(spelling + ".csv");
            if (Files.isDirectory(folder)) return Optional.empty();
            if (Files.isRegularFile(csv)) return table(csv, split, names, false);
        }
        return Optional.empty();
    }

    private static Optional<ArraySource> table(Path csv, Split split, List<String> names, boolean whole) {
        if (SignalTable.is(csv)) {
            SignalTable table = SignalTable.read(csv);
            if (whole && table.splits().get(0).isEmpty()) {
                throw new DataException(
                        csv + " has no column split, which says which signals to train on and which to validate on;"
                                + " add it, or name the folder that holds train.csv and validation.csv");
            }
            SignalTable part = whole ? table.of(split) : table;
            return Optional.of(ArraySource.rows(part, ClassList.of(csv.toString(), part.labels(), names)));
        }
        if (whole && !ManifestReader.namesSplits(csv)) return Optional.empty();
        PictureFiles files = ManifestReader.read(csv, whole ? split : null, names);
        return isArray(files.picture(0)) ? Optional.of(ArraySource.files(files)) : Optional.empty();
    }

    /** Whether the name of a file ends like that of an array. */
    static boolean isArray(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(ARRAY) || isArchive(name);
    }

    /** Whether it is that of arrays in a zip file. */
    static boolean isArchive(String name) {
        return name.toLowerCase(Locale.ROOT).endsWith(ARCHIVE);
    }
}
