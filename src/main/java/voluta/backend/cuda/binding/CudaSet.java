package voluta.backend.cuda.binding;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Libraries that go together.
 *
 * @param cuda their CUDA version, 12 or 13
 * @param libraries in the order in which they must be loaded; the driver is not among them
 * @param notes what is worth knowing about the choice, one sentence each
 */
public record CudaSet(int cuda, Map<CudaLibrary, CudaLibraries.Found> libraries, List<String> notes) {
    /** What came of a choice. */
    public sealed interface Choice {
        record Chosen(CudaSet set) implements Choice {}

        /** There is no complete set; {@code remedy} is a sentence that says what to install. */
        record Incomplete(String reason, String remedy) implements Choice {}
    }

    /** In one line: {@code CUDA 12: libcublas.so 12.6.4.1, libcudnn.so 9.5.1}. */
    public String describe() {
        return "CUDA " + cuda + ": "
                + libraries.values().stream()
                        .filter(f -> f.library() == CudaLibrary.CUBLAS || f.library() == CudaLibrary.CUDNN)
                        .map(f -> f.library().prefix() + " " + f.version())
                        .collect(Collectors.joining(", "));
    }
}
