package voluta.backend.cuda;

import java.util.Map;

/** The archives of compiled kernels, for tests in other packages. */
public final class KernelArchives {
    private KernelArchives() {}

    /** The machine code, by source, for a device of ten times this compute capability. */
    public static Map<String, byte[]> machineCode(int capability) {
        return KernelModules.archive("sm_" + capability / 10, capability);
    }

    /** The PTX text, by source, likewise. */
    public static Map<String, byte[]> ptx(int capability) {
        return KernelModules.archive("ptx", capability);
    }
}
