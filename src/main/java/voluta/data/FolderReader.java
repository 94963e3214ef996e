package voluta.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Finds the pictures of a folder that has a folder for each class. All that lies in and under a class's folder belongs to
 * it; links are followed; what begins with a dot is left alone. Classes and pictures are in natural order.
 */
final class FolderReader {
    private static final Set<String> ENDINGS = Set.of("jpg", "jpeg", "png", "webp", "bmp", "gif");
    private static final int MOST_CLASSES = 100_000;
    private static final int DEEPEST = 32;

    private FolderReader() {}

    /** Whether the name of a file ends like that of a picture. */
    static boolean isPicture(String name) {
        return ENDINGS.contains(name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT));
    }

    /** The endings of pictures' names. */
    static List<String> endings() {
        return ENDINGS.stream().sorted().toList();
    }

    /** The folders within one, by name, in natural order. */
    static List<String> folders(Path folder) {
        try (Stream<Path> entries = Files.list(folder)) {
            List<String> names = new ArrayList<>();
            entries.filter(FolderReader::visible).filter(Files::isDirectory).forEach(p -> names.add(name(p)));
            names.sort(NaturalOrder.INSTANCE);
            return names;
        } catch (IOException e) {
            throw ByteSource.unreadable(folder.toString(), e);
        } catch (UncheckedIOException e) {
            throw ByteSource.unreadable(folder.toString(), e.getCause());
        }
    }

    /**
     * @param classNames fixes the order of the classes; null takes those that there are
     * @param complete whether every class's folder has to hold a picture
     */
    static PictureFiles read(Path folder, List<String> classNames, boolean complete) {
        return read(folder, classNames, complete, FolderReader::isPicture, String.join(", ", endings()));
    }

    /** Whether a class's folder directly holds a file with such a name. */
    static boolean holds(Path folder, Predicate<String> wanted) {
        for (String name : folders(folder)) {
            try (Stream<Path> entries = Files.list(folder.resolve(name))) {
                if (entries.anyMatch(p -> visible(p) && wanted.test(name(p)))) return true;
            } catch (IOException e) {
                throw ByteSource.unreadable(folder.resolve(name).toString(), e);
            }
        }
        return false;
    }

    /**
     * The same for files of another kind.
     *
     * @param wanted which names they have
     * @param endings what these end in, for messages
     */
    static PictureFiles read(
            Path folder, List<String> classNames, boolean complete, Predicate<String> wanted, String endings) {
        List<String> found = folders(folder);
        if (found.size() > MOST_CLASSES) {
            throw new DataException(folder + " has " + found.size()
                    + " folders, one for each class would be too many; at" + " most " + MOST_CLASSES + " are possible");
        }
        ClassList classes = ClassList.of(folder.toString(), found, classNames);
        List<String> names = new ArrayList<>();
        List<Integer> labels = new ArrayList<>();
        List<String> empty = new ArrayList<>();
        for (String name : found) {
            List<String> pictures = files(folder, name, wanted);
            if (pictures.isEmpty()) empty.add(name);
            names.addAll(pictures);
            labels.addAll(Collections.nCopies(pictures.size(), classes.label(name)));
        }
        if (complete && !empty.isEmpty()) {
            throw new DataException(folder + " has no file to use in " + RelabelledDataset.quoted(empty)
                    + "; remove the folder, or put files there whose names end in " + endings);
        }
        if (names.isEmpty()) {
            throw new DataException(
                    folder + " holds no pictures; there should be a folder for each class with files whose"
                            + " names end in " + endings);
        }
        return new PictureFiles(
                folder,
                classes.names(),
                names.toArray(String[]::new),
                labels.stream().mapToInt(i -> i).toArray());
    }

    private static List<String> files(Path root, String className, Predicate<String> wanted) {
        Path folder = root.resolve(className);
        try (Stream<Path> all = Files.walk(folder, DEEPEST, FileVisitOption.FOLLOW_LINKS)) {
            List<String> names = new ArrayList<>();
            all.filter(p -> visibleBelow(folder, p) && wanted.test(name(p)) && Files.isRegularFile(p))
                    .forEach(p -> names.add(root.relativize(p).toString()));
            names.sort(NaturalOrder.INSTANCE);
            return names;
        } catch (IOException e) {
            throw ByteSource.unreadable(folder.toString(), e);
        } catch (UncheckedIOException e) {
            throw ByteSource.unreadable(folder.toString(), e.getCause());
        }
    }

    private static boolean visibleBelow(Path folder, Path path) {
        for (Path part : folder.relativize(path)) if (part.toString().startsWith(".")) return false;
        return true;
    }

    private static boolean visible(Path path) {
        return !name(path).startsWith(".");
    }

    private static String name(Path path) {
        return path.getFileName().toString();
    }
}
