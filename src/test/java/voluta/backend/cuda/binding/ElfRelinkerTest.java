package voluta.backend.cuda.binding;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ElfRelinkerTest {
    private static final String CUDNN = "/lib/libJCudnn-11.7.0-linux-x86_64.so";
    private static final String CUBLAS = "/lib/libJCublas2-12.6.0-linux-x86_64.so";

    @TempDir
    private Path folder;

    private static byte[] resource(String name) throws IOException {
        try (var in = ElfRelinkerTest.class.getResourceAsStream(name)) {
            return in.readAllBytes();
        }
    }

    private static List<String> needed(byte[] library) {
        return ElfImage.read(library).needed().stream().map(ElfImage.Name::text).toList();
    }

    @ParameterizedTest
    @CsvSource({CUDNN + ",libcudnn.so.8,libcudnn.so.9", CUBLAS + ",libcublas.so.12,libcublas.so.13"})
    void renamesLibraryVersionAndHashAndNothingElse(String resource, String from, String to) throws IOException {
        byte[] before = resource(resource), kept = before.clone();
        byte[] after = ElfRelinker.relink(before, Map.of(from, to));
        assertArrayEquals(kept, before, "the input is left as it is");

        assertEquals(needed(before).stream().map(n -> n.equals(from) ? to : n).toList(), needed(after));
        List<ElfImage.Version> old = ElfImage.read(before).versions(),
                now = ElfImage.read(after).versions();
        assertEquals(old.size(), now.size());
        var mayChange = new TreeSet<Integer>();
        int renamed = 0;
        for (int i = 0; i < old.size(); i++) {
            ElfImage.Version a = old.get(i), b = now.get(i);
            assertEquals(ElfRelinker.hash(a.name().text()), a.hash(), "hash of " + a);
            assertEquals(ElfRelinker.hash(b.name().text()), b.hash(), "hash of " + b);
            if (!a.name().text().equals(from)) {
                assertEquals(a, b);
                continue;
            }
            renamed++;
            assertEquals(to, b.name().text());
            assertEquals(to, b.file().text());
            for (int k = 0; k < 4; k++) mayChange.add(a.hashAt() + k);
            for (ElfImage.Name n : List.of(a.name(), a.file())) mayChange.add(n.at() + from.length() - 1);
        }
        assertEquals(1, renamed);
        for (ElfImage.Name n : ElfImage.read(before).needed())
            mayChange.add(n.at() + n.text().length() - 1);
        for (int i = 0; i < before.length; i++) {
            assertTrue(before[i] == after[i] || mayChange.contains(i), "byte " + i + " changed");
        }
        assertArrayEquals(before, ElfRelinker.relink(after, Map.of(to, from)), "and back");
    }

    @Test
    void readelfSeesTheSame() throws Exception {
        Path file = folder.resolve("libJCudnn.so");
        Files.write(file, ElfRelinker.relink(resource(CUDNN), Map.of("libcudnn.so.8", "libcudnn.so.9")));
        String said = readelf("-d", "-V", file.toString());
        assertTrue(said.contains("Shared library: [libcudnn.so.9]"), said);
        assertTrue(said.contains("File: libcudnn.so.9"), said);
        assertTrue(said.contains("Name: libcudnn.so.9"), said);
        assertFalse(said.contains("libcudnn.so.8"), said);
        assertTrue(readelf("--dyn-syms", "-W", file.toString()).contains("cudnnGetVersion@libcudnn.so.9"));
    }

    private static String readelf(String... arguments) throws Exception {
        String[] command = new String[arguments.length + 1];
        command[0] = "readelf";
        System.arraycopy(arguments, 0, command, 1, arguments.length);
        Process process;
        try {
            process = new ProcessBuilder(command).redirectErrorStream(true).start();
        } catch (IOException e) {
            assumeTrue(false, "binutils are not installed");
            return "";
        }
        String said = new String(process.getInputStream().readAllBytes());
        assertEquals(0, process.waitFor(), said);
        return said;
    }

    @Test
    void namesOfOtherLengthAndLibrariesThatAreNotNeededAreRefused() throws IOException {
        byte[] library = resource(CUDNN);
        assertThrows(
                IllegalArgumentException.class,
                () -> ElfRelinker.relink(library, Map.of("libcudnn.so.8", "libcudnn.so.10")));
        assertThrows(IllegalArgumentException.class, () -> ElfRelinker.relink(library, Map.of("", "")));
        ElfFormatException e = assertThrows(
                ElfFormatException.class, () -> ElfRelinker.relink(library, Map.of("libcudnn.so.7", "libcudnn.so.9")));
        assertTrue(e.getMessage().contains("does not need libcudnn.so.7"), e.getMessage());
    }

    @Test
    void truncatedFilesAreRefusedOrRelinkedNeverAnythingElse() throws IOException {
        byte[] library = resource(CUDNN);
        int refused = 0, tried = 0;
        for (int length = 0; length < library.length; length += length < 2048 ? 13 : 4099) {
            tried++;
            if (isRefused(Arrays.copyOf(library, length))) refused++;
        }
        assertTrue(refused > tried / 2, refused + " of " + tried);
        for (int length : new int[] {0, 3, 4, 63, 64, 100}) assertTrue(isRefused(Arrays.copyOf(library, length)));
    }

    @Test
    void damagedFieldsAreRefusedOrHarmlessNeverAnythingElse() throws IOException {
        byte[] library = resource(CUDNN);
        ElfImage image = ElfImage.read(library);
        int versions = image.versions().get(0).hashAt();
        Random random = new Random(17);
        int refused = 0;
        for (int i = 0; i < 400; i++) {
            byte[] damaged = library.clone();
            // The header, the program headers, and the records that the relinker follows.
            int around = random.nextBoolean() ? random.nextInt(600) : versions - 64 + random.nextInt(300);
            for (int k = 0; k <= random.nextInt(8); k++) damaged[around + k] = (byte) random.nextInt();
            if (isRefused(damaged)) refused++;
        }
        assertTrue(refused > 50, refused + " were refused");
    }

    @Test
    void otherKindsOfFilesAreRefused() throws IOException {
        assertTrue(isRefused("not a library, but longer than the sixty-four bytes of an ELF header".getBytes()));
        byte[] library = resource(CUDNN);
        for (int[] change : new int[][] {{4, 1}, {5, 2}, {16, 2}, {18, 183}}) {
            byte[] other = library.clone();
            other[change[0]] = (byte) change[1];
            assertTrue(isRefused(other), "field " + change[0]);
        }
    }

    private static boolean isRefused(byte[] library) {
        try {
            ElfRelinker.relink(library, Map.of("libcudnn.so.8", "libcudnn.so.9"));
            return false;
        } catch (ElfFormatException e) {
            return true;
        }
    }
}
