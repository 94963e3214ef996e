package voluta.backend.cuda.binding;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import voluta.backend.Availability;

/** Each probe runs in a process of its own: what a JVM has loaded stays loaded. */
@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class CudaProbeTest {
    @TempDir
    private Path root;

    @TempDir
    private Path temporary;

    @Test
    void withoutADriverNothingOfJcudaIsLoaded() throws Exception {
        Children.Outcome outcome = Children.probe(root, temporary, Map.of(), "-verbose:class");
        assertEquals(0, outcome.code(), outcome.output());
        assertTrue(outcome.output().contains("state: NO_DRIVER"), outcome.output());
        assertTrue(outcome.output().contains("there is no NVIDIA driver"), outcome.output());
        assertTrue(outcome.output().contains("voluta.backend.cuda.binding.CudaProbe "), "classes are told");
        assertEquals(
                List.of(),
                outcome.output()
                        .lines()
                        .filter(line -> line.matches(".*[ .]jcuda\\.[\\w.$]+ source:.*"))
                        .toList());
    }

    @Test
    void aMissingDriverIsAReasonAndARemedy() {
        CudaProbe.Result result = CudaProbe.run(root, Map.of());
        assertEquals(CudaProbe.State.NO_DRIVER, result.state());
        Availability.Unavailable no = (Availability.Unavailable) result.availability();
        assertTrue(no.remedy().startsWith("Install NVIDIA's driver"), no.remedy());
        assertEquals(List.of(), result.libraries().orElseThrow().found());
    }

    /** The driver says only that there is no device; whose fault it is shows in the files. */
    @Test
    void deviceFilesThatMayNotBeOpenedAreNamed() throws IOException {
        assertEquals(List.of(), CudaProbe.denied(root, file -> false), "there is no such folder");
        for (String name : List.of("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"))
            Files.createFile(Files.createDirectories(root.resolve("dev")).resolve(name));
        assertEquals(List.of(), CudaProbe.denied(root, file -> true));
        List<Path> denied = CudaProbe.denied(root, file -> !file.endsWith("nvidia1") && !file.endsWith("nvidiactl"));
        assertEquals(List.of(root.resolve("dev/nvidia1"), root.resolve("dev/nvidiactl")), denied);
        assertEquals(
                ", and this user may not open " + root + "/dev/nvidia1, " + root + "/dev/nvidiactl",
                CudaProbe.denial(denied));
    }

    @Test
    void aDriverWithoutLibrariesIsToldBeforeAnythingIsLoaded() throws Exception {
        FakeMachine.library(root, "usr/lib/x86_64-linux-gnu/libcuda.so.1");
        CudaProbe.Result result = CudaProbe.run(root, Map.of());
        assertEquals(CudaProbe.State.LIBRARIES_MISSING, result.state(), result.text());
        assertTrue(result.text().contains("there is no libcublas.so.12 or .13"), result.text());
        assertTrue(result.text().contains("there is no libcudnn.so.9"), result.text());
        assertTrue(result.remedy().contains("VOLUTA_CUDA_PATH"), result.remedy());
    }

    @Test
    void bindingAtOnceIsRefusedWithASentence() throws Exception {
        FakeMachine.library(root, "usr/lib/x86_64-linux-gnu/libcuda.so.1");
        Children.Outcome outcome = Children.probe(root, temporary, Map.of("LD_BIND_NOW", "1"));
        assertTrue(outcome.output().contains("state: BLOCKED"), outcome.output());
        assertTrue(outcome.output().contains("LD_BIND_NOW is set"), outcome.output());
        assertTrue(CudaLoader.obstacle(Map.of("LD_BIND_NOW", ""), "").isEmpty());
    }

    @Test
    void nativesThatOthersWouldGetLoadedAreRefused() throws IOException {
        Files.createFile(temporary.resolve("libJCudnn-12.6.0-linux-x86_64.so"));
        String why = CudaLoader.obstacle(Map.of(), "/nowhere:" + temporary).orElseThrow();
        assertTrue(why.contains(temporary + "/libJCudnn-12.6.0-linux-x86_64.so would be loaded"), why);
        assertTrue(CudaLoader.obstacle(Map.of(), "/nowhere").isEmpty());
    }

    @Test
    void aFileThatIsNoDriverIsToldAndLeavesNothingBehind() throws Exception {
        machine(12, 0);
        FakeMachine.library(root, "usr/lib/x86_64-linux-gnu/libcuda.so.1");
        Children.Outcome outcome = Children.probe(root, temporary, Map.of());
        assertTrue(outcome.output().contains("state: LOADING_FAILED"), outcome.output());
        assertTrue(outcome.output().contains("could not load " + root + "/usr/lib"), outcome.output());
        assertNothingLeft();
    }

    /** JCuda's real natives on stand-ins for NVIDIA's libraries; the temporary folder is full of traps. */
    @ParameterizedTest
    @ValueSource(ints = {12, 13})
    void loadsFromItsPrivateFolderAndNowhereElse(int cuda) throws Exception {
        machine(cuda, 0);
        for (String name : new String[] {"JCudaDriver", "JCublas2", "JCudnn", "JCudaRuntime"})
            Files.writeString(temporary.resolve("lib" + name + "-12.6.0-linux-x86_64.so"), "a trap");
        Children.Outcome outcome = Children.probe(root, temporary, Map.of());
        assertEquals(0, outcome.code(), outcome.output());
        assertAll(Stream.of(
                        "state: USABLE",
                        "text: Stand-in (compute capability 8.6), driver for CUDA " + cuda + ".4, CUDA " + cuda
                                + ": libcublas.so " + cuda + ", libcudnn.so 9",
                        "tmpdir kept: true",
                        "again: USABLE",
                        "last byte: 42",
                        "refused: " + (1L << 50),
                        "pinned: 64 LITTLE_ENDIAN at true",
                        "closed")
                .map(line -> () -> assertTrue(outcome.output().contains(line), line + " in " + outcome.output())));
        assertNothingLeft();
    }

    @Test
    void theFolderForNativesCanBeChosen() throws Exception {
        machine(13, 0);
        Path cache = root.resolve("new/cache");
        Children.Outcome outcome = Children.probe(
                root, temporary, Map.of("VOLUTA_CACHE_DIR", cache.toString()), "-Djava.io.tmpdir=/nonexistent");
        assertTrue(outcome.output().contains("state: USABLE"), outcome.output());
        assertTrue(Files.isDirectory(cache));
        try (Stream<Path> left = Files.list(cache)) {
            assertEquals(List.of(), left.toList());
        }
    }

    @Test
    void aDriverWithoutAGpuSaysItsOwnError() throws Exception {
        machine(12, 100);
        Children.Outcome outcome = Children.probe(root, temporary, Map.of());
        assertTrue(outcome.output().contains("state: NO_DEVICE"), outcome.output());
        assertTrue(outcome.output().contains("cuInit failed with error 100 (CUDA_ERROR_NO_DEVICE)"), outcome.output());
    }

    @Test
    void anOldDriverIsToldItsVersion() throws Exception {
        machine(12, 0);
        build("DRIVER", 11, 0, "usr/lib/x86_64-linux-gnu/libcuda.so.1", false);
        Children.Outcome outcome = Children.probe(root, temporary, Map.of());
        assertTrue(outcome.output().contains("state: DRIVER_TOO_OLD"), outcome.output());
        assertTrue(outcome.output().contains("made for CUDA 11.4"), outcome.output());
    }

    private void assertNothingLeft() throws IOException {
        try (Stream<Path> files = Files.list(temporary)) {
            assertFalse(files.anyMatch(f -> f.getFileName().toString().startsWith("voluta-cuda")));
        }
    }

    /** Builds stand-ins for a whole machine. */
    private void machine(int cuda, int initResult) throws Exception {
        build("DRIVER", cuda, initResult, "usr/lib/x86_64-linux-gnu/libcuda.so.1", false);
        String folder = "usr/local/cuda-" + cuda + ".0/lib64/";
        build("CUBLAS_LT", cuda, 0, folder + "libcublasLt.so." + cuda, true);
        build("CUBLAS", cuda, 0, folder + "libcublas.so." + cuda, true);
        build("CUDNN", cuda, 0, folder + "libcudnn.so.9", true);
    }

    private void build(String what, int cuda, int initResult, String file, boolean versioned) throws Exception {
        Path library = root.resolve(file), source = temporary.resolve("standin.c");
        String name = library.getFileName().toString();
        Files.createDirectories(library.getParent());
        try (InputStream in = CudaProbeTest.class.getResourceAsStream("standin.c")) {
            Files.write(source, in.readAllBytes());
        }
        List<String> command = new ArrayList<>(
                List.of("gcc", "-shared", "-fPIC", "-D" + what, "-DCUDA=" + cuda, "-DINIT_RESULT=" + initResult));
        if (versioned) {
            Path script = Files.writeString(temporary.resolve(name + ".map"), name + " { global: *; };");
            command.add("-Wl,--version-script=" + script);
        }
        command.addAll(List.of("-Wl,-soname," + name, "-o", library.toString(), source.toString()));
        Children.Outcome outcome;
        try {
            outcome = Children.run(command, temporary, Map.of());
        } catch (IOException e) {
            assumeTrue(false, "gcc is not installed");
            return;
        }
        assertEquals(0, outcome.code(), outcome.output());
    }
}
