package voluta.data;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Opens data sets: the carried one, or whatever a folder turns out to hold. */
public final class Datasets {
    private static final String CARRIED = "/voluta/data/fashion-mnist/";
    private static final int MOST_SUBFOLDERS = 1_000;

    private Datasets() {}

    /**
     * Opens a split of the data set in a folder, or of the carried one for null.
     *
     * <p>Recognised are the IDX files of MNIST and its relatives ({@code train-images-idx3-ubyte} or {@code
     * train-images.idx3-ubyte}, each also ending in {@code .gz}; {@code t10k-} for the test split; {@code idx4} for
     * colour) and the binary version of CIFAR-10. They may lie in the folder itself, in one of its subfolders, or in a
     * folder {@code raw} of one; the first of these levels that holds anything counts, and only one place on it may.
     * Where a file is there both plain and compressed, the plain one is read.
     *
     * <p>Also recognised are pictures ({@code train} stands for any spelling of the split's name): a folder {@code train} with
     * a folder for each class; a folder {@code train} with tar archives, or archives {@code train-*.tar}, in WebDataset's
     * manner; a manifest {@code train.csv}, or one CSV file that is named instead of a folder. Signals and volumes lie as NumPy's
     * {@code .npy} or {@code .npz} files in the place of pictures, or as the rows of {@code train.csv}.
     *
     * @throws DataException if there is no such data set, more than one, or a damaged one
     */
    public static Dataset open(Path placeOrNull, Split split) {
        return open(DataOptions.of(placeOrNull, split));
    }

    /** The same with all options. */
    public static Dataset open(DataOptions options) {
        return options.place().isEmpty()
                ? mapped(carried(options.split()), options)
                : open(options, options.place().get(), Cifar10Reader.OFFICIAL_RECORDS);
    }

    /** With the classes in the order of a class map, if there is one. */
    private static Dataset mapped(Dataset named, DataOptions options) {
        if (options.classMap().isEmpty()) return named;
        Path map = options.classMap().get();
        List<String> names = ClassNames.read(map);
        List<String> missing =
                named.classNames().stream().filter(n -> !names.contains(n)).toList();
        if (missing.isEmpty()) return named.withClasses(names);
        throw new DataException(named.name() + " has the class" + (missing.size() == 1 ? " " : "es ")
                + RelabelledDataset.quoted(missing) + ", which the class map " + map + " lacks; add a line for each");
    }

    static Dataset open(Path folder, Split split, int cifarRecords) {
        return open(DataOptions.of(folder, split), folder, cifarRecords);
    }

    static Dataset open(DataOptions options, Path place, int cifarRecords) {
        Split split = options.split();
        boolean file = Files.isRegularFile(place)
                && place.toString().toLowerCase(Locale.ROOT).endsWith(".csv");
        if (!Files.isDirectory(place) && !file) {
            throw new DataException("the data folder " + place
                    + (Files.exists(place) ? " is not a folder, nor a CSV file" : " does not exist")
                    + "; check the path, or leave it out to use the carried subset of Fashion-MNIST");
        }
        List<Found> found = file ? List.of() : search(place, split);
        if (found.size() > 1) throw ambiguous(place, found);
        if (found.size() == 1) return found.get(0).open(options, place, cifarRecords);
        return ArraySearch.open(place, options)
                .or(() -> PictureSearch.open(place, options))
                .orElseThrow(() -> nothing(place, split));
    }

    /**
     * The subset of Fashion-MNIST that comes with the program: 10,000 training and 2,000 test images of 28x28 grey
     * pixels, 1,000 and 200 of each of ten classes.
     */
    public static Dataset carried(Split split) {
        if (!split.isUsual())
            throw new DataException("the carried data set has no split " + split + "; use train or test");
        return IdxReader.read(
                "fashion-mnist-subset (" + (split.isTraining() ? Split.TRAIN : Split.TEST) + ")",
                ByteSource.resource(CARRIED + prefix(split) + "-images-idx3-ubyte.gz"),
                ByteSource.resource(CARRIED + prefix(split) + "-labels-idx1-ubyte.gz"),
                ClassNames.FASHION_MNIST);
    }

    /**
     * Reads a pair of IDX files, plain or compressed with gzip.
     *
     * @param images unsigned bytes N,H,W or N,H,W,C
     * @param labels unsigned bytes N, each below the number of class names
     */
    public static Dataset idx(String name, Path images, Path labels, List<String> classNames) {
        return IdxReader.read(name, ByteSource.file(images), ByteSource.file(labels), classNames);
    }

