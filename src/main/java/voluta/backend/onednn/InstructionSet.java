package voluta.backend.onednn;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Map.Entry;
import org.bytedeco.dnnl.global.dnnl;

/**
 * The instructions of x86-64 processors that oneDNN uses, and with it all of this backend: those of the processor, or fewer where
 * {@code ONEDNN_MAX_CPU_ISA} says so.
 *
 * @param bits as oneDNN numbers them: a set has the bits of all sets that are part of it; 0 on other processors
 */
record InstructionSet(int bits) {
    private static final Map<Integer, String> NAMES = new LinkedHashMap<>();

    static {
        NAMES.put(dnnl.dnnl_cpu_isa_sse41, "sse41");
        NAMES.put(dnnl.dnnl_cpu_isa_avx, "avx");
        NAMES.put(dnnl.dnnl_cpu_isa_avx2, "avx2");
        NAMES.put(dnnl.dnnl_cpu_isa_avx2_vnni, "avx2_vnni");
        NAMES.put(dnnl.dnnl_cpu_isa_avx2_vnni_2, "avx2_vnni_2");
        NAMES.put(dnnl.dnnl_cpu_isa_avx512_core, "avx512_core");
        NAMES.put(dnnl.dnnl_cpu_isa_avx512_core_vnni, "avx512_core_vnni");
        NAMES.put(dnnl.dnnl_cpu_isa_avx512_core_bf16, "avx512_core_bf16");
        NAMES.put(dnnl.dnnl_cpu_isa_avx512_core_fp16, "avx512_core_fp16");
        NAMES.put(dnnl.dnnl_cpu_isa_avx512_core_amx, "avx512_core_amx");
        NAMES.put(dnnl.dnnl_cpu_isa_avx512_core_amx_fp16, "avx512_core_amx_fp16");
        NAMES.put(dnnl.dnnl_cpu_isa_avx10_2_512, "avx10_2_512");
        NAMES.put(dnnl.dnnl_cpu_isa_avx10_2_512_amx_2, "avx10_2_512_amx_2");
    }

    /** What the loaded oneDNN uses; it does not change any more once that was asked. */
    static InstructionSet effective() {
        return new InstructionSet(dnnl.dnnl_get_effective_cpu_isa());
    }

    /** The set of this name, as {@link #toString} has it. */
    static InstructionSet named(String name) {
        for (Entry<Integer, String> e : NAMES.entrySet()) {
            if (e.getValue().equals(name)) return new InstructionSet(e.getKey());
        }
        throw new IllegalArgumentException("there is no instruction set " + name);
    }

    private boolean has(int set) {
        return (bits & set) == set;
    }

    boolean avx2() {
        return has(dnnl.dnnl_cpu_isa_avx2);
    }

    boolean avx512() {
        return has(dnnl.dnnl_cpu_isa_avx512_core);
    }

    /** Whether there are instructions for products of pairs of bf16. */
    boolean multipliesBf16() {
        return has(dnnl.dnnl_cpu_isa_avx512_core_bf16);
    }

    /** Whether there are instructions for products of small matrices in bf16, which leave sums of f32 products far behind. */
    boolean multipliesTiles() {
        return has(dnnl.dnnl_cpu_isa_avx512_core_amx);
    }

    /**
     * Whether activations can be stored in bf16: on x86-64, oneDNN trains so from AVX-512 on. Below, its convolutions have f32
     * alone, and reorders around what has bf16 would cost more than that saves.
     */
    boolean storesBf16() {
        return avx512() || !has(dnnl.dnnl_cpu_isa_sse41);
    }

    @Override
    public String toString() {
        return NAMES.getOrDefault(bits, "instruction set " + bits);
    }
}
