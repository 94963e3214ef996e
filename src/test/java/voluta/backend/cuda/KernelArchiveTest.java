package voluta.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The compiled kernels in the resources belong to the sources in native-kernels, and are complete. */
class KernelArchiveTest {
    private static final String RESOURCES = "/voluta/backend/cuda/kernels/";
    private static final Path SOURCES = Path.of("native-kernels");
    private static final Pattern KERNEL =
            Pattern.compile("extern \"C\" __global__ void\\s+(?:__launch_bounds__\\([^)]*\\)\\s+)?([\\w#]+)\\(");

    @Test
    void archiveWasBuiltFromTheseSources() throws Exception {
        String built = new String(resource("sha256"), StandardCharsets.UTF_8).strip();
        assertEquals(
                hashOfSources(),
                built,
                "the kernels in src/main/resources were compiled from other sources than native-kernels has now;"
                        + " run scripts/build-kernels.sh (it needs nvcc, no GPU) and commit what it writes");
    }

    @Test
    void everyKernelIsThereAsPtxOfBothLevels() throws IOException {
        Map<String, String> index = new TreeMap<>();
        new String(resource("index"), StandardCharsets.US_ASCII)
                .lines()
                .map(line -> line.split(" "))
                .forEach(pair -> index.put(pair[0], pair[1]));
        assertEquals(kernelsInSources(), index, "the index and the kernels in the sources differ");
        assertTrue(index.size() > 60, "found " + index.size() + " kernels");
        for (int level : List.of(75, 80)) {
            Map<String, byte[]> images = KernelModules.archive("ptx", level);
            index.forEach((kernel, file) -> {
                String ptx = new String(images.get(file), StandardCharsets.US_ASCII), where = level + "/" + file;
                assertTrue(ptx.contains(".entry " + kernel + "("), kernel + " is missing in " + where);
                assertTrue(ptx.startsWith(".version 7.8"), "drivers of CUDA 12 must take " + where);
                assertTrue(ptx.contains(".target sm_" + level), where + " is for another level");
                assertEquals('\0', ptx.charAt(ptx.length() - 1), "the driver reads up to a 0");
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {75, 80, 86, 89, 90, 100, 120})
    void everyKernelIsThereAsMachineCode(int chip) throws IOException {
        Map<String, byte[]> images = KernelModules.archive("sm_" + chip / 10, chip);
        kernelsInSources().forEach((kernel, file) -> {
            ByteBuffer elf = ByteBuffer.wrap(images.get(file)).order(ByteOrder.LITTLE_ENDIAN);
            assertEquals(0x464c457f, elf.getInt(0), file + " is no ELF file");
            assertEquals(chip, elf.getInt(48) >> 8 & 0xff, file + " is for another chip");
            String names = new String(images.get(file), StandardCharsets.ISO_8859_1);
            assertTrue(names.contains("\0.text." + kernel + "\0"), kernel + " is missing in " + file);
        });
    }

    @Test
    void chipsWithoutMachineCodeOfTheirOwnTakeThatOfTheirGeneration() {
        assertEquals(86, chipFor(87));
        assertEquals(90, chipFor(90));
        assertEquals(100, chipFor(103));
        assertEquals(120, chipFor(121));
        for (int none : List.of(72, 110, 130))
            assertEquals(Map.of(), KernelModules.archive("sm_" + none / 10, none), "sm_" + none + " compiles PTX");
    }

    private static int chipFor(int capability) {
        byte[] image =
                KernelModules.archive("sm_" + capability / 10, capability).get("activation");
        return ByteBuffer.wrap(image).order(ByteOrder.LITTLE_ENDIAN).getInt(48) >> 8 & 0xff;
    }

    @Test
    void theArchivesStaySmall() throws IOException {
        int bytes = 0;
        for (String name : List.of("ptx", "sm_7", "sm_8", "sm_9", "sm_10", "sm_12"))
            bytes += resource(name + ".tar.xz").length;
        assertTrue(bytes < 4 << 20, "the archives have " + bytes + " bytes");
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

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = KernelArchiveTest.class.getResourceAsStream(RESOURCES + name)) {
            assertTrue(in != null, name + " is missing; run scripts/build-kernels.sh");
            return in.readAllBytes();
        }
    }
}