    /** What a folder holds: IDX files, either of which may be missing, or batches of CIFAR-10 if both are null. */
    private record Found(Path place, Path images, Path labels) {
        private boolean idx() {
            return images != null || labels != null;
        }

        private Dataset open(DataOptions options, Path folder, int cifarRecords) {
            Split split = options.split();
            String name = folder.toAbsolutePath().normalize().getFileName() + " (" + split + ")";
            if (!idx()) return mapped(Cifar10Reader.read(name, place, split, cifarRecords), options);
            if (images == null || labels == null) {
                Path there = images == null ? labels : images;
                throw new DataException(place + " holds " + there.getFileName() + ", but no "
                        + (images == null ? prefix(split) + "-images-idx3-ubyte" : prefix(split) + "-labels-idx1-ubyte")
                        + " (also with .gz); fetch the missing file");
            }
            List<String> known = ClassNames.forIdx(place);
            // Without a file beside them, labels are numbers alone, which the class map gives names.
            if (ClassNames.fileIn(place).isEmpty() && options.classMap().isPresent()) {
                List<String> given = ClassNames.forNumbers(options.classMap().get(), known, name);
                if (!given.equals(known)) return Datasets.idx(name, images, labels, given);
            }
            return mapped(Datasets.idx(name, images, labels, known), options);
        }
    }

    private static String prefix(Split split) {
        return split.isTraining() ? "train" : "t10k";
    }

    /** All data sets on the first level that has any: the folder, its subfolders, folders named raw within those. */
    private static List<Found> search(Path folder, Split split) {
        List<Found> found = new ArrayList<>();
        if (!split.isUsual()) return found;
        look(folder, split, found);
        if (!found.isEmpty()) return found;
        List<Path> subfolders = subfolders(folder);
        for (Path place : subfolders) look(place, split, found);
        if (!found.isEmpty()) return found;
        for (Path place : subfolders) look(place.resolve("raw"), split, found);
        return found;
    }

    private static void look(Path place, Split split, List<Found> found) {
        Path images = idxFile(place, prefix(split) + "-images", "idx3");
        if (images == null) images = idxFile(place, prefix(split) + "-images", "idx4");
        Path labels = idxFile(place, prefix(split) + "-labels", "idx1");
        if (images != null || labels != null) found.add(new Found(place, images, labels));
        for (String file : Cifar10Reader.files(split)) {
            if (Files.isRegularFile(place.resolve(file))) {
                found.add(new Found(place, null, null));
                return;
            }
        }
    }

    private static Path idxFile(Path place, String stem, String kind) {
        for (String ending : List.of("", ".gz")) {
            for (String separator : List.of("-", ".")) {
                Path file = place.resolve(stem + separator + kind + "-ubyte" + ending);
                if (Files.isRegularFile(file)) return file;
            }
        }
        return null;
    }

    private static List<Path> subfolders(Path folder) {
        List<Path> subfolders = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, Files::isDirectory)) {
            for (Path entry : entries) {
                if (subfolders.size() == MOST_SUBFOLDERS) break;
                subfolders.add(entry);
            }
        } catch (IOException | DirectoryIteratorException e) {
            IOException cause = e instanceof IOException io ? io : (IOException) e.getCause();
            throw ByteSource.unreadable(folder.toString(), cause);
        }
        // The order of a listing differs from one file system to another.
        subfolders.sort(null);
        return subfolders;
    }

    private static DataException ambiguous(Path folder, List<Found> found) {
        List<String> places = new ArrayList<>();
        for (Found f : found) places.add((f.idx() ? "IDX files in " : "CIFAR-10 in ") + f.place());
        return new DataException("the data folder " + folder + " holds more than one data set ("
                + String.join(", ", places) + "); name the folder of one of them");
    }

    private static DataException nothing(Path folder, Split split) {
        Split otherSplit = split.isTraining() ? Split.TEST : Split.TRAIN;
        String hint = search(folder, otherSplit).isEmpty() ? "" : ", although the " + otherSplit + " split is there";
        return new DataException("the data folder " + folder + " holds no data set for the " + split + " split" + hint
                + ": looked for a folder " + String.join(" or ", split.spellings())
                + " with a folder of pictures or .npy files for each class or with tar archives, for "
                + split.spellings().get(0) + ".csv, for " + prefix(split) + "-images-idx3-ubyte and " + prefix(split)
                + "-labels-idx1-ubyte (MNIST, Fashion-MNIST; also .gz) and for "
                + String.join(", ", Cifar10Reader.files(split))
                + " (CIFAR-10) in it and in its subfolders; scripts/get-data.sh fetches either");
    }
}
