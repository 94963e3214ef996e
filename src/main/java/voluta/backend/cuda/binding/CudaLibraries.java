package voluta.backend.cuda.binding;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Which CUDA libraries a machine has: what was looked at, found, refused and why. Finding them loads nothing.
 *
 * @param looked existing folders that were looked through, in the order in which they count
 * @param found libraries that could be loaded here, in the same order
 * @param refused files and folders that were not taken
 * @param preferred the CUDA versions in {@code VOLUTA_CUDA_PATH}; empty where that names no cuBLAS
 */
public record CudaLibraries(List<Place> looked, List<Found> found, List<Refused> refused, List<Integer> preferred) {
    /**
     * A folder.
     *
     * @param source what led to it: a variable, "CUDA toolkit", "system", "Python wheel", ...
     */
    public record Place(Path folder, String source) {}

    /**
     * A library.
     *
     * @param file the path to load it by
     * @param major the version in its name that programs are linked against: 12 of {@code libcublas.so.12}
     * @param version as exactly as names of files and packages tell
     * @param cuda the CUDA version that it was built for, where that can be told without loading it
     */
    public record Found(CudaLibrary library, Path file, int major, String version, OptionalInt cuda, String source) {
        Path folder() {
            return file.getParent();
        }

        @Override
        public String toString() {
            return library.prefix() + " " + version + " (" + file + ")";
        }
    }

    /** Something that was not taken. */
    public record Refused(Path path, String why) {
        @Override
        public String toString() {
            return path + ": " + why;
        }
    }

    public CudaLibraries {
        looked = List.copyOf(looked);
        found = List.copyOf(found);
        refused = List.copyOf(refused);
        preferred = List.copyOf(preferred);
    }

    /** Looks at this machine. */
    public static CudaLibraries discover() {
        return discover(Path.of("/"), System.getenv());
    }

    /** Looks at a file system under any root with any environment, whose absolute paths are meant to be under that root. */
    static CudaLibraries discover(Path root, Map<String, String> environment) {
        return LibrarySearch.run(root, environment);
    }

    /** The driver to load, if there is one. */
    public Optional<Found> driver() {
        return found.stream().filter(f -> f.library() == CudaLibrary.DRIVER).findFirst();
    }

    /**
     * Chooses the libraries to load: the newest complete set for one CUDA version.
     *
     * @param newest the newest CUDA version that the driver can run, for instance 12; empty where that is not known yet
     */
    public CudaSet.Choice choose(OptionalInt newest) {
        return new SetChoice(this, newest).choose();
    }

    List<Found> all(CudaLibrary library) {
        return found.stream().filter(f -> f.library() == library).toList();
    }

    /** For people: one line for each folder, library and refusal. */
    public List<String> lines() {
        List<String> lines = new ArrayList<>();
        for (Place p : looked) lines.add("looked in " + p.folder() + " (" + p.source() + ")");
        for (Found f : found)
            lines.add("found " + f
                    + (f.cuda().isPresent() ? ", for CUDA " + f.cuda().getAsInt() : ""));
        for (Refused r : refused) lines.add("not taken: " + r);
        return lines;
    }

    /** For JSON: maps, lists, texts and numbers only. */
    public Map<String, Object> facts() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("looked", looked.stream().map(CudaLibraries::facts).toList());
        facts.put("found", found.stream().map(CudaLibraries::facts).toList());
        facts.put(
                "refused",
                refused.stream()
                        .map(r -> Map.of("path", r.path().toString(), "why", r.why()))
                        .toList());
        return facts;
    }

    private static Map<String, Object> facts(Place p) {
        return Map.of("folder", p.folder().toString(), "source", p.source());
    }

    static Map<String, Object> facts(Found f) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("library", f.library().prefix());
        facts.put("file", f.file().toString());
        facts.put("version", f.version());
        if (f.cuda().isPresent()) facts.put("cuda", (long) f.cuda().getAsInt());
        facts.put("source", f.source());
        return facts;
    }
}
