package voluta.backend.onednn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import voluta.NativeTests;
import voluta.backend.Precision;
import voluta.op.Convolution;
import voluta.tensor.Shape;

/** The compiled library belongs to its sources, loads, and is used where it pays. */
class WinogradLibraryTest {
    private static final Path SOURCES = Path.of("native-kernels/cpu");

    @Test
    void libraryWasBuiltFromTheseSources() throws Exception {
        List<Path> sources;
        try (Stream<Path> files = Files.list(SOURCES)) {
            sources = files.filter(f -> f.toString().matches(".*\\.(cpp|h|inl)"))
                    .sorted()
                    .toList();
        }
        assertTrue(sources.size() > 5, sources::toString);
        StringBuilder all = new StringBuilder();
        for (Path f : sources)
            all.append(f.getFileName())
                    .append('\n')
                    .append(sha256(Files.readAllBytes(f)))
                    .append('\n');
        String name = "/voluta/backend/onednn/linux-x86_64/libvoluta_winograd.so.sha256";
        try (InputStream in = WinogradLibraryTest.class.getResourceAsStream(name)) {
            assertEquals(
                    sha256(all.toString().getBytes(StandardCharsets.UTF_8)),
                    new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip(),
                    "the library was compiled from other sources than native-kernels/cpu has now; run"
                            + " scripts/build-cpu-kernels.sh and commit what it writes");
        }
    }

    private static String sha256(byte[] bytes) throws Exception {
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    }

    @Test
    void passesItsTestsUnderSanitizers(@TempDir Path folder) throws Exception {
        String text = NativeTests.run("scripts/test-cpu-kernels.sh", folder);
        assertTrue(text.contains("cases passed"), text);
    }

    @Test
    void loadsWhereThereIsAvx2() throws Exception {
        Loader.load(dnnl.class);
        assumeTrue(Loader.getPlatform().equals("linux-x86_64"), "the library is for Linux on x86-64");
        assumeTrue(Files.readString(Path.of("/proc/cpuinfo")).contains(" avx2 "), "the processor has no AVX2");
        assertEquals("none", Winograd.problem().orElse("none"));
        assertTrue(Winograd.instructions().matches("avx2|avx512"), Winograd.instructions());
    }

    @Test
    void takesWhatItHasAndWhatPays() {
        Loader.load(dnnl.class);
        assumeTrue(Winograd.problem().isEmpty(), () -> Winograd.problem().orElse(""));
        Convolution same = Convolution.of2d(1, 1);
        Shape images = Shape.of(16, 32, 16, 16), weights = Shape.of(32, 32, 3, 3);
        try (OnednnContext c = new OnednnContext(2, false)) {
            assertTrue(WinogradConvolution.of(c, Precision.F32, same, images, weights)
                    .isPresent());
            assertTrue(WinogradConvolution.of(c, Precision.BF16, same, images, weights)
                    .isEmpty());
            assertTrue(WinogradConvolution.of(c, Precision.F32, Convolution.of2d(2, 1), images, weights)
                    .isEmpty());
            assertTrue(WinogradConvolution.of(c, Precision.F32, same.dilated(2), images, weights)
                    .isEmpty());
            assertTrue(WinogradConvolution.of(c, Precision.F32, Convolution.of2d(1, 3), images, weights)
                    .isEmpty());
            assertTrue(WinogradConvolution.of(c, Precision.F32, same, images, Shape.of(32, 32, 1, 1))
                    .isEmpty());
            assertTrue(
                    WinogradConvolution.of(c, Precision.F32, same, Shape.of(16, 3, 16, 16), Shape.of(32, 3, 3, 3))
                            .isEmpty(),
                    "too few channels");
            assertTrue(
                    WinogradConvolution.of(c, Precision.F32, same, Shape.of(1, 32, 16, 16), weights)
                            .isEmpty(),
                    "too few pixels");
        }
    }
}
