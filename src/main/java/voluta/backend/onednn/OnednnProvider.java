package voluta.backend.onednn;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.BackendOptions;
import voluta.backend.BackendProvider;
import voluta.backend.CpuThreads;
import voluta.backend.DeviceException;

/** Available where JavaCPP has a oneDNN library for the platform. */
public final class OnednnProvider implements BackendProvider {
    private static final Logger LOG = LoggerFactory.getLogger(OnednnProvider.class);

    @Override
    public String name() {
        return "onednn";
    }

    @Override
    public int priority() {
        return 100;
    }

    @Override
    public Availability probe() {
        try {
            Loader.load(dnnl.class);
            return new Availability.Available(device(0));
        } catch (LinkageError | RuntimeException e) {
            return new Availability.Unavailable(
                    "no oneDNN library could be loaded for " + Loader.getPlatform() + " ("
                            + String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given") + ")",
                    "Use a platform for which org.bytedeco:dnnl has natives (Linux, macOS or Windows on x86-64, Linux on 64-bit Arm), make the"
                            + " cache folder writable (-Dorg.bytedeco.javacpp.cachedir), or choose --backend reference");
        }
    }

    @Override
    public List<String> findings() {
        if (probe() instanceof Availability.Unavailable) return List.of();
        String own = NativeKernels.problem()
                .map(why -> "no kernels of Voluta's own, those of oneDNN serve: " + why)
                .orElse(
                        "kernels of Voluta's own (Winograd convolutions, convolutions with few channels, batch normalization, maximum pooling): "
                                + NativeKernels.instructions());
        return List.of(own, "bf16: " + bf16(InstructionSet.effective()));
    }

    /** What becomes of activations in bf16. */
    private static String bf16(InstructionSet set) {
        if (!set.storesBf16()) return "activations stay f32, since oneDNN does not train in it with " + set;
        return set.avx512() && !set.multipliesBf16()
                ? "slower than f32, since " + set + " has no instructions for it"
                : "activations are stored in it";
    }

    private static String device(int asked) {
        try (dnnl_version_t v = dnnl.dnnl_version()) {
            int threads = CpuThreads.of(asked);
            return "oneDNN " + v.major() + "." + v.minor() + "." + v.patch() + ", " + InstructionSet.effective() + ", "
                    + CpuThreads.text(threads);
        }
    }

    /** What figures of kernels depend on: processor, instruction set, oneDNN and threads. */
    static String machine(int threads) {
        String model = System.getProperty("os.arch");
        try (Stream<String> lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            model = lines.filter(l -> l.startsWith("model name"))
                    .map(l -> l.substring(l.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(model);
        } catch (IOException | UncheckedIOException e) {
            LOG.debug("the processor's name cannot be read", e);
        }
        return model + "; " + device(threads);
    }

    @Override
    public Backend open(BackendOptions options) {
        if (probe() instanceof Availability.Unavailable u)
            throw new DeviceException("backend onednn cannot be used: " + u.reason() + ". " + u.remedy());
        options.requireOnlyDevice(name());
        return new OnednnBackend(options, device(options.threads()));
    }
}
