package voluta.backend.cuda.binding;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * CUDA's libraries out of a jar on the class path ({@code org.bytedeco:cuda} with classifier {@code linux-x86_64-redist}, see
 * the profile {@code cuda-redist} in pom.xml), for machines that have the driver alone. What is needed of them is unpacked
 * once, below {@code VOLUTA_CACHE_DIR} or {@code ~/.cache/voluta}: into a folder of another name first, so that one of the
 * final name is complete.
 */
final class RedistributedLibraries {
    static final String SOURCE = "class path";

    private static final Pattern JAR = Pattern.compile("cuda-1[0-9]\\..*-linux-x86_64-redist\\.jar");
    private static final Pattern WANTED =
            Pattern.compile("lib(cublas|cublasLt|cudnn|cudnn_[a-z_]+|nvrtc|nvrtc-builtins)\\.so[.0-9]*");

    private final Path cache;

    private RedistributedLibraries(Path cache) {
        this.cache = cache;
    }

    /**
     * The folder with the libraries; empty where the class path names no such jar.
     *
     * @param refused is told why a jar cannot be used
     */
    static Optional<Path> unpacked(
            String classPath, Map<String, String> environment, List<CudaLibraries.Refused> refused) {
        for (String entry : classPath.split(File.pathSeparator)) {
            Path jar = Path.of(entry);
            if (entry.isEmpty() || !JAR.matcher(jar.getFileName().toString()).matches()) continue;
            Optional<Path> cache = cache(environment);
            if (cache.isEmpty()) {
                refused.add(new CudaLibraries.Refused(jar, "no folder to unpack it in; set VOLUTA_CACHE_DIR to one"));
                return Optional.empty();
            }
            try {
                return Optional.of(new RedistributedLibraries(cache.get()).unpack(jar));
            } catch (IOException e) {
                refused.add(new CudaLibraries.Refused(
                        jar, "could not be unpacked below " + cache.get() + " (" + e + "); set VOLUTA_CACHE_DIR"));
            }
        }
        return Optional.empty();
    }

    private static Optional<Path> cache(Map<String, String> environment) {
        String own = environment.getOrDefault("VOLUTA_CACHE_DIR", "");
        if (!own.isEmpty()) return Optional.of(Path.of(own).toAbsolutePath());
        String home = environment.getOrDefault("HOME", "");
        return home.startsWith("/") ? Optional.of(Path.of(home, ".cache", "voluta")) : Optional.empty();
    }

    /** The name holds the jar's size and date, so another jar of the same name gets a folder of its own. */
    private Path unpack(Path jar) throws IOException {
        String name = jar.getFileName().toString().replace(".jar", "");
        Path folder = cache.resolve(name + "-" + Files.size(jar) + "-"
                + Files.getLastModifiedTime(jar).toMillis());
        if (Files.isDirectory(folder)) return folder;
        Files.createDirectories(cache);
        Path unfinished = Files.createTempDirectory(
                cache,
                "unpacking-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        try {
            copy(jar, unfinished);
            Files.move(unfinished, folder);
        } catch (IOException e) {
            delete(unfinished);
            if (!Files.isDirectory(folder)) throw e; // else another process was faster
        }
        return folder;
    }

    private static void copy(Path jar, Path folder) throws IOException {
        try (ZipFile zip = new ZipFile(jar.toFile())) {
            for (ZipEntry e : zip.stream().toList()) {
                String file = e.getName().substring(e.getName().lastIndexOf('/') + 1);
                if (!WANTED.matcher(file).matches()) continue;
                try (InputStream in = zip.getInputStream(e)) {
                    Files.copy(in, folder.resolve(file));
                }
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        for (Path file : SearchPlaces.children(folder, "*")) Files.delete(file);
        Files.deleteIfExists(folder);
    }
}
