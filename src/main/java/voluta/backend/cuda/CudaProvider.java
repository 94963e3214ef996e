package voluta.backend.cuda;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.BackendProvider;
import voluta.backend.DeviceException;
import voluta.backend.ExecutionMode;
import voluta.backend.cuda.binding.CudaProbe;
import voluta.backend.cuda.memory.MemorySettings;

/**
 * Available where an NVIDIA driver, a GPU, cuBLAS and cuDNN are.
 *
 * <p>For finding faults, the environment says how it works: {@code VOLUTA_CUDA_MODE} is {@code checked} (waits after each
 * call, so that a fault names its node), {@code eager} or {@code captured} (then a step that cannot be captured is an
 * error); {@code VOLUTA_CUDA_MEMORY=raw} makes
 * each value a device allocation of its own, whose bounds NVIDIA's compute-sanitizer sees; {@code checked} besides puts guard
 * bands around each and poisons what is freed; {@code VOLUTA_CUDA_CONVOLUTIONS} names the interfaces of cuDNN that do
 * convolutions: {@code classic}, {@code graph} (the classic one for what it cannot do), {@code compiled} (the same with
 * plans that take seconds to compile) or {@code all}.
 */
public final class CudaProvider implements BackendProvider {
    private static final String MODE = "VOLUTA_CUDA_MODE",
            MEMORY = "VOLUTA_CUDA_MEMORY",
            CONVOLUTIONS = "VOLUTA_CUDA_CONVOLUTIONS";
    private static final String SIMULATOR = "VOLUTA_CUDA_SIMULATOR";

    private static CudaProbe.Result found;

    @Override
    public String name() {
        return "cuda";
    }

    /** Best of all; but a simulated device is only taken when it is asked for. */
    @Override
    public int priority() {
        return System.getenv().getOrDefault(SIMULATOR, "").isEmpty() ? 200 : Integer.MIN_VALUE;
    }

    @Override
    public Availability probe() {
        return result().availability();
    }

    /** What is usable stays loaded, so it is looked for once. */
    private static synchronized CudaProbe.Result result() {
        if (found == null || found.state() != CudaProbe.State.USABLE) found = CudaProbe.run();
        return found;
    }

    @Override
    public List<String> findings() {
        return CudaProbe.findings(result());
    }

    @Override
    public Backend open(BackendOptions options) {
        CudaProbe.Result r = result();
        if (r.availability() instanceof Availability.Unavailable no)
            throw new DeviceException("backend cuda cannot be used: " + no.reason() + ". " + no.remedy());
        String device = CudaProbe.describe(r, options.device());
        Map<String, String> environment = System.getenv();
        return new CudaBackend(
                options, device, memory(options, environment), mode(environment), convolutions(environment));
    }

    static Optional<ExecutionMode> mode(Map<String, String> environment) {
        String text = environment.getOrDefault(MODE, "");
        if (text.isEmpty()) return Optional.empty();
        return Optional.of(Arrays.stream(ExecutionMode.values())
                .filter(m -> m.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(
                        () -> new DeviceException(MODE + " is " + text + "; it can be checked, eager or captured")));
    }

    static ConvolutionAlgorithms.Source convolutions(Map<String, String> environment) {
        String text = environment.getOrDefault(CONVOLUTIONS, "");
        if (text.isEmpty()) return ConvolutionAlgorithms.Source.ALL;
        return Arrays.stream(ConvolutionAlgorithms.Source.values())
                .filter(s -> s.name().toLowerCase(Locale.ROOT).equals(text))
                .findFirst()
                .orElseThrow(() -> new DeviceException(
                        CONVOLUTIONS + " is " + text + "; it can be all, classic, graph or compiled"));
    }

    static MemorySettings memory(BackendOptions options, Map<String, String> environment) {
        String text = environment.getOrDefault(MEMORY, "");
        MemorySettings everyday = MemorySettings.DEFAULT.withLimit(options.memoryLimit());
        return switch (text) {
            case "" -> everyday;
            case "raw" -> everyday.withRaw(true);
            case "checked" -> everyday.withChecks(true);
            default -> throw new DeviceException(MEMORY + " is " + text + "; it can be raw or checked, or unset");
        };
    }
}
