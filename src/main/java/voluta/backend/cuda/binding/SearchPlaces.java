package voluta.backend.cuda.binding;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The folders that may hold CUDA libraries, in the order in which they count. */
final class SearchPlaces {
    /** Names the folder to use before all others; several are separated by colons. */
    static final String OWN_VARIABLE = "VOLUTA_CUDA_PATH";
    /** Names the folder of the simulated device, which is then the only one; the launcher script also takes 1. */
    static final String SIMULATOR_VARIABLE = "VOLUTA_CUDA_SIMULATOR";

    private static final int MOST_LINKS = 8;

    private final Path root;
    private final Map<String, String> environment;
    /** Folder to what led to it; the first reason stays. */
    private final Map<Path, String> found = new LinkedHashMap<>();

    private final List<CudaLibraries.Refused> refused = new ArrayList<>();

    private SearchPlaces(Path root, Map<String, String> environment) {
        this.root = root;
        this.environment = environment;
    }

    /** Existing folders as a map from folder to what led to it; what the environment names in vain goes to {@code refused}. */
    static Map<Path, String> list(Path root, Map<String, String> environment, List<CudaLibraries.Refused> refused) {
        SearchPlaces places = new SearchPlaces(root, environment);
        if (simulatorAsked(environment)) {
            places.ofVariable(SIMULATOR_VARIABLE, false);
            refused.addAll(places.refused);
            return places.found;
        }
        places.ofVariable(OWN_VARIABLE, true);
        places.ofVariable("LD_LIBRARY_PATH", false);
        places.ofToolkits();
        places.ofSystem();
        places.ofPython();
        places.ofClassPath();
        refused.addAll(places.refused);
        return places.found;
    }

    /** Whether the user wants the simulated device and nothing else. */
    static boolean simulatorAsked(Map<String, String> environment) {
        return !environment.getOrDefault(SIMULATOR_VARIABLE, "").isEmpty();
    }

    private void ofVariable(String variable, boolean withFoldersBelow) {
        for (String entry : environment.getOrDefault(variable, "").split(":")) {
            if (entry.isEmpty()) continue;
            if (!entry.startsWith("/")) {
                refused.add(new CudaLibraries.Refused(Path.of(entry), variable + " names it by a relative path"));
                continue;
            }
            Path folder = under(entry);
            if (!Files.isDirectory(folder)) {
                refused.add(new CudaLibraries.Refused(folder, variable + " names it, but there is no such folder"));
                continue;
            }
            add(folder, variable);
            if (!withFoldersBelow) continue;
            add(folder.resolve("lib64"), variable);
            add(folder.resolve("lib"), variable);
            wheels(folder, variable);
            if (folder.endsWith("nvidia")) wheels(folder.getParent(), variable);
        }
    }

    private void ofToolkits() {
        for (Path toolkit : newestFirst(children(under("/usr/local"), "cuda*"))) {
            add(toolkit.resolve("lib64"), "CUDA toolkit");
            add(toolkit.resolve("targets/x86_64-linux/lib"), "CUDA toolkit");
        }
    }

