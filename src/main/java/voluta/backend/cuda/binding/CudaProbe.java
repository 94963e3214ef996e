package voluta.backend.cuda.binding;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import jcuda.driver.JCudaDriver;
import jcuda.jcublas.JCublas2;
import jcuda.jcudnn.JCudnn;
import voluta.backend.Availability;
import voluta.backend.DeviceException;

/**
 * Finds out whether CUDA can work here, step by step, and stops at the first thing that is missing. Where there is no
 * driver, no class of jcuda is loaded.
 */
public final class CudaProbe {
    /** The first CUDA version whose driver runs our kernels and the libraries that are accepted. */
    private static final int OLDEST_DRIVER = 12000;

    private static final int MAJOR_VERSION = 0, MINOR_VERSION = 1, PATCH_LEVEL = 2;
    /** The name that native-kernels/simulator gives itself. */
    private static final String SIMULATED_DEVICE = "Voluta simulated device";

    private static final String PERMISSION =
            "Give this user access to these files: add it to the group that owns them, or change the rights.";

    private CudaProbe() {}

    /** How far it came. */
    public enum State {
        WRONG_PLATFORM,
        BLOCKED,
        NO_DRIVER,
        NO_BINDINGS,
        LIBRARIES_MISSING,
        LOADING_FAILED,
        NO_DEVICE,
        DRIVER_TOO_OLD,
        DEVICE_TOO_OLD,
        USABLE
    }

    /**
     * What was found.
     *
     * @param text the device in one line where it is usable, otherwise the reason
     * @param remedy a sentence that says what to do; empty where it is usable
     * @param libraries what was looked at; empty on platforms where nothing was
     * @param set what is loaded where it is usable
     * @param simulated whether the device is the simulated one, which computes on the CPU and is for tests
     */
    public record Result(
            State state,
            String text,
            String remedy,
            Optional<CudaLibraries> libraries,
            Optional<CudaSet> set,
            boolean simulated) {
        /** As a provider answers. */
        public Availability availability() {
            return state == State.USABLE
                    ? new Availability.Available(text)
                    : new Availability.Unavailable(text, remedy);
        }
    }

    /** Probes this machine for its first device, and loads the libraries where it is usable; never throws. */
    public static Result run() {
        return run(Path.of("/"), System.getenv());
    }

    static Result run(Path root, Map<String, String> environment) {
        String platform = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
        if (!platform.equals("Linux on amd64")) {
            return new Result(
                    State.WRONG_PLATFORM,
                    "CUDA is supported on Linux on amd64 only, this is " + platform,
                    "Use another backend here.",
                    Optional.empty(),
                    Optional.empty(),
                    false);
        }
        CudaLibraries libraries = CudaLibraries.discover(root, environment);
        if (SearchPlaces.simulatorAsked(environment) && libraries.driver().isEmpty()) {
            return refusal(
                    State.NO_DRIVER,
                    SearchPlaces.SIMULATOR_VARIABLE + "=" + environment.get(SearchPlaces.SIMULATOR_VARIABLE)
                            + " names no folder with the simulated device",
                    "Build it with scripts/build-simulator.sh and give its folder by an absolute path, or unset the"
                            + " variable.",
                    libraries);
        }
        try {
            return probe(root, libraries, SearchPlaces.simulatorAsked(environment));
        } catch (DeviceException e) {
            return refusal(State.LOADING_FAILED, e.getMessage(), "See the libraries in voluta doctor.", libraries);
        } catch (RuntimeException | LinkageError e) {
            return refusal(
                    State.LOADING_FAILED,
                    "the CUDA libraries do not work together (" + e + ")",
                    "Install libraries and a driver of the same CUDA version.",
                    libraries);
        }
    }

    private static Result refusal(State state, String reason, String remedy, CudaLibraries libraries) {
        return new Result(state, reason, remedy, Optional.of(libraries), Optional.empty(), false);
    }

