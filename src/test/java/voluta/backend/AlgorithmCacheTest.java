package voluta.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.backend.AlgorithmCache.Entry;

/** The file of measured algorithms: kept, shared, and never trusted when damaged. */
class AlgorithmCacheTest {
    private static final String FILE = "convolution-algorithms.txt";

    @TempDir
    private Path folder;

    private List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    @Test
    void whatIsPutIsThereForTheNextProcess() throws IOException {
        new AlgorithmCache(folder).put("FORWARD x 1x2", new Entry(6, 12.5));
        assertEquals(Optional.of(new Entry(6, 12.5)), new AlgorithmCache(folder).get("FORWARD x 1x2"));
        assertEquals(Optional.empty(), new AlgorithmCache(folder).get("FORWARD x 1x3"));
        assertEquals(List.of(folder.resolve(FILE)), files(), "temporary files stay behind");
    }

    @Test
    void twoProcessesKeepEachOthersResults() {
        AlgorithmCache one = new AlgorithmCache(folder), other = new AlgorithmCache(folder);
        assertEquals(Optional.empty(), one.get("a"));
        assertEquals(Optional.empty(), other.get("a"));
        one.put("a", new Entry(1, 1));
        other.put("b", new Entry(2, 2));
        AlgorithmCache later = new AlgorithmCache(folder);
        assertEquals(Optional.of(new Entry(1, 1)), later.get("a"));
        assertEquals(Optional.of(new Entry(2, 2)), later.get("b"));
    }

    @Test
    void aDamagedFileIsIgnoredAndReplaced() throws IOException {
        new AlgorithmCache(folder).put("a", new Entry(1, 1));
        String whole = Files.readString(folder.resolve(FILE));
        for (String damaged : List.of(
                "",
                "nonsense",
                whole.substring(0, whole.length() - 2),
                whole.replace("1\t1.0", "3\t1.0"),
                whole + "x")) {
            Files.writeString(folder.resolve(FILE), damaged);
            AlgorithmCache cache = new AlgorithmCache(folder);
            assertEquals(Optional.empty(), cache.get("a"), damaged);
            cache.put("b", new Entry(4, 2));
            assertEquals(Optional.of(new Entry(4, 2)), new AlgorithmCache(folder).get("b"), damaged);
        }
    }

    @Test
    void bytesThatAreNoTextAreIgnored() throws IOException {
        Files.write(folder.resolve(FILE), new byte[] {(byte) 0xff, (byte) 0xfe, 0, 1});
        assertEquals(Optional.empty(), new AlgorithmCache(folder).get("a"));
    }

    @Test
    void aFolderThatCannotBeMadeCostsNothingButTime() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "in the way");
        AlgorithmCache cache = new AlgorithmCache(file.resolve("cache"));
        cache.put("a", new Entry(1, 1));
        assertEquals(Optional.of(new Entry(1, 1)), cache.get("a"));
    }

    @Test
    void theEnvironmentNamesTheFolder() {
        AlgorithmCache.of(Map.of("VOLUTA_CACHE_DIR", folder.resolve("own").toString()))
                .put("a", new Entry(1, 1));
        AlgorithmCache.of(Map.of("XDG_CACHE_HOME", folder.toString())).put("a", new Entry(1, 1));
        assertTrue(Files.exists(folder.resolve("own").resolve(FILE)));
        assertTrue(Files.exists(folder.resolve("voluta").resolve(FILE)));
    }
}
