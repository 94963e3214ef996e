package voluta.backend.cuda.binding;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The cache of the system's loader, and that the driver which it names is the one that is taken. */
class LoaderCacheTest {
    private static final String HOST = "usr/lib/x86_64-linux-gnu/libcuda.so.1",
            COMPATIBLE = "usr/local/cuda-13.0/compat/libcuda.so.1";

    @TempDir
    private Path root;

    /** As ldconfig writes it: a header, entries of 24 bytes, texts. Each entry is flags, name, file. */
    static byte[] cache(Object... entries) {
        int n = entries.length / 3, texts = 48 + 24 * n;
        ByteBuffer b = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);
        b.put("glibc-ld.so.cache1.1".getBytes(StandardCharsets.US_ASCII)).putInt(n);
        for (int i = 0; i < n; i++) {
            int at = 48 + 24 * i;
            b.putInt(at, (Integer) entries[3 * i]);
            for (int k = 1; k <= 2; k++) {
                byte[] text = (entries[3 * i + k] + "\0").getBytes(StandardCharsets.US_ASCII);
                b.putInt(at + 4 * k, texts).put(texts, text);
                texts += text.length;
            }
        }
        return Arrays.copyOf(b.array(), texts);
    }

    private Optional<String> found(byte[] content) throws IOException {
        return LoaderCache.fileOf(Files.write(root.resolve("cache"), content), "libcuda.so.1");
    }

    @Test
    void theFirstForThisKindOfMachineCounts() throws IOException {
        byte[] content = cache(
                0x0003,
                "libcuda.so.1",
                "/usr/lib/i386-linux-gnu/libcuda.so.1",
                0x0303,
                "libcuda.so",
                "/opt/libcuda.so",
                0x0303,
                "libcuda.so.1",
                "/" + COMPATIBLE,
                0x0303,
                "libcuda.so.1",
                "/" + HOST);
        assertEquals(Optional.of("/" + COMPATIBLE), found(content));
        byte[] behindAnOlderTable = new byte[24 + content.length];
        System.arraycopy(content, 0, behindAnOlderTable, 24, content.length);
        assertEquals(Optional.of("/" + COMPATIBLE), found(behindAnOlderTable));
        assertEquals(Optional.empty(), found(cache(0x0303, "libcuda.so.1", "libcuda.so.1")));
        assertEquals(Optional.empty(), LoaderCache.fileOf(root.resolve("none"), "libcuda.so.1"));
    }

    @Test
    void theCacheOfThisMachineNamesItsLibraries() {
        Path cache = Path.of("/etc/ld.so.cache");
        assumeTrue(
                Files.isReadable(cache) && System.getProperty("os.arch").equals("amd64"),
                "this machine has no such cache: the format is only tried on made ones");
        String file = LoaderCache.fileOf(cache, "libc.so.6").orElseThrow();
        assertTrue(Files.isRegularFile(Path.of(file)), file);
    }

    @Test
    void damagedCachesAreNone() throws IOException {
        byte[] whole = cache(0x0303, "libcuda.so.1", "/" + HOST);
        for (int end = 0; end < whole.length; end++) assertEquals(Optional.empty(), found(Arrays.copyOf(whole, end)));
        Random random = new Random(5);
        for (int i = 0; i < 500; i++) {
            byte[] damaged = whole.clone();
            damaged[20 + random.nextInt(damaged.length - 20)] = (byte) random.nextInt();
            found(damaged).ifPresent(f -> assertTrue(f.startsWith("/"), f));
        }
    }

    @Test
    void aNewerDriverThatTheContainerRuntimePutsInFrontIsTaken() throws IOException {
        FakeMachine.library(root, HOST);
        FakeMachine.library(root, COMPATIBLE);
        assertEquals(root.resolve(HOST), driver(Map.of()));
        FakeMachine.file(root, "etc/ld.so.cache", cache(0x0303, "libcuda.so.1", "/" + COMPATIBLE));
        assertEquals(root.resolve(COMPATIBLE).toRealPath(), driver(Map.of()));
        assertEquals(root.resolve(HOST), driver(Map.of("VOLUTA_CUDA_PATH", "/usr/lib/x86_64-linux-gnu")));
    }

    private Path driver(Map<String, String> environment) {
        return CudaLibraries.discover(root, environment).driver().orElseThrow().file();
    }
}
