package voluta.cli;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/** What the operating system tells about this machine and this process; empty wherever it does not. */
final class Machine {
    /** Instruction sets that make a difference to the speed of a CPU backend. */
    private static final List<String> CPU_FLAGS = List.of(
            "sse4_1",
            "avx",
            "avx2",
            "fma",
            "f16c",
            "avx512f",
            "avx512_vnni",
            "avx_vnni",
            "avx512_bf16",
            "amx_tile",
            "amx_bf16",
            "asimd",
            "sve",
            "bf16");

    private static final double TICKS_PER_SECOND = 100;

    private Machine() {}

    /** The processor's name. */
    static Optional<String> cpu() {
        return field("/proc/cpuinfo", "model name");
    }

    /** Those instruction sets of the processor that matter here, as Linux names them. */
    static List<String> cpuFlags() {
        Set<String> all = field("/proc/cpuinfo", "flags")
                .or(() -> field("/proc/cpuinfo", "Features"))
                .map(f -> Set.of(f.split("\\s+")))
                .orElse(Set.of());
        return CPU_FLAGS.stream().filter(all::contains).toList();
    }

    static OptionalLong physicalMemory() {
        return kibibytes("/proc/meminfo", "MemTotal");
    }

    static OptionalLong availableMemory() {
        return kibibytes("/proc/meminfo", "MemAvailable");
    }

    /** The most memory that this process had in use so far, native memory included. */
    static OptionalLong peakResidentMemory() {
        return kibibytes("/proc/self/status", "VmHWM");
    }

    /** What the control group of this process, or one above it, may use. */
    static OptionalLong memoryLimit() {
        long least = Long.MAX_VALUE;
        for (Path group : controlGroups()) {
            for (String file : List.of("memory.max", "memory/memory.limit_in_bytes")) {
                OptionalLong limit = number(read(group.resolve(file)));
                if (limit.isPresent()) least = Math.min(least, limit.getAsLong());
            }
        }
        // Version 1 of control groups writes "no limit" as a number near the largest.
        return least > 1L << 60 ? OptionalLong.empty() : OptionalLong.of(least);
    }

    /** CPU seconds taken so far by everything but this process; 0 where the system does not tell. */
    static double foreignCpuSeconds() {
        try {
            String[] total =
                    Files.readAllLines(Path.of("/proc/stat")).get(0).trim().split("\\s+");
            double busy = 0;
            // user nice system (idle iowait) irq softirq steal; what follows is counted in user already
            for (int i = 1; i <= 8; i++) if (i != 4 && i != 5) busy += Double.parseDouble(total[i]) / TICKS_PER_SECOND;
            var system = (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
            return busy - system.getProcessCpuTime() / 1e9;
        } catch (IOException | RuntimeException e) {
            return 0;
        }
    }

    /** The folders of this process's control group and of those above it. */
    private static List<Path> controlGroups() {
        Path root = Path.of("/sys/fs/cgroup");
        List<Path> groups = new ArrayList<>(List.of(root));
        String own = read(Path.of("/proc/self/cgroup"))
                .filter(t -> t.startsWith("0::/"))
                .map(t -> t.substring("0::/".length()).strip())
                .orElse("");
        for (Path p = Path.of(own); p != null && !p.toString().isEmpty(); p = p.getParent()) {
            Path group = root.resolve(p).normalize();
            if (group.startsWith(root)) groups.add(group);
        }
        return groups;
    }

    private static Optional<String> field(String file, String name) {
        return read(Path.of(file))
                .flatMap(text -> text.lines()
                        .filter(l -> l.startsWith(name) && l.indexOf(':') > 0)
                        .filter(l -> l.substring(0, l.indexOf(':')).strip().equals(name))
                        .map(l -> l.substring(l.indexOf(':') + 1).strip())
                        .findFirst());
    }

    private static OptionalLong kibibytes(String file, String name) {
        OptionalLong n = number(field(file, name).map(v -> v.replace("kB", "")));
        return n.isPresent() ? OptionalLong.of(n.getAsLong() * 1024) : n;
    }

    private static OptionalLong number(Optional<String> text) {
        try {
            return text.isPresent() ? OptionalLong.of(Long.parseLong(text.get().strip())) : OptionalLong.empty();
        } catch (NumberFormatException e) {
            return OptionalLong.empty();
        }
    }

    private static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file));
        } catch (IOException | RuntimeException e) {
            return Optional.empty();
        }
    }
}
