package voluta.backend;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.zip.CRC32;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was measured, in a file that outlives the process: a line with a checksum of the rest, then a line for each
 * problem. The file is read at the first question and replaced as a whole, so that a reader sees the old one or the new
 * one. A file that cannot be used is not used, and says so once; nothing depends on it but time.
 */
public final class AlgorithmCache {
    /**
     * The result for one problem.
     *
     * @param number the library's number of the algorithm; 0 where it has none
     * @param micros how long it took
     */
    public record Entry(int number, double micros) {}

    private static final Logger LOG = LoggerFactory.getLogger(AlgorithmCache.class);
    private static final String HEAD = "voluta convolution algorithms 1, checksum ";
    private static final String FILE = "convolution-algorithms.txt";

    private final Path file;
    private Map<String, Entry> entries;
    private boolean warned;

    public AlgorithmCache(Path folder) {
        this.file = folder.resolve(FILE);
    }

    /** The cache in the folder that the environment names: VOLUTA_CACHE_DIR, or the user's cache folder. */
    public static AlgorithmCache of(Map<String, String> environment) {
        String own = environment.getOrDefault("VOLUTA_CACHE_DIR", "");
        if (!own.isEmpty()) return new AlgorithmCache(Path.of(own));
        String shared = environment.getOrDefault("XDG_CACHE_HOME", "");
        Path base = shared.isEmpty() ? Path.of(System.getProperty("user.home"), ".cache") : Path.of(shared);
        return new AlgorithmCache(base.resolve("voluta"));
    }

    /** What is known of a problem. */
    public Optional<Entry> get(String problem) {
        if (entries == null) entries = read();
        return Optional.ofNullable(entries.get(problem));
    }

    /** Remembers a result, here and in the file. */
    public void put(String problem, Entry entry) {
        Map<String, Entry> all = read(); // another process may have written since
        if (entries != null) entries.forEach(all::putIfAbsent);
        all.put(problem, entry);
        entries = all;
        write();
    }

    private Map<String, Entry> read() {
        try {
            return parse(Files.readString(file));
        } catch (NoSuchFileException e) {
            return new TreeMap<>();
        } catch (IOException | RuntimeException e) {
            warn("is not used, and will be replaced", e);
            return new TreeMap<>();
        }
    }

    private static Map<String, Entry> parse(String text) {
        int end = text.indexOf('\n');
        if (end < 0 || !text.substring(0, end).equals(HEAD + checksum(text.substring(end + 1))))
            throw new IllegalArgumentException("its checksum does not fit its content");
        Map<String, Entry> all = new TreeMap<>();
        text.substring(end + 1).lines().forEach(line -> {
            String[] parts = line.split("\t");
            if (parts.length != 3) throw new IllegalArgumentException("a line has " + parts.length + " parts, not 3");
            all.put(parts[2], new Entry(Integer.parseInt(parts[0]), Double.parseDouble(parts[1])));
        });
        return all;
    }

    private void write() {
        StringBuilder body = new StringBuilder();
        entries.forEach((problem, e) -> body.append(e.number())
                .append('\t')
                .append(e.micros())
                .append('\t')
                .append(problem)
                .append('\n'));
        Path temporary = null;
        try {
            Files.createDirectories(file.getParent());
            temporary = Files.createTempFile(file.getParent(), FILE, ".tmp");
            Files.writeString(temporary, HEAD + checksum(body.toString()) + '\n' + body);
            replace(temporary);
        } catch (IOException e) {
            warn("cannot be written, so the next run measures again", e);
            delete(temporary);
        }
    }

    private void replace(Path by) throws IOException {
        try {
            Files.move(by, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(by, file, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void delete(Path temporary) {
        if (temporary == null) return;
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            LOG.debug("could not delete {}", temporary, e);
        }
    }

    private void warn(String what, Exception e) {
        if (!warned) LOG.warn("the file of measured algorithms, {}, {}: {}", file, what, e.toString());
        warned = true;
    }

    private static String checksum(String text) {
        CRC32 crc = new CRC32();
        crc.update(text.getBytes(StandardCharsets.UTF_8));
        return Long.toHexString(crc.getValue());
    }
}
