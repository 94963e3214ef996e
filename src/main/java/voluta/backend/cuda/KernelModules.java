package voluta.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.ref.SoftReference;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.tukaani.xz.XZInputStream;
import voluta.backend.cuda.binding.CudaCheck;

/**
 * Our own kernels, from the archives in {@code kernels/} beside this class, one module per source, loaded when the first
 * kernel of it is asked for: machine code for the device's chip, or for an older one of its generation, which newer ones run.
 * Where there is none, or the driver does not take it since it is older than the assembler, the driver compiles the PTX: half
 * a second a module, kept in its own cache where it can write one.
 */
final class KernelModules implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(KernelModules.class);

    /** What was read last, for the next context: 50 to 90 ms, and 5 MB while there is memory for it. */
    private static volatile SoftReference<Archive> last = new SoftReference<>(null);

    private record Archive(String name, int capability, Map<String, byte[]> images) {}

    /** Since it is the driver that refuses, it is asked and told of once in a process. */
    private static volatile boolean refused;

    private final int capability;
    private final Map<String, String> moduleOf = new HashMap<>();
    private final Map<String, CUmodule> modules = new HashMap<>();
    private final Map<String, CUfunction> functions = new HashMap<>();
    /** By module; not changed, since contexts share it. */
    private Map<String, byte[]> images;

    private boolean machineCode;

    /** @param capability ten times the device's */
    KernelModules(int capability) {
        this.capability = capability;
        try (InputStream in = KernelModules.class.getResourceAsStream("kernels/index")) {
            if (in == null)
                throw new IllegalStateException("kernels/index is not on the class path; build Voluta again");
            new String(in.readAllBytes(), StandardCharsets.US_ASCII)
                    .lines()
                    .map(line -> line.split(" "))
                    .forEach(words -> moduleOf.put(words[0], words[1]));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        images = refused ? Map.of() : read("sm_" + capability / 10);
        machineCode = !images.isEmpty();
        if (!machineCode) images = ptx();
    }

    private Map<String, byte[]> ptx() {
        return read("ptx");
    }

    private Map<String, byte[]> read(String name) {
        Archive known = last.get();
        if (known != null && known.name.equals(name) && known.capability == capability) return known.images;
        Archive read = new Archive(name, capability, archive(name, capability));
        last = new SoftReference<>(read);
        return read.images;
    }

    /**
     * Of an archive, what is for the newest chip that is no newer than the device's; nothing where there is no such archive.
     *
     * @return files by their name without extension, ended by a 0 as the driver wants it of text
     */
    static Map<String, byte[]> archive(String name, int capability) {
        InputStream in = KernelModules.class.getResourceAsStream("kernels/" + name + ".tar.xz");
        if (in == null) return Map.of();
        NavigableMap<Integer, Map<String, byte[]>> byChip = new TreeMap<>();
        try (TarArchiveInputStream tar = new TarArchiveInputStream(new XZInputStream(in))) {
            for (TarArchiveEntry e = tar.getNextEntry(); e != null; e = tar.getNextEntry()) {
                String[] path = e.getName().split("[/.]"); // CHIP/NAME.EXTENSION
                int chip = Integer.parseInt(path[0]);
                if (chip > capability) continue;
                byte[] image = tar.readAllBytes();
                byChip.computeIfAbsent(chip, c -> new HashMap<>()).put(path[1], Arrays.copyOf(image, image.length + 1));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return byChip.isEmpty() ? Map.of() : byChip.lastEntry().getValue();
    }

    /** The kernel of this name, loaded. */
    CUfunction function(String kernel) {
        return functions.computeIfAbsent(kernel, this::load);
    }

    private CUfunction load(String kernel) {
        String name = moduleOf.get(kernel);
        if (name == null) throw new IllegalArgumentException("no kernel is named " + kernel);
        CUmodule module = modules.computeIfAbsent(name, this::loadModule);
        CUfunction f = new CUfunction();
        CudaCheck.driver(
                JCudaDriver.cuModuleGetFunction(f, module, kernel),
                new CudaCheck.Call("cuModuleGetFunction", null, null, kernel));
        return f;
    }

    private CUmodule loadModule(String name) {
        CUmodule module = new CUmodule();
        int code = JCudaDriver.cuModuleLoadData(module, images.get(name));
        if (code != 0 && machineCode) {
            LOG.info(
                    "the driver does not take the kernels' machine code (code {}) and compiles them: the start takes"
                            + " some seconds longer, until it has them in its cache; a driver of CUDA 13 takes it",
                    code);
            refused = true;
            machineCode = false;
            images = ptx();
            code = JCudaDriver.cuModuleLoadData(module, images.get(name));
        }
        CudaCheck.driver(code, new CudaCheck.Call("cuModuleLoadData", null, null, "the kernels of " + name));
        return module;
    }

    @Override
    public void close() {
        for (CUmodule m : modules.values()) CudaCheck.driver(JCudaDriver.cuModuleUnload(m), "cuModuleUnload");
        modules.clear();
        functions.clear();
    }
}
