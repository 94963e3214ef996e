package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/** The compiled kernels in the resources belong to the sources in native-kernels, and are complete. */
class KernelArchiveTest {
    private static final String RESOURCES = "/voluta/backend/cuda/";
    private static final Path SOURCES = Path.of("native-kernels");
    private static final Pattern KERNEL =
            Pattern.compile("extern \"C\" __global__ void\\s+(?:__launch_bounds__\\([^)]*\\)\\s+)?([\\w#]+)\\(");

    @Test
    void archiveWasBuiltFromTheseSources() throws Exception {
        String built = new String(resource("kernels.sha256"), StandardCharsets.UTF_8).strip();
        assertEquals(
                hashOfSources(),
                built,
                "the kernels in src/main/resources were compiled from other sources than native-kernels has now;"
                        + " run scripts/build-kernels.sh (it needs nvcc, no GPU) and commit what it writes");
    }

    @Test
    void everyKernelIsInTheArchiveForBothLevels() throws IOException {
        Map<String, String> archive = archive();
        Map<String, String> index = new TreeMap<>();
        archive.get("index").lines().map(line -> line.split(" ")).forEach(pair -> index.put(pair[0], pair[1]));
        assertEquals(kernelsInSources(), index, "the archive's index and the kernels in the sources differ");
        assertTrue(index.size() > 60, "found " + index.size() + " kernels");
        index.forEach((kernel, file) -> {
            for (String level : List.of("75", "80")) {
                String ptx = archive.get(level + "/" + file + ".ptx");
                assertTrue(ptx.contains(".entry " + kernel + "("), kernel + " is missing in " + level + "/" + file);
                assertTrue(ptx.startsWith(".version 7.8"), "drivers of CUDA 12 must take " + level + "/" + file);
                assertTrue(ptx.contains(".target sm_" + level), level + "/" + file + " is for another level");
            }
        });
    }

    @Test
    void noKernelSpillsRegisters() throws IOException {
        List<String> rows = Files.readAllLines(SOURCES.resolve("registers.txt")).stream()
                .filter(line -> !line.startsWith("#"))
                .toList();
        TreeSet<String> listed = new TreeSet<>();
        for (String row : rows) {
            String[] columns = row.trim().split("\\s+");
            listed.add(columns[0]);
            assertEquals(9, columns.length, "a chip is missing: " + row);
            for (int chip = 1; chip < 8; chip++) {
                int registers = Integer.parseInt(columns[chip]);
                assertTrue(registers > 0 && registers <= 128, "256 threads of " + registers + " registers: " + row);
            }
        }
        assertEquals(kernelsInSources().keySet(), listed, "registers.txt is stale; run scripts/build-kernels.sh");
    }

    /** Each kernel and the file that defines it, without its extension. */
    private static Map<String, String> kernelsInSources() throws IOException {
        Map<String, String> kernels = new TreeMap<>();
        for (Path source : sources()) {
            String name = source.getFileName().toString();
            if (!name.endsWith(".cu")) continue;
            String file = name.substring(0, name.length() - ".cu".length());
            var matcher = KERNEL.matcher(Files.readString(source).replace("\\\n", "\n"));
            while (matcher.find()) for (String kernel : named(matcher.group(1))) kernels.put(kernel, file);
        }
        assertFalse(kernels.isEmpty());
        return kernels;
    }

    /** The kernels of a name in which {@code ##T##} or {@code ##N##} stands for a type; see device.cuh. */
    private static List<String> named(String name) {
        if (!name.contains("##")) return List.of(name);
        return Stream.of("f32", "bf16", "f16")
                .filter(type -> name.contains("##T") || !type.equals("f32"))
                .map(type -> name.replaceAll("##[TN](##)?", type))
                .toList();
    }

    /** As scripts/build-kernels.sh computes it. */
    private static String hashOfSources() throws IOException, NoSuchAlgorithmException {
        MessageDigest all = MessageDigest.getInstance("SHA-256");
        for (Path source : sources()) {
            byte[] one = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(source));
            String name = SOURCES.relativize(source).toString().replace('\\', '/');
            all.update((name + "\n" + HexFormat.of().formatHex(one) + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(all.digest());
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> top = Files.list(SOURCES);
                Stream<Path> headers = Files.list(SOURCES.resolve("include"))) {
            return Stream.concat(
                            top.filter(p -> p.toString().endsWith(".cu")),
                            headers.filter(p -> p.toString().endsWith(".cuh")))
                    .sorted((p, q) -> SOURCES.relativize(p)
                            .toString()
                            .compareTo(SOURCES.relativize(q).toString()))
                    .toList();
        }
    }

    private static Map<String, String> archive() throws IOException {
        byte[] bytes = resource("kernels.zip");
        assertTrue(bytes.length < 2 << 20, "the archive has " + bytes.length + " bytes");
        Map<String, String> entries = new TreeMap<>();
        try (ZipInputStream zip = new ZipInputStream(new java.io.ByteArrayInputStream(bytes))) {
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                entries.put(entry.getName(), new String(zip.readAllBytes(), StandardCharsets.UTF_8));
            }
        }
        return entries;
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = KernelArchiveTest.class.getResourceAsStream(RESOURCES + name)) {
            assertTrue(in != null, name + " is missing; run scripts/build-kernels.sh");
            return in.readAllBytes();
        }
    }
}
