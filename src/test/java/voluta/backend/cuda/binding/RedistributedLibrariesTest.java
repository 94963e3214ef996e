package voluta.backend.cuda.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** A small jar in the place of the one with 2 GB: the same names, and libraries of which only the heads are real. */
@EnabledOnOs(OS.LINUX)
class RedistributedLibrariesTest {
    private static final String IN_JAR = "org/bytedeco/cuda/linux-x86_64/";
    private static final List<String> WANTED = List.of(
            "libcublas.so.12",
            "libcublasLt.so.12",
            "libcudnn.so.9",
            "libcudnn_engines_runtime_compiled.so.9",
            "libcudnn_graph.so.9",
            "libnvrtc-builtins.so.12.6",
            "libnvrtc.so.12");

    private final String classPath = System.getProperty("java.class.path");

    @TempDir
    private Path root;

    private Path jar;
    private Path cache;

    @BeforeEach
    void makeJar() throws IOException {
        jar = root.resolve("cuda-12.6-9.5-1.5.11-linux-x86_64-redist.jar");
        cache = root.resolve("cache");
        FakeMachine.library(root, "head.so");
        byte[] library = Files.readAllBytes(root.resolve("head.so"));
        try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(jar))) {
            List<String> names = new ArrayList<>(WANTED);
            names.addAll(List.of("libnccl.so.2", "libcusolver.so.11", "libcublas.txt"));
            for (String name : names) {
                zip.putNextEntry(new ZipEntry(IN_JAR + name));
                zip.write(library);
            }
        }
    }

    @AfterEach
    void restore() {
        System.setProperty("java.class.path", classPath);
    }

    private CudaLibraries discover() {
        System.setProperty("java.class.path", "classes" + File.pathSeparator + jar);
        return CudaLibraries.discover(root, Map.of("VOLUTA_CACHE_DIR", cache.toString()));
    }

    @Test
    void aMachineWithTheDriverAloneGetsACompleteSet() throws IOException {
        FakeMachine.library(root, "usr/lib/x86_64-linux-gnu/libcuda.so.1");
        CudaLibraries libraries = discover();
        CudaSet set = assertInstanceOf(CudaSet.Choice.Chosen.class, libraries.choose(OptionalInt.of(12)))
                .set();
        assertEquals(12, set.cuda());
        Path folder = libraries.looked().get(libraries.looked().size() - 1).folder();
        assertTrue(folder.startsWith(cache), folder.toString());
        TreeSet<String> unpacked = new TreeSet<>();
        for (Path file : SearchPlaces.children(folder, "*"))
            unpacked.add(file.getFileName().toString());
        assertEquals(new TreeSet<>(WANTED), unpacked);
        // Once is enough, and nothing unfinished stays.
        Path file = folder.resolve("libcudnn.so.9");
        Files.setLastModifiedTime(file, java.nio.file.attribute.FileTime.fromMillis(1000));
        discover();
        assertEquals(1000, Files.getLastModifiedTime(file).toMillis());
        assertEquals(1, SearchPlaces.children(cache, "*").size());
    }

    @Test
    void nothingIsUnpackedWithoutADriver() {
        discover();
        assertTrue(Files.notExists(cache));
    }

    @Test
    void aBrokenJarIsRefusedWithTheRemedy() throws IOException {
        FakeMachine.library(root, "usr/lib/x86_64-linux-gnu/libcuda.so.1");
        Files.writeString(jar, "no jar");
        CudaLibraries libraries = discover();
        assertTrue(
                libraries.refused().stream()
                        .anyMatch(r -> r.path().equals(jar) && r.why().contains("VOLUTA_CACHE_DIR")),
                libraries.refused().toString());
        assertEquals(List.of(), SearchPlaces.children(cache, "*"));
    }
}
