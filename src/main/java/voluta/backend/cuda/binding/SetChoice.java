package voluta.backend.cuda.binding;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import voluta.backend.cuda.binding.CudaLibraries.Found;

/** Chooses libraries of one CUDA version. Versions are never mixed: cuDNN loads the cuBLAS that it was built for. */
final class SetChoice {
    private static final int FITS = 2;
    private static final int UNKNOWN = 1;

    private final CudaLibraries libraries;
    private final OptionalInt newest;
    private final List<String> refusals = new ArrayList<>();

    SetChoice(CudaLibraries libraries, OptionalInt newest) {
        this.libraries = libraries;
        this.newest = newest;
    }

    /** A cuDNN and how well it is known to fit. */
    private record Candidate(CudaSet set, int fit) {}

    CudaSet.Choice choose() {
        List<Candidate> complete = new ArrayList<>();
        TreeSet<Integer> versions = new TreeSet<>(Comparator.reverseOrder());
        libraries.all(CudaLibrary.CUBLAS).forEach(f -> versions.add(f.major()));
        for (int cuda : versions) candidate(cuda).ifPresent(complete::add);
        for (int fit = FITS; fit >= UNKNOWN; fit--) {
            for (Candidate c : complete) {
                if (c.fit() == fit) return new CudaSet.Choice.Chosen(withRefusals(c.set()));
            }
        }
        return incomplete(versions.isEmpty());
    }

    private Optional<Candidate> candidate(int cuda) {
        if (newest.isPresent() && cuda > newest.getAsInt()) {
            refusals.add("CUDA " + cuda + " is not taken: the driver runs programs up to CUDA " + newest.getAsInt());
            return Optional.empty();
        }
        if (!libraries.preferred().isEmpty() && !libraries.preferred().contains(cuda)) {
            refusals.add("CUDA " + cuda + " is not taken: " + SearchPlaces.OWN_VARIABLE + " holds CUDA "
                    + libraries.preferred().get(0));
            return Optional.empty();
        }
        for (Found cublas : libraries.all(CudaLibrary.CUBLAS)) {
            if (cublas.major() != cuda) continue;
            Optional<Found> light = beside(cublas, CudaLibrary.CUBLAS_LT, cuda);
            if (light.isEmpty()) {
                refusals.add(cublas + " is not taken: libcublasLt.so." + cuda + " is not beside it");
                continue;
            }
            Optional<Found> cudnn = libraries.all(CudaLibrary.CUDNN).stream()
                    .filter(f -> fit(f, cublas) > 0)
                    .max(Comparator.comparingInt((Found f) -> fit(f, cublas)) // the first of equals
                            .thenComparing(f -> -libraries.found().indexOf(f)));
            if (cudnn.isEmpty()) {
                refusals.add("CUDA " + cuda + " is not taken: there is no libcudnn.so.9 for it");
                return Optional.empty();
            }
            return Optional.of(new Candidate(set(cuda, light.get(), cublas, cudnn.get()), fit(cudnn.get(), cublas)));
        }
        return Optional.empty();
    }

    private static int fit(Found cudnn, Found cublas) {
        if (cudnn.cuda().isPresent()) return cudnn.cuda().getAsInt() == cublas.major() ? FITS : 0;
        return cudnn.folder().equals(cublas.folder()) ? FITS : UNKNOWN;
    }

    private CudaSet set(int cuda, Found light, Found cublas, Found cudnn) {
        Map<CudaLibrary, Found> set = new EnumMap<>(CudaLibrary.class);
        List<String> notes = new ArrayList<>();
        set.put(CudaLibrary.CUBLAS_LT, light);
        set.put(CudaLibrary.CUBLAS, cublas);
        set.put(CudaLibrary.CUDNN, cudnn);
        Optional<Found> nvrtc = libraries.all(CudaLibrary.NVRTC).stream()
                .filter(f -> f.major() == cuda)
                .findFirst();
        nvrtc.ifPresentOrElse(
                f -> {
                    set.put(CudaLibrary.NVRTC, f);
                    beside(f, CudaLibrary.NVRTC_BUILTINS, cuda).ifPresent(b -> set.put(CudaLibrary.NVRTC_BUILTINS, b));
                },
                () -> notes.add("there is no libnvrtc.so." + cuda
                        + ": the engines of cuDNN that compile when they are prepared cannot be used"));
        if (fit(cudnn, cublas) == UNKNOWN)
            notes.add("nothing tells which CUDA version " + cudnn.file() + " was built for");
        return new CudaSet(cuda, set, notes);
    }

    private Optional<Found> beside(Found other, CudaLibrary library, int major) {
        return libraries.all(library).stream()
                .filter(f -> f.major() == major && f.folder().equals(other.folder()))
                .findFirst();
    }

    private CudaSet withRefusals(CudaSet set) {
        List<String> notes = new ArrayList<>(set.notes());
        notes.addAll(refusals);
        return new CudaSet(set.cuda(), java.util.Collections.unmodifiableMap(set.libraries()), List.copyOf(notes));
    }

    private CudaSet.Choice incomplete(boolean noCublas) {
        String wanted = newest.isPresent() && newest.getAsInt() < 13 ? "CUDA 12" : "CUDA 12 or 13";
        if (noCublas) refusals.add("there is no libcublas.so.12 or .13");
        if (libraries.all(CudaLibrary.CUDNN).isEmpty()) refusals.add("there is no libcudnn.so.9");
        libraries.refused().stream().map(CudaLibraries.Refused::toString).forEach(refusals::add);
        return new CudaSet.Choice.Incomplete(
                "the CUDA libraries are not complete: "
                        + String.join("; ", refusals.stream().distinct().toList()),
                "Install cuBLAS of " + wanted + " and cuDNN 9 built for the same version, or set "
                        + SearchPlaces.OWN_VARIABLE + " to the folder that holds them.");
    }
}
