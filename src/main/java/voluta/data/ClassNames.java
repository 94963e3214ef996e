package voluta.data;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Where the names of classes come from when a data file itself has none. */
final class ClassNames {
    static final List<String> FASHION_MNIST = List.of(
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot");

    private static final List<String> DIGITS = List.of("0", "1", "2", "3", "4", "5", "6", "7", "8", "9");
    private static final List<String> FILES = List.of("labels.txt", "classes.txt");
    private static final long LARGEST_FILE = 1 << 24;
    private static final int MOST_NAMES = 100_000;

    private ClassNames() {}

    /**
     * Names for the IDX files of a folder: from {@code labels.txt} or {@code classes.txt} where there is one, else those
     * of Fashion-MNIST where a folder's name says "fashion", else the digits of MNIST.
     */
    static List<String> forIdx(Path folder) {
        Optional<Path> file = fileIn(folder);
        if (file.isPresent()) return read(file.get());
        // Two levels, for the common arrangement FashionMNIST/raw.
        Path path = folder.toAbsolutePath().normalize();
        return saysFashion(path) || saysFashion(path.getParent()) ? FASHION_MNIST : DIGITS;
    }

    /**
     * Names for labels that are numbers, the first line for 0; or the usual names, where the file orders these. A name that is
     * usual for another number, in a file that does not hold all of them, could mean either and is refused.
     *
     * @param usual what the numbers are called unless somebody says otherwise
     */
    static List<String> forNumbers(Path classMap, List<String> usual, String dataset) {
        List<String> given = read(classMap);
        if (given.size() == usual.size() && given.containsAll(usual)) return usual;
        for (int i = 0; i < given.size(); i++) {
            int number = usual.indexOf(given.get(i));
            if (number >= 0 && number != i) {
                throw new DataException("the class map " + classMap + " has '" + given.get(i) + "' in line " + (i + 1)
                        + ", which gives the label " + i + " that name, but in " + dataset + " it is usually that of "
                        + number + "; name the labels in the order of their numbers, or list all of "
                        + RelabelledDataset.quoted(usual) + " in the order that is wanted");
            }
        }
        return given;
    }

    /** The file of a folder that names the classes of its IDX files. */
    static Optional<Path> fileIn(Path folder) {
        return FILES.stream().map(folder::resolve).filter(Files::isRegularFile).findFirst();
    }

    private static boolean saysFashion(Path folder) {
        return folder != null
                && folder.getFileName() != null
                && folder.getFileName().toString().toLowerCase(Locale.ROOT).contains("fashion");
    }

    /** One name a line, UTF-8; empty lines at the end do not count. */
    static List<String> read(Path file) {
        List<String> lines;
        try {
            long bytes = Files.size(file);
            if (bytes > LARGEST_FILE) {
                throw new DataException(file + " has " + bytes + " bytes, a list of class names at most " + LARGEST_FILE
                        + "; give one name a line");
            }
            lines = new ArrayList<>(Files.readAllLines(file, StandardCharsets.UTF_8));
        } catch (CharacterCodingException e) {
            throw new DataException(file + " is not UTF-8 text; save it with that encoding", e);
        } catch (IOException e) {
            throw ByteSource.unreadable(file.toString(), e);
        }
        // Some editors begin a file with a byte order mark, which is no part of the first name.
        if (!lines.isEmpty() && lines.get(0).startsWith("\uFEFF"))
            lines.set(0, lines.get(0).substring(1));
        lines.replaceAll(String::strip);
        while (!lines.isEmpty() && lines.get(lines.size() - 1).isEmpty()) lines.remove(lines.size() - 1);
        return checked(file, lines);
    }

    private static List<String> checked(Path file, List<String> names) {
        if (names.isEmpty() || names.size() > MOST_NAMES) {
            throw new DataException(file + " names " + names.size() + " classes, expected 1 to " + MOST_NAMES
                    + "; give one name a line");
        }
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < names.size(); i++) {
            if (names.get(i).isEmpty()) {
                throw new DataException(file + " has an empty line " + (i + 1)
                        + " between names, which would shift all labels after it; remove the line or name the class");
            }
            if (!seen.add(names.get(i))) {
                throw new DataException(file + " names the class '" + names.get(i) + "' twice, again in line " + (i + 1)
                        + "; name each once");
            }
        }
        return List.copyOf(names);
    }
}
