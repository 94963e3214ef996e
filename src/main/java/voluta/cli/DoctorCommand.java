package voluta.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import voluta.backend.Availability;
import voluta.backend.Backend;
import voluta.backend.Backends;
import voluta.tensor.Bytes;

/** Says what this machine offers and what stands in the way. */
@Command(
        name = "doctor",
        header = {"Show which backends work here, why others do not, and what to change.", ""},
        description =
                "Shows which backends work here and why others do not, the versions of libraries, threads, memory and"
                        + " processor, and what to change. With --backend, ends with exit code 4 if that one cannot be used.",
        footer = {
            "",
            "Examples:",
            "  voluta doctor",
            "  voluta doctor --backend cuda && voluta train --backend cuda ..."
        })
final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private BackendOption where;

    @Mixin
    private Output output;

    private final List<String> advice = new ArrayList<>();

    @Override
    public Integer call() {
        backends();
        section("java", java());
        section("processor", processor());
        section("threads", threads());
        section("memory", memory());
        section("files", files());
        section("libraries", libraries());
        for (String a : advice) output.line("advice: %s", a);
        Backends.Choice choice = where.open();
        try (Backend backend = choice.backend()) {
            output.line("%nfree memory of %s: %s", backend.name(), Bytes.text(backend.available()));
            output.line("%s", choice.explanation());
            output.record(new JsonLine()
                    .put("backend", backend.name())
                    .put("device", backend.device())
                    .put("available_bytes", backend.available())
                    .put("explanation", choice.explanation())
                    .put("advice", advice));
        }
        return ExitCode.OK;
    }

    private void backends() {
        output.line("voluta %s", Version.text());
        output.line("%nbackends");
        for (Backends.Candidate c : Backends.probe()) {
            String name = c.provider().name();
            JsonLine record = new JsonLine().put("section", "backends").put("name", name);
            if (c.availability() instanceof Availability.Unavailable no) {
                output.line("  %-12s not usable: %s", name, no.reason());
                output.line("  %-12s %s", "", no.remedy());
                record.put("usable", false).put("reason", no.reason()).put("remedy", no.remedy());
            } else {
                String device = ((Availability.Available) c.availability()).device();
                output.line("  %-12s usable: %s", name, device);
                record.put("usable", true).put("device", device);
            }
            List<String> findings = c.provider().findings();
            for (String f : findings) output.line("  %-12s   %s", "", f);
            if (!findings.isEmpty()) record.put("findings", findings);
            output.record(record);
        }
    }

    private void section(String name, Map<String, Object> facts) {
        output.line("%n%s", name);
        JsonLine record = new JsonLine().put("section", name);
        facts.forEach((fact, value) -> {
            String text = value instanceof Long bytes && fact.endsWith("bytes") ? Bytes.text(bytes) : plain(value);
            output.line("  %-26s %s", label(fact), text);
            record.put(fact, value);
        });
        output.record(record);
    }

    /** Field names for people; those of environment variables stay as they are. */
    private static String label(String fact) {
        return fact.equals(fact.toUpperCase(Locale.ROOT))
                ? fact
                : fact.replace("_bytes", "").replace('_', ' ');
    }

    private static String plain(Object value) {
        if (value instanceof List<?> list)
            return list.stream().map(Object::toString).collect(Collectors.joining(" "));
        return value == null ? "-" : value.toString();
    }

    private static Map<String, Object> java() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("version", System.getProperty("java.version"));
        facts.put("vendor", System.getProperty("java.vendor"));
        facts.put("home", System.getProperty("java.home"));
        facts.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        return facts;
    }

    private Map<String, Object> processor() {
        Map<String, Object> facts = new LinkedHashMap<>();
        List<String> flags = Machine.cpuFlags();
        facts.put("model", Machine.cpu().orElse(null));
        facts.put("instruction_sets", flags);
        facts.put("bf16", flags.contains("avx512_bf16") || flags.contains("amx_bf16") || flags.contains("bf16"));
        if (!flags.isEmpty() && facts.get("bf16").equals(false))
            advice.add("this processor has no instructions for bf16; --amp is no faster than f32 on it");
        String most = System.getenv("ONEDNN_MAX_CPU_ISA");
        facts.put("ONEDNN_MAX_CPU_ISA", most);
        if (most != null)
            advice.add("ONEDNN_MAX_CPU_ISA=" + most
                    + " limits the CPU backend to these instructions; unset it to use all that the processor has");
        return facts;
    }

    private Map<String, Object> threads() {
        Map<String, Object> facts = new LinkedHashMap<>();
        int cores = Runtime.getRuntime().availableProcessors();
        String omp = System.getenv("OMP_NUM_THREADS");
        facts.put("cores_usable", (long) cores);
        facts.put("OMP_NUM_THREADS", omp);
        facts.put("GOMP_SPINCOUNT", System.getenv("GOMP_SPINCOUNT"));
        if (omp != null && omp.matches("[0-9]{1,6}") && Integer.parseInt(omp) > cores)
            advice.add("OMP_NUM_THREADS=" + omp + " is more than the " + cores
                    + " cores that this process may use; unset it or set it to " + cores);
        if (omp == null)
            advice.add("OMP_NUM_THREADS is not set; scripts/voluta sets it to the cores that this process may use");
        return facts;
    }

    private Map<String, Object> memory() {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("physical_bytes", boxed(Machine.physicalMemory()));
        facts.put("available_bytes", boxed(Machine.availableMemory()));
        facts.put("limit_of_the_container_bytes", boxed(Machine.memoryLimit()));
        facts.put("java_heap_limit_bytes", Runtime.getRuntime().maxMemory());
        return facts;
    }

    private static Long boxed(OptionalLong value) {
        return value.isPresent() ? (Long) value.getAsLong() : null;
    }

    private Map<String, Object> files() {
        Map<String, Object> facts = new LinkedHashMap<>();
        String cache = System.getProperty("org.bytedeco.javacpp.cachedir");
        Path folder = cache != null ? Path.of(cache) : Path.of(System.getProperty("user.home"), ".javacpp", "cache");
        facts.put("native_library_cache", folder);
        facts.put("cache_writable", writable(folder));
        facts.put("java_library_path", System.getProperty("java.library.path"));
        facts.put("temporary_folder", System.getProperty("java.io.tmpdir"));
        facts.put("working_folder", Path.of("").toAbsolutePath());
        if (!writable(folder) && !laidOut())
            advice.add("native libraries are unpacked into " + folder
                    + ", which cannot be written; set VOLUTA_CACHE_DIR to a folder that can");
        return facts;
    }

    /** Whether native libraries lie where they are loaded from, as in a bundle, so that none is unpacked. */
    private static boolean laidOut() {
        String name = System.mapLibraryName("jnijavacpp");
        return Arrays.stream(System.getProperty("java.library.path", "").split(File.pathSeparator))
                .anyMatch(f -> !f.isEmpty() && Files.isRegularFile(Path.of(f, name)));
    }

    /** Whether the folder can be written, or made. */
    private static boolean writable(Path folder) {
        Path existing = folder.toAbsolutePath();
        while (existing != null && !Files.exists(existing)) existing = existing.getParent();
        return existing != null && Files.isDirectory(existing) && Files.isWritable(existing);
    }

    private static Map<String, Object> libraries() {
        Map<String, Object> facts = new LinkedHashMap<>();
        for (Path entry : classPath(System.getProperty("java.class.path"))) {
            String file = entry.getFileName() == null ? "" : entry.getFileName().toString();
            int version = file.replaceFirst("-[0-9].*", "").length();
            if (file.endsWith(".jar") && version + 1 < file.length() - ".jar".length())
                facts.merge(
                        file.substring(0, version),
                        file.substring(version + 1, file.length() - ".jar".length()),
                        (a, b) -> a + ", " + b);
        }
        return facts;
    }

    /** The files of a class path, with what the manifest of a single jar on it adds: a bundle is started by its jar alone. */
    static Set<Path> classPath(String path) {
        Set<Path> all = new LinkedHashSet<>();
        for (String entry : path.split(File.pathSeparator)) all.add(Path.of(entry));
        if (all.size() > 1) return all;
        Path jar = all.iterator().next();
        try (JarFile program = new JarFile(jar.toFile())) {
            String more = program.getManifest().getMainAttributes().getValue(Attributes.Name.CLASS_PATH);
            if (more == null) return all;
            for (String name : more.split(" ")) {
                Path beside = jar.resolveSibling(name);
                if (Files.exists(beside)) all.add(beside);
            }
        } catch (IOException e) {
            return all; // a folder
        }
        return all;
    }
}
