package voluta.data;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * Reads where the pictures of tar archives lie, in WebDataset's manner: files that agree up to the first dot of their name
 * are one sample, {@code 000017.jpg} with {@code 000017.cls}, which holds the class: its name, or its number where all
 * classes are numbers. Nothing is unpacked; links, devices and sparse files are refused.
 */
final class ShardReader {
    private static final int MOST_ENTRIES = 50_000_000;
    private static final int LONGEST_LABEL = 4_096;
    private static final long NEITHER = -1;

    private final List<Shards.Archive> files = new ArrayList<>();
    private final List<Shards.Place> places = new ArrayList<>();
    private final List<String> labels = new ArrayList<>();
    private final List<Integer> firsts = new ArrayList<>();
    private int entries;

    private ShardReader() {}

    /** @param classNames fixes the order of the classes; null takes those that there are, in natural order */
    static Shards read(List<Path> archives, List<String> classNames) {
        ShardReader reader = new ShardReader();
        for (Path archive : archives) reader.add(archive);
        if (reader.places.isEmpty()) {
            throw new DataException(archives.get(0) + " and its like hold no pictures with labels; each needs a file"
                    + " such as 000017.jpg and one 000017.cls with its class");
        }
        ClassList classes =
                ClassList.of(archives.get(0).toAbsolutePath().getParent().toString(), reader.labels, classNames);
        return new Shards(
                reader.files,
                reader.places.toArray(Shards.Place[]::new),
                reader.labels.stream().mapToInt(classes::label).toArray(),
                reader.firsts.stream().mapToInt(i -> i).toArray(),
                classes.names());
    }

    /** What is known of a sample while its archive is read. */
    private static final class Sample {
        private String picture;
        private long offset;
        private long size = NEITHER;
        private long labelOffset;
        private long labelSize = NEITHER;
    }

    private void add(Path archive) {
        Map<String, Sample> samples = new HashMap<>();
        List<Sample> order = new ArrayList<>();
        try {
            files.add(new Shards.Archive(archive, FileStamp.of(archive)));
            try (TarFile tar = new TarFile(archive)) {
                for (TarArchiveEntry entry : tar.getEntries()) add(archive, entry, samples, order);
            }
            firsts.add(places.size());
            for (Sample sample : order) {
                if (sample.size == NEITHER || sample.labelSize == NEITHER) throw incomplete(archive, sample);
                check(archive, sample, Files.size(archive));
                places.add(new Shards.Place(files.size() - 1, sample.offset, (int) sample.size, sample.picture));
                labels.add(label(archive, sample));
            }
            if (firsts.get(firsts.size() - 1) == places.size()) firsts.remove(firsts.size() - 1);
        } catch (IOException e) {
            throw new DataException(
                    archive + " is no archive that can be read (" + e.getMessage() + "); write it again with tar", e);
        } catch (DataException e) {
            throw e;
        } catch (RuntimeException | OutOfMemoryError e) {
            // The library's way to say that a header makes no sense.
            throw new DataException(archive + " is damaged (" + e + "); write it again with tar", e);
        }
    }

    private void add(Path archive, TarArchiveEntry entry, Map<String, Sample> samples, List<Sample> order) {
        if (++entries > MOST_ENTRIES) {
            throw new DataException("the archives hold more than " + MOST_ENTRIES + " files; use fewer of them");
        }
        if (entry.isDirectory()) return;
        boolean link = entry.isLink() || entry.isSymbolicLink();
        boolean device = entry.isCharacterDevice() || entry.isBlockDevice() || entry.isFIFO();
        if (link || device || entry.isSparse() || !entry.isFile()) {
            throw new DataException(archive + " holds " + quoted(entry.getName())
                    + ", which is no plain file; archives may" + " hold files and folders only");
        }
        String name = entry.getName();
        int begin = name.lastIndexOf('/') + 1, dot = name.indexOf('.', begin);
        // Files that begin with a dot are notes of some system.
        if (dot <= begin) return;
        String key = name.substring(0, dot), ending = name.substring(dot + 1);
        boolean label = ending.equals("cls") || ending.equals("label") || ending.equals("txt");
        if (!label && !FolderReader.isPicture(name)) return;
        Sample sample = samples.computeIfAbsent(key, k -> {
            Sample s = new Sample();
            order.add(s);
            return s;
        });
        if (label ? sample.labelSize != NEITHER : sample.size != NEITHER) {
            throw new DataException(archive + " holds two " + (label ? "labels" : "pictures") + " for " + quoted(key)
                    + "; give each sample a name of its own");
        }
        if (label) {
            sample.labelOffset = entry.getDataOffset();
            sample.labelSize = entry.getSize();
            if (sample.picture == null) sample.picture = name;
        } else {
            sample.picture = name;
            sample.offset = entry.getDataOffset();
            sample.size = entry.getSize();
        }
    }

    private static void check(Path archive, Sample s, long bytes) {
        boolean large = s.size > FileBytes.LARGEST || s.labelSize > LONGEST_LABEL;
        boolean outside =
                s.offset < 0 || s.labelOffset < 0 || s.offset + s.size > bytes || s.labelOffset + s.labelSize > bytes;
        if (large) {
            throw new DataException(
                    archive + " holds " + quoted(s.picture) + " of " + s.size + " bytes with a label of " + s.labelSize
                            + "; at most " + FileBytes.LARGEST + " and " + LONGEST_LABEL + " are possible");
        }
        if (outside)
            throw new DataException(archive + " ends within " + quoted(s.picture) + "; fetch or write it again");
    }

    private static DataException incomplete(Path archive, Sample sample) {
        return new DataException(archive + " holds " + quoted(sample.picture) + " without a "
                + (sample.size == NEITHER ? "picture" : "label (.cls)") + "; each sample needs both");
    }

    private static String label(Path archive, Sample sample) throws IOException {
        FileBytes content = new FileBytes();
        content.read(archive, sample.labelOffset, (int) sample.labelSize);
        String label = new String(content.bytes(), 0, content.length(), StandardCharsets.UTF_8).strip();
        if (label.isEmpty())
            throw new DataException("the label of " + quoted(sample.picture) + " is empty; write its class");
        return label;
    }

    private static String quoted(String text) {
        return "'" + (text.length() > 200 ? text.substring(0, 200) + "..." : text) + "'";
    }
}
