package voluta.backend.cuda.binding;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import voluta.backend.cuda.binding.CudaLibraries.Found;
import voluta.backend.cuda.binding.CudaLibraries.Place;
import voluta.backend.cuda.binding.CudaLibraries.Refused;

/** Looks through the folders and judges every file that bears the name of a CUDA library. */
final class LibrarySearch {
    /** A major version, or "12.6" for NVRTC's built-in functions; longer ones are what these are links to. */
    private static final Pattern MAJOR = Pattern.compile("(\\d{1,3})");

    private static final Pattern MAJOR_MINOR = Pattern.compile("(\\d{1,3})\\.\\d{1,3}");
    /** {@code cuda-12.6}, {@code cuda12}, {@code cu13}. */
    private static final Pattern CUDA_IN_PATH = Pattern.compile("(?:cuda|cu)-?(1[0-9])(?![0-9])");

    private static final Pattern WHEEL = Pattern.compile("nvidia_([a-z_]+?)(?:_cu(\\d+))?-([0-9.]+)\\.dist-info");

    private final Path root;
    private final List<Place> looked = new ArrayList<>();
    private final List<Found> found = new ArrayList<>();
    private final List<Refused> refused = new ArrayList<>();

    private LibrarySearch(Path root) {
        this.root = root;
    }

    static CudaLibraries run(Path root, Map<String, String> environment) {
        LibrarySearch search = new LibrarySearch(root);
        SearchPlaces.list(root, environment, search.refused).forEach((folder, source) -> {
            search.looked.add(new Place(folder, source));
            for (CudaLibrary library : CudaLibrary.values()) search.look(library, folder, source);
        });
        List<Integer> preferred = search.found.stream()
                .filter(f -> f.library() == CudaLibrary.CUBLAS && f.source().equals(SearchPlaces.OWN_VARIABLE))
                .map(Found::major)
                .distinct()
                .toList();
        return new CudaLibraries(search.looked, search.found, search.refused, preferred);
    }

    private void look(CudaLibrary library, Path folder, String source) {
        Pattern named = library == CudaLibrary.NVRTC_BUILTINS ? MAJOR_MINOR : MAJOR;
        for (Path file : SearchPlaces.newestFirst(SearchPlaces.children(folder, library.prefix() + ".*"))) {
            String suffix =
                    file.getFileName().toString().substring(library.prefix().length() + 1);
            Matcher version = named.matcher(suffix);
            if (!version.matches()) continue;
            int major = Integer.parseInt(version.group(1));
            Optional<String> fault = library.accepts(major)
                    ? fault(file)
                    : Optional.of("version " + major + " cannot be used, only " + library.accepted());
            if (fault.isPresent()) {
                refused.add(new Refused(file, fault.get()));
                continue;
            }
            found.add(new Found(library, file, major, version(library, file), cuda(library, file, major), source));
        }
    }

    /** Why a file cannot be a library for this kind of machine. */
    private static Optional<String> fault(Path file) {
        if (Files.isSymbolicLink(file) && !Files.exists(file)) return Optional.of("a link to a file that is not there");
        if (!Files.isRegularFile(file)) return Optional.of("no regular file");
        byte[] head;
        try (InputStream in = Files.newInputStream(file)) {
            head = in.readNBytes(20);
        } catch (IOException e) {
            return Optional.of("cannot be read (" + e.getMessage() + ")");
        }
        if (head.length < 20 || head[0] != 0x7f || head[1] != 'E' || head[2] != 'L' || head[3] != 'F')
            return Optional.of("no shared library");
        if (head[4] != 2) return Optional.of("a 32-bit library");
        return head[18] == 62 && head[19] == 0 ? Optional.empty() : Optional.of("made for another kind of processor");
    }

    private String version(CudaLibrary library, Path file) {
        String name = real(file).getFileName().toString();
        String ofFile = name.startsWith(library.prefix() + ".")
                ? name.substring(library.prefix().length() + 1)
                : file.getFileName().toString().substring(library.prefix().length() + 1);
        List<String> ofWheels = wheels(library, file).stream()
                .map(m -> m.group(3))
                .filter(v -> v.equals(ofFile) || v.startsWith(ofFile + "."))
                .toList();
        return ofWheels.size() == 1 ? ofWheels.get(0) : ofFile;
    }

    /** The CUDA version that a library belongs to. cuDNN has one name for all of them: its surroundings must tell. */
    private OptionalInt cuda(CudaLibrary library, Path file, int major) {
        if (library == CudaLibrary.DRIVER) return OptionalInt.empty();
        if (library != CudaLibrary.CUDNN) return OptionalInt.of(major);
        Set<Integer> told = wheels(library, file).stream()
                .filter(m -> m.group(2) != null)
                .map(m -> Integer.parseInt(m.group(2)))
                .collect(Collectors.toSet());
        if (told.isEmpty()) {
            Matcher inPath = CUDA_IN_PATH.matcher(root.relativize(file).toString());
            while (inPath.find()) told = Set.of(Integer.parseInt(inPath.group(1)));
        }
        if (told.isEmpty() && file.startsWith(root.resolve("usr/lib"))) {
            told = new TreeSet<>();
            for (Path p : SearchPlaces.children(root.resolve("usr/share/doc"), "libcudnn9-cuda-*")) {
                int[] numbers = SearchPlaces.numbers(p.getFileName().toString());
                if (numbers.length > 1) told.add(numbers[1]);
            }
        }
        return told.size() == 1 ? OptionalInt.of(told.iterator().next()) : OptionalInt.empty();
    }

    /** The records of installed wheels that a library may come from. */
    private static List<Matcher> wheels(CudaLibrary library, Path file) {
        Path packages = file;
        for (int up = 0; up < 4 && packages != null; up++) packages = packages.getParent();
        String wanted = switch (library) {
            case CUDNN -> "cudnn";
            case CUBLAS, CUBLAS_LT -> "cublas";
            case NVRTC, NVRTC_BUILTINS -> "cuda_nvrtc";
            case DRIVER -> "";
        };
        List<Matcher> result = new ArrayList<>();
        if (packages == null || !file.startsWith(packages.resolve("nvidia"))) return result;
        for (Path info : SearchPlaces.children(packages, "nvidia_*.dist-info")) {
            Matcher wheel = WHEEL.matcher(info.getFileName().toString());
            if (wheel.matches() && wheel.group(1).equals(wanted)) result.add(wheel);
        }
        return result;
    }

    private static Path real(Path file) {
        try {
            return file.toRealPath();
        } catch (IOException e) {
            return file;
        }
    }
}
