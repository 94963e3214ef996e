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
import java.util.stream.Stream;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import voluta.backend.DeviceException;

/**
 * Loads the CUDA libraries of the machine and JCuda's natives on top of them, once per process.
 *
 * <p>JCuda's own loader searches {@code java.library.path}, then takes {@code lib<name>.so} from {@code java.io.tmpdir}
 * as it finds it, and only then unpacks its jar there. It is therefore never called with a folder that others can write:
 * the natives lie ready, fitted to the library versions found, in a new folder of mode 0700, that property points there
 * for the moment, and afterwards the process's memory map must show just those files. The folder is deleted then.
 */
final class CudaLoader {
    private static final String JCUDA_VERSION = "12.6.0";
    private static final String JCUDNN_VERSION = "11.7.0";

    /** One of JCuda's natives: its place in the jars, and the name under which JCuda's loader looks for it. */
    private record Native(String name, String version, Runnable touch) {
        String resource() {
            return "/lib/lib" + name + "-" + version + "-linux-x86_64.so";
        }

        String file() {
            return "lib" + name + "-" + JCUDA_VERSION + "-linux-x86_64.so";
        }
    }

    // Lambdas: no class of jcuda is initialized before its native lies ready.
    private static final Native DRIVER =
            new Native("JCudaDriver", JCUDA_VERSION, () -> JCudaDriver.setExceptionsEnabled(false));
    private static final Native CUBLAS =
            new Native("JCublas2", JCUDA_VERSION, () -> JCublas2.setExceptionsEnabled(false));
    private static final Native CUDNN = new Native("JCudnn", JCUDNN_VERSION, () -> JCudnn.setExceptionsEnabled(false));

    private static boolean driverLoaded;
    private static CudaSet loaded;
    /** JCuda's classes cannot be initialized twice, so a failure is final. */
    private static DeviceException failure;

    private CudaLoader() {}

    /** Why loading cannot work in this process, whatever is installed; empty where nothing stands in the way. */
    static Optional<String> obstacle() {
        return obstacle(
                System.getenv(),
                System.getProperty("java.library.path", "")
                        + File.pathSeparator
                        + System.getProperty("sun.boot.library.path", ""));
    }

    static Optional<String> obstacle(Map<String, String> environment, String libraryPath) {
        if (!environment.getOrDefault("LD_BIND_NOW", "").isEmpty()) {
            return Optional.of("the environment variable LD_BIND_NOW is set, with which JCudnn cannot be loaded, since"
                    + " cuDNN 9 lacks functions that it names but that are never called; unset it");
        }
        for (String folder : libraryPath.split(File.pathSeparator)) {
            for (Native n : List.of(DRIVER, CUBLAS, CUDNN)) {
                Path file = Path.of(folder.isEmpty() ? "." : folder, n.file());
                if (Files.exists(file)) {
                    return Optional.of(file + " would be loaded in place of the file made for this machine;"
                            + " take its folder off java.library.path");
                }
            }
        }
        return Optional.empty();
    }

    /** Whether JCuda's natives are on the class path: they exist for Linux on x86-64 alone, and not in every package. */
    static boolean nativesPresent() {
        return Stream.of(DRIVER, CUBLAS, CUDNN).allMatch(n -> CudaLoader.class.getResource(n.resource()) != null);
    }

    /**
     * Loads the driver and JCuda's binding of it.
     *
     * @throws DeviceException if that fails, with what would help; it fails the same way each time then
     */
    static synchronized void loadDriver(CudaLibraries.Found driver) {
        if (driverLoaded) return;
        once(() -> {
            load(driver.file());
            bind(DRIVER, Map.of());
        });
        driverLoaded = true;
    }

    /**
     * Loads cuBLAS and cuDNN and JCuda's bindings of them; the driver must be loaded.
     *
     * @throws DeviceException if that fails, or another set was loaded before
     */
    static synchronized void load(CudaSet set) {
        if (!driverLoaded) throw new IllegalStateException("the driver is not loaded");
        if (loaded != null) {
            if (loaded.libraries().equals(set.libraries())) return;
            throw new DeviceException("this process has loaded " + loaded.describe() + " and cannot load "
                    + set.describe() + " too; start a new one");
        }
        once(() -> {
            for (CudaLibraries.Found f : set.libraries().values()) load(f.file());
            String cublas = "libcublas.so." + set.cuda();
            bind(CUBLAS, cublas.equals("libcublas.so.12") ? Map.of() : Map.of("libcublas.so.12", cublas));
            bind(CUDNN, Map.of("libcudnn.so.8", "libcudnn.so.9"));
        });
        loaded = set;
    }