    private void ofSystem() {
        LoaderCache.fileOf(under("/etc/ld.so.cache"), CudaLibrary.DRIVER.prefix() + ".1")
                .map(file -> real(under(file).getParent()))
                .ifPresent(folder -> add(folder, "ld.so.cache"));
        add(under("/usr/lib/x86_64-linux-gnu"), "system");
        add(under("/usr/lib/x86_64-linux-gnu/nvidia/current"), "system");
        add(under("/lib/x86_64-linux-gnu"), "system");
        add(under("/usr/lib64"), "system");
        add(under("/usr/lib"), "system");
        add(under("/usr/local/nvidia/lib64"), "container runtime");
        add(under("/usr/local/nvidia/lib"), "container runtime");
        add(under("/usr/lib/wsl/lib"), "WSL");
        add(under("/run/opengl-driver/lib"), "NixOS");
        List<Path> lists = new ArrayList<>(List.of(under("/etc/ld.so.conf")));
        lists.addAll(
                children(under("/etc/ld.so.conf.d"), "*.conf").stream().sorted().toList());
        for (Path list : lists) {
            for (String line : lines(list)) {
                if (line.startsWith("/")) add(under(line.strip()), "ld.so.conf");
            }
        }
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file, StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return List.of(); // not every system has one
        }
    }

    private void ofPython() {
        List<Path> prefixes = new ArrayList<>();
        for (String variable : new String[] {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
            String value = environment.getOrDefault(variable, "");
            if (value.startsWith("/")) prefixes.add(under(value));
        }
        String conda = environment.getOrDefault("CONDA_PREFIX", "");
        if (conda.startsWith("/")) add(under(conda).resolve("lib"), "CONDA_PREFIX");
        String home = environment.getOrDefault("HOME", "");
        if (home.startsWith("/")) prefixes.add(under(home).resolve(".local"));
        ofInterpreter(prefixes);
        prefixes.addAll(List.of(under("/usr/local"), under("/usr")));
        for (Path own : children(under("/opt"), "*").stream().sorted().toList())
            prefixes.addAll(List.of(own, own.resolve("venv"), own.resolve(".venv")));
        for (Path prefix : prefixes) {
            for (Path python : newestFirst(children(prefix.resolve("lib"), "python3*"))) {
                wheels(python.resolve("site-packages"), "Python wheel");
                wheels(python.resolve("dist-packages"), "Python wheel");
            }
        }
    }

    /**
     * What {@code python3} on PATH belongs to, which need not be an environment that was activated. In a virtual one it is a
     * link to the system's, and often something on PATH is a link to it: every step of the way may be the one.
     */
    private void ofInterpreter(List<Path> prefixes) {
        for (String entry : environment.getOrDefault("PATH", "").split(":")) {
            if (!entry.startsWith("/")) continue;
            Path python = under(entry).resolve("python3");
            for (int hops = 0; hops < MOST_LINKS && Files.exists(python, LinkOption.NOFOLLOW_LINKS); hops++) {
                Path prefix = python.getParent().getParent();
                if (prefix != null) prefixes.add(prefix);
                if (!Files.isSymbolicLink(python)) break;
                try {
                    Path target = Files.readSymbolicLink(python);
                    python = target.isAbsolute()
                            ? under(target.toString())
                            : python.resolveSibling(target).normalize();
                } catch (IOException e) {
                    break;
                }
            }
        }
    }

    /** Last, and only for a machine with a driver: unpacking takes hundreds of megabytes. */
    private void ofClassPath() {
        boolean driver = found.keySet().stream()
                .anyMatch(f -> !children(f, CudaLibrary.DRIVER.prefix() + ".1").isEmpty());
        if (!driver) return;
        RedistributedLibraries.unpacked(System.getProperty("java.class.path", ""), environment, refused)
                .ifPresent(folder -> add(folder, RedistributedLibraries.SOURCE));
    }

    /** NVIDIA's wheels: one folder per library, or one for all of CUDA 13. */
    private void wheels(Path packages, String source) {
        for (Path library : newestFirst(children(packages.resolve("nvidia"), "*"))) add(library.resolve("lib"), source);
    }

    private void add(Path folder, String source) {
        if (!Files.isDirectory(folder)) return;
        Path real = real(folder);
        for (Path known : found.keySet()) {
            if (real(known).equals(real)) return;
        }
        found.put(folder, source);
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path.toAbsolutePath().normalize();
        }
    }

    private Path under(String absolute) {
        return root.resolve(absolute.substring(1));
    }

    static List<Path> children(Path folder, String glob) {
        List<Path> result = new ArrayList<>();
        if (!Files.isDirectory(folder)) return result;
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, glob)) {
            files.forEach(result::add);
        } catch (IOException | java.nio.file.DirectoryIteratorException e) {
            return List.of(); // a folder that may not be read holds nothing for us
        }
        return result;
    }

    /** By the numbers in their names, the highest first; without numbers last. */
    static List<Path> newestFirst(List<Path> paths) {
        return paths.stream()
                .sorted(Comparator.comparing((Path p) -> numbers(p.getFileName().toString()), Arrays::compare)
                        .reversed()
                        .thenComparing(Path::getFileName))
                .toList();
    }

    static int[] numbers(String text) {
        return Arrays.stream(text.split("\\D+"))
                .filter(s -> !s.isEmpty() && s.length() < 10)
                .mapToInt(Integer::parseInt)
                .toArray();
    }
}
