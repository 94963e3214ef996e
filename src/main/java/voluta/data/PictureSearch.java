package voluta.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds out how the pictures of a split are stored, and opens them. */
final class PictureSearch {
    private final Path place;
    private final DataOptions options;
    private final Split split;
    private final List<String> classNames;

    private PictureSearch(Path place, DataOptions options) {
        this.place = place;
        this.options = options;
        this.split = options.split();
        this.classNames = options.classMap().map(ClassNames::read).orElse(null);
    }

    /** The data set, or nothing if there are no pictures. */
    static Optional<Dataset> open(Path place, DataOptions options) {
        PictureSearch search = new PictureSearch(place, options);
        return search.source().map(source -> {
            boolean done = false;
            try {
                Dataset dataset = PictureDataset.open(search.name(), source, options);
                done = true;
                return dataset;
            } finally {
                if (!done) source.close();
            }
        });
    }

    private String name() {
        return place.toAbsolutePath().normalize().getFileName() + " (" + split + ")";
    }

    private Optional<PictureSource> source() {
        if (Files.isRegularFile(place)) return Optional.of(manifest(place));
        List<Path> places = new ArrayList<>();
        for (String spelling : split.spellings()) {
            Path folder = place.resolve(spelling);
            if (Files.isDirectory(folder)) {
                List<Path> shards = archives(folder, "");
                boolean classes = !FolderReader.folders(folder).isEmpty();
                if (!shards.isEmpty() && classes) throw both(folder);
                if (!shards.isEmpty()) return Optional.of(ShardReader.read(shards, classNames));
                if (classes) return Optional.of(FolderReader.read(folder, classNames, split.isTraining()));
                places.add(folder);
            }
            Path csv = place.resolve(spelling + ".csv");
            if (Files.isRegularFile(csv)) return Optional.of(ManifestReader.read(csv, null, classNames));
            List<Path> shards = archives(place, spelling);
            if (!shards.isEmpty()) return Optional.of(ShardReader.read(shards, classNames));
        }
        if (!places.isEmpty()) {
            throw new DataException(
                    places.get(0) + " holds neither a folder of pictures for each class nor tar archives; put"
                            + " the pictures of each class into a folder with its name");
        }
        return Optional.empty();
    }

    private PictureSource manifest(Path file) {
        if (ManifestReader.namesSplits(file)) return ManifestReader.read(file, split, classNames);
        throw new DataException(
                file + " has no column split, which says which pictures to train on and which to validate on;"
                        + " add it, or name the folder that holds train.csv and validation.csv");
    }

    /** The archives of a folder whose names begin like this, in natural order. */
    private static List<Path> archives(Path folder, String beginning) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<Path> archives =
                    new ArrayList<>(entries.filter(p -> isArchive(p, beginning)).toList());
            archives.sort((a, b) -> NaturalOrder.INSTANCE.compare(a.toString(), b.toString()));
            return archives;
        } catch (IOException e) {
            throw ByteSource.unreadable(folder.toString(), e);
        }
    }

    private static boolean isArchive(Path path, String beginning) {
        String name = path.getFileName().toString();
        if (!name.startsWith(beginning) || name.startsWith(".") || !Files.isRegularFile(path)) return false;
        // train-000.tar and train.tar, but not trainer.tar.
        String rest = name.substring(beginning.length()).toLowerCase(Locale.ROOT);
        boolean ends = !beginning.isEmpty() && !rest.isEmpty() && Character.isLetter(rest.charAt(0));
        if (ends) return false;
        if (rest.endsWith(".tar.gz") || rest.endsWith(".tgz") || rest.endsWith(".tar.zst")) {
            throw new DataException(
                    path + " is compressed, so that reading cannot start in its middle; decompress it, since"
                            + " pictures are compressed already");
        }
        return rest.endsWith(".tar");
    }

    private DataException both(Path folder) {
        return new DataException(folder + " holds both tar archives and folders; keep one of the two there");
    }
}