    private static void once(Runnable loading) {
        if (failure != null) throw failure;
        obstacle().ifPresent(o -> {
            throw new DeviceException(o);
        });
        try {
            loading.run();
        } catch (DeviceException e) {
            failure = e;
            throw e;
        }
    }

    private static void load(Path library) {
        try {
            System.load(library.toAbsolutePath().toString());
        } catch (UnsatisfiedLinkError e) {
            throw new DeviceException(
                    "could not load " + library + " (" + e.getMessage()
                            + "); install what it lacks, or name another folder with " + SearchPlaces.OWN_VARIABLE,
                    e);
        }
    }

    /** Writes one native, fitted, into a private folder, and has JCuda load it from there. */
    private static void bind(Native n, Map<String, String> renames) {
        Path folder = null;
        try {
            folder = privateFolder();
            byte[] library;
            try (InputStream in = CudaLoader.class.getResourceAsStream(n.resource())) {
                if (in == null)
                    throw new DeviceException(n.resource() + " is not on the class path; build Voluta again");
                library = in.readAllBytes();
            }
            Path file = folder.resolve(n.file());
            Files.write(file, renames.isEmpty() ? library : ElfRelinker.relink(library, renames));
            touch(n, folder);
            requireLoadedFrom(file);
        } catch (IOException e) {
            throw new DeviceException(
                    "could not write native libraries (" + e
                            + "); set VOLUTA_CACHE_DIR to a folder that can be written",
                    e);
        } finally {
            delete(folder);
        }
    }

    private static Path privateFolder() throws IOException {
        String cache = System.getenv("VOLUTA_CACHE_DIR");
        boolean own = cache != null && !cache.isEmpty();
        Path base = Path.of(own ? cache : System.getProperty("java.io.tmpdir")).toAbsolutePath();
        if (own) Files.createDirectories(base);
        return Files.createTempDirectory(
                        base,
                        "voluta-cuda-",
                        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")))
                .toRealPath();
    }

    private static void touch(Native n, Path folder) {
        String before = System.getProperty("java.io.tmpdir");
        System.setProperty("java.io.tmpdir", folder.toString());
        try {
            n.touch().run();
        } catch (LinkageError e) {
            throw new DeviceException(
                    "could not load JCuda's native library " + n.name() + " from " + folder + " ("
                            + firstReason(e) + "); where programs may not be run from that folder, set"
                            + " VOLUTA_CACHE_DIR to another one",
                    e);
        } finally {
            System.setProperty("java.io.tmpdir", before);
        }
    }

    /** JCuda puts two stack traces into the message; the line that tells is the one of the last attempt. */
    private static String firstReason(LinkageError e) {
        String message = String.valueOf(e.getMessage());
        return message.lines()
                .filter(line -> line.contains("UnsatisfiedLinkError"))
                .reduce((first, second) -> second)
                .orElse(message.lines().findFirst().orElse(e.toString()))
                .strip();
    }

    /** JCuda says nothing of where it found a library: the memory map does. */
    private static void requireLoadedFrom(Path file) throws IOException {
        List<String> mapped;
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/maps"))) {
            mapped = lines.filter(line -> line.endsWith("/" + file.getFileName()))
                    .map(line -> line.substring(line.indexOf('/')))
                    .distinct()
                    .toList();
        }
        if (!mapped.equals(List.of(file.toString()))) {
            throw new DeviceException("JCuda loaded " + mapped + " in place of " + file
                    + "; do not load JCuda elsewhere in this process");
        }
    }

    /** Linux keeps what is mapped, so that nothing stays behind on the disk. */
    private static void delete(Path folder) {
        if (folder == null) return;
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) Files.delete(file);
            Files.delete(folder);
        } catch (IOException e) {
            org.slf4j.LoggerFactory.getLogger(CudaLoader.class).warn("could not delete {}: {}", folder, e.toString());
        }
    }
}
