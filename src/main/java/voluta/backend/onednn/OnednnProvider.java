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
        return List.of(NativeKernels.problem()
                .map(why -> "no kernels of Voluta's own, those of oneDNN serve: " + why)
                .orElse(
                        "kernels of Voluta's own (Winograd convolutions, convolutions with few channels, batch normalization, maximum pooling): "
                                + NativeKernels.instructions()));
    }

    private static String device(int asked) {
        try (dnnl_version_t v = dnnl.dnnl_version()) {
            int threads = CpuThreads.of(asked);
            return "oneDNN " + v.major() + "." + v.minor() + "." + v.patch() + ", " + isa() + ", " + threads
                    + (threads == 1 ? " thread" : " threads");
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

    private static String isa() {
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        if (isa == dnnl.dnnl_cpu_isa_sse41) return "sse41";
        if (isa == dnnl.dnnl_cpu_isa_avx) return "avx";
        if (isa == dnnl.dnnl_cpu_isa_avx2) return "avx2";
        if (isa == dnnl.dnnl_cpu_isa_avx2_vnni) return "avx2_vnni";
        if (isa == dnnl.dnnl_cpu_isa_avx2_vnni_2) return "avx2_vnni_2";
        if (isa == dnnl.dnnl_cpu_isa_avx512_core) return "avx512_core";
        if (isa == dnnl.dnnl_cpu_isa_avx512_core_vnni) return "avx512_core_vnni";
        if (isa == dnnl.dnnl_cpu_isa_avx512_core_bf16) return "avx512_core_bf16";
        if (isa == dnnl.dnnl_cpu_isa_avx512_core_fp16) return "avx512_core_fp16";
        if (isa == dnnl.dnnl_cpu_isa_avx512_core_amx) return "avx512_core_amx";
        if (isa == dnnl.dnnl_cpu_isa_avx512_core_amx_fp16) return "avx512_core_amx_fp16";
        return "instruction set " + isa;
    }

    @Override
    public Backend open(BackendOptions options) {
        if (probe() instanceof Availability.Unavailable u)
            throw new DeviceException("backend onednn cannot be used: " + u.reason() + ". " + u.remedy());
        options.requireOnlyDevice(name());
        return new OnednnBackend(options, device(options.threads()));
    }
}