    private static Result probe(Path root, CudaLibraries libraries, boolean mayBeSimulated) {
        if (libraries.driver().isEmpty()) {
            return refusal(
                    State.NO_DRIVER,
                    "there is no NVIDIA driver (no libcuda.so.1 in "
                            + libraries.looked().size() + " folders)",
                    "Install NVIDIA's driver; in a container, start it with access to the GPU (docker run --gpus all).",
                    libraries);
        }
        Optional<String> obstacle = CudaLoader.obstacle();
        if (obstacle.isPresent())
            return refusal(State.BLOCKED, obstacle.get(), "Then start the program again.", libraries);
        if (!CudaLoader.nativesPresent()) {
            return refusal(
                    State.NO_BINDINGS,
                    "this installation comes without JCuda's native libraries",
                    "Use a build of Voluta that was made on Linux on amd64 and is not the CPU image.",
                    libraries);
        }
        if (libraries.choose(OptionalInt.empty()) instanceof CudaSet.Choice.Incomplete no)
            return refusal(State.LIBRARIES_MISSING, no.reason(), no.remedy(), libraries);
        CudaLoader.loadDriver(libraries.driver().get());
        return device(root, libraries, mayBeSimulated);
    }

    /** The files through which a program reaches the GPUs that it may not open; the driver then just says that there is none. */
    static List<Path> denied(Path root, Predicate<Path> mayOpen) {
        List<Path> denied = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(root.resolve("dev"), "nvidia{ctl,[0-9]*}")) {
            for (Path file : files) if (!mayOpen.test(file)) denied.add(file);
        } catch (IOException | DirectoryIteratorException e) {
            return List.of();
        }
        Collections.sort(denied);
        return denied;
    }

    private static boolean mayOpen(Path file) {
        return Files.isReadable(file) && Files.isWritable(file);
    }

    static String denial(List<Path> files) {
        return ", and this user may not open "
                + String.join(", ", files.stream().map(Path::toString).toList());
    }

    private static Result device(Path root, CudaLibraries libraries, boolean mayBeSimulated) {
        int initialized = JCudaDriver.cuInit(0);
        int[] number = new int[1];
        CudaCheck.driver(JCudaDriver.cuDriverGetVersion(number), "cuDriverGetVersion");
        int version = number[0];
        String driver = "CUDA " + version / 1000 + "." + version % 1000 / 10;
        if (version < OLDEST_DRIVER) {
            return refusal(
                    State.DRIVER_TOO_OLD,
                    "the NVIDIA driver is made for " + driver + ", too old for CUDA 12",
                    "Install NVIDIA's driver 525 or newer.",
                    libraries);
        }
        if (initialized != 0) {
            String why = "there is a driver, but no GPU that answers: cuInit failed with error " + initialized + " ("
                    + errorName(initialized) + ")";
            List<Path> denied = denied(root, CudaProbe::mayOpen);
            if (!denied.isEmpty()) return refusal(State.NO_DEVICE, why + denial(denied), PERMISSION, libraries);
            String remedy = CudaCheck.driverRemedy(initialized);
            return refusal(
                    State.NO_DEVICE,
                    why,
                    remedy.substring(0, 1).toUpperCase(Locale.ROOT) + remedy.substring(1) + ".",
                    libraries);
        }
        int count = Gpu.count();
        if (count == 0) {
            String hidden = "Check that nvidia-smi lists a GPU, and that CUDA_VISIBLE_DEVICES does not hide it.";
            return refusal(State.NO_DEVICE, "there is a driver, but no GPU", hidden, libraries);
        }
        boolean simulated = Gpu.of(0).name().equals(SIMULATED_DEVICE);
        if (simulated && !mayBeSimulated) {
            return refusal(
                    State.NO_DEVICE,
                    libraries.driver().get().file()
                            + " is the simulated device, which is for tests and only taken when it is asked for",
                    "Take its folder out of the folders that are searched (voluta doctor lists them), or name it with "
                            + SearchPlaces.SIMULATOR_VARIABLE + ".",
                    libraries);
        }
        if (!Gpu.of(0).fits()) {
            return refusal(
                    State.DEVICE_TOO_OLD,
                    "the " + Gpu.of(0) + " is too old: 7.5 (Turing) is the least",
                    IntStream.range(1, count)
                            .mapToObj(Gpu::of)
                            .filter(Gpu::fits)
                            .findFirst()
                            .map(g -> "Set CUDA_VISIBLE_DEVICES=" + g.index() + " for the " + g + ".")
                            .orElse("Use another GPU or another backend."),
                    libraries);
        }
        CudaSet.Choice choice = libraries.choose(OptionalInt.of(version / 1000));
        if (choice instanceof CudaSet.Choice.Incomplete no)
            return refusal(State.LIBRARIES_MISSING, no.reason(), no.remedy(), libraries);
        CudaSet set = ((CudaSet.Choice.Chosen) choice).set();
        CudaLoader.load(set);
        requireFitting(set);
        String text = Gpu.of(0) + ", driver for " + driver + ", " + set.describe()
                + (count > 1 ? ", the first of " + count + " GPUs" : "");
        return new Result(State.USABLE, text, "", Optional.of(libraries), Optional.of(set), simulated);
    }

    /**
     * One line about a device of a machine that was found usable.
     *
     * @throws DeviceException if there is no device of this index, or our kernels do not run on it
     */
    public static String describe(Result found, int index) {
        int count = Gpu.count();
        if (index < 0 || index >= count) {
            throw new DeviceException("there is no device " + index + ": "
                    + (count == 1 ? "backend cuda has device 0 only" : "backend cuda has devices 0 to " + (count - 1))
                    + "; see nvidia-smi, and CUDA_VISIBLE_DEVICES");
        }
        if (index == 0) return found.text();
        Gpu gpu = Gpu.of(index);
        if (!gpu.fits()) {
            throw new DeviceException("device " + index + " is " + gpu
                    + ", which is too old: 7.5 (Turing) is the least; choose another with --device");
        }
        return gpu + ", " + found.set().orElseThrow().describe() + ", device " + index + " of 0 to " + (count - 1);
    }

    /** What was looked at, found and refused; where it is usable, also what devices and libraries say of themselves. */
    public static List<String> findings(Result found) {
        List<String> lines = new ArrayList<>();
        found.libraries().ifPresent(l -> lines.addAll(l.lines()));
        if (found.state() != State.USABLE) return lines;
        long cudnn = JCudnn.cudnnGetVersion();
        lines.add("cuBLAS is version " + blas(MAJOR_VERSION) + "." + blas(MINOR_VERSION) + "." + blas(PATCH_LEVEL)
                + ", cuDNN " + cudnn / 10_000 + "." + cudnn % 10_000 / 100 + "." + cudnn % 100);
        found.set().orElseThrow().notes().forEach(lines::add);
        for (int i = 0; i < Gpu.count(); i++) lines.add(Gpu.of(i).line());
        return lines;
    }

    private static int blas(int property) {
        int[] value = new int[1];
        CudaCheck.cublas(JCublas2.cublasGetProperty(property, value), CudaCheck.Call.of("cublasGetProperty"));
        return value[0];
    }

    /** Only the libraries themselves know what they were built for. */
    private static void requireFitting(CudaSet set) {
        int major = blas(MAJOR_VERSION);
        long cudnnCuda = JCudnn.cudnnGetCudartVersion() / 1000;
        if (major != set.cuda() || cudnnCuda != set.cuda()) {
            throw new DeviceException("cuBLAS says that it is for CUDA " + major + ", cuDNN that it is for CUDA "
                    + cudnnCuda + ", but " + set.describe() + " was chosen; name the folder of a set that fits with "
                    + SearchPlaces.OWN_VARIABLE);
        }
    }

    private static String errorName(int code) {
        String[] name = new String[1];
        JCudaDriver.cuGetErrorName(code, name);
        return name[0];
    }
}
