package voluta.backend.cuda;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import jcuda.driver.CUfunction;
import jcuda.driver.CUmodule;
import jcuda.driver.JCudaDriver;
import voluta.backend.cuda.binding.CudaCheck;

/**
 * Our own kernels: PTX from the archive beside this class, one module per source, compiled by the driver (which keeps
 * the result in its cache) when the first kernel of it is asked for.
 */
final class KernelModules implements AutoCloseable {
    private static final String ARCHIVE = "kernels.zip", INDEX = "index";
    private static final int AMPERE = 80;

    private final Map<String, byte[]> ptx = new HashMap<>();
    private final Map<String, String> moduleOf = new HashMap<>();
    private final Map<String, CUmodule> modules = new HashMap<>();
    private final Map<String, CUfunction> functions = new HashMap<>();

    /** @param capability ten times the device's */
    KernelModules(int capability) {
        String folder = (capability >= AMPERE ? "80" : "75") + "/";
        try (InputStream in = KernelModules.class.getResourceAsStream(ARCHIVE)) {
            if (in == null) throw new IllegalStateException(ARCHIVE + " is not on the class path; build Voluta again");
            read(new ZipInputStream(in), folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void read(ZipInputStream zip, String folder) throws IOException {
        for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
            if (e.getName().equals(INDEX)) {
                new String(zip.readAllBytes(), StandardCharsets.US_ASCII)
                        .lines()
                        .map(line -> line.split(" "))
                        .forEach(words -> moduleOf.put(words[0], words[1]));
            } else if (e.getName().startsWith(folder)) {
                String name = e.getName().substring(folder.length()).replace(".ptx", "");
                byte[] text = zip.readAllBytes();
                ptx.put(name, java.util.Arrays.copyOf(text, text.length + 1)); // the driver wants a final 0
            }
        }
    }

    /** The kernel of this name, loaded. */
    CUfunction function(String kernel) {
        return functions.computeIfAbsent(kernel, this::load);
    }

    private CUfunction load(String kernel) {
        String name = moduleOf.get(kernel);
        if (name == null) throw new IllegalArgumentException("no kernel is named " + kernel);
        CUmodule module = modules.computeIfAbsent(name, n -> {
            CUmodule m = new CUmodule();
            CudaCheck.driver(
                    JCudaDriver.cuModuleLoadData(m, ptx.get(n)),
                    new CudaCheck.Call("cuModuleLoadData", null, null, "the kernels of " + n));
            return m;
        });
        CUfunction f = new CUfunction();
        CudaCheck.driver(
                JCudaDriver.cuModuleGetFunction(f, module, kernel),
                new CudaCheck.Call("cuModuleGetFunction", null, null, kernel));
        return f;
    }

    @Override
    public void close() {
        for (CUmodule m : modules.values()) CudaCheck.driver(JCudaDriver.cuModuleUnload(m), "cuModuleUnload");
        modules.clear();
        functions.clear();
    }
}
